import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { NO_AWS_SETTINGS } from '../../local/surroundings';
import { scripts } from '../../package.json';

const ROOT = resolve(__dirname, '../..');
/** `invoke.cjs <file> [milliseconds an event may take]`: runs one bundled handler in a process of its own. */
export const INVOKE = join(__dirname, 'invoke.cjs');

/** Bundles the library's handlers into a folder by the command of the package, with what is given beside. */
export function bundleHandlers(
  folder: string,
  { files = [], flags = [] }: { files?: string[]; flags?: string[] } = {},
) {
  const command = [scripts['build:handlers'].replace('dist/handlers', folder), ...files, ...flags].join(' ');
  const path = `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
  execFileSync('/bin/sh', ['-c', command], { cwd: ROOT, env: { ...process.env, PATH: path } });
}

/** What the process of a handler finds in its environment, with the local object store in place of S3. */
export const sandboxVariables = (objects: string): NodeJS.ProcessEnv => ({
  ...NO_AWS_SETTINGS,
  NODE_PATH: join(ROOT, 'node_modules'),
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_S3: objects,
});
