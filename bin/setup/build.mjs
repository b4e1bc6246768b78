import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, hashOf } from './stamp.mjs';

const SOURCE_FOLDERS = ['bin', 'cli', 'cloudformation', 'examples', 'faults', 'lambdas', 'local', 'rules'];

/** Bundles handlers and command line into dist/ by the package's own `build` script, when one of them or dist/ changed. */
export function buildStep(root) {
  const stamp = join(root, '.lossless', 'build.stamp');
  const dist = join(root, 'dist');
  return {
    title: 'build',
    ifItFails: 'correct what the lines above name',
    ready: () =>
      !hasBuildScript(root) || (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(root, dist)),
    async install(commands) {
      await commands.run('npm', ['run', '--silent', 'build']);
      writeFileSync(stamp, fingerprint(root, dist));
      return bytesOf(dist);
    },
  };
}

const hasBuildScript = (root) =>
  'build' in (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts ?? {});

/** Content of what is built, and names and sizes of what was. */
function fingerprint(root, dist) {
  const sources = SOURCE_FOLDERS.flatMap((folder) => filesBelow(join(root, folder))).filter((file) =>
    file.endsWith('.ts'),
  );
  const inputs = [join(root, 'package.json'), join(root, 'package-lock.json'), join(root, 'tsconfig.json'), ...sources];
  return hashOf(
    ...inputs.filter((file) => existsSync(file)).flatMap((file) => [file, readFileSync(file)]),
    ...filesBelow(dist).map((file) => `${file}:${statSync(file).size}`),
  );
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
