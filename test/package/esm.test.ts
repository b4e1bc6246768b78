import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(__dirname, '../..');
let dir: string;
beforeAll(() => {
  mkdirSync(join(root, '.lossless'), { recursive: true });
  // Inside the package, so that what stays outside the bundle is found.
  dir = mkdtempSync(join(root, '.lossless/esm-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const PRODUCER = `
import { producer } from 'cdk-lossless-kafka/runtime';
const environment = {
  cluster: 'c', topic: 'orders', brokers: '127.0.0.1:1', authentication: 'none', acks: 'all', source: 's',
  spill: 'b', deadLetters: 'd', spillTimeMs: 1000, deadlineMs: 300,
};
const spilled = [];
const store = { putIfAbsent: (bucket, name) => (spilled.push(name), Promise.resolve('written')) };
const log = { warn: () => undefined, error: () => undefined };
const orders = producer({ environment, deps: { store, log } });
export const handler = async () => [(await orders.publish({ id: 'a', type: 't', data: {} })).kind, spilled.length];
`;
const CONSUMER = `
import { consumer } from 'cdk-lossless-kafka/runtime';
const consume = consumer({ decode: ({ value }) => value, call: () => undefined });
export const handler = async () => [typeof consume];
`;
const runtimes = {
  'the sources': () => Promise.resolve(join(root, 'lambdas/runtime/index.ts')),
  'the package as it is published, in CommonJS': async () => {
    const outdir = join(dir, 'dist');
    const files = readdirSync(join(root, 'lambdas/runtime'), { recursive: true, encoding: 'utf8' });
    const entryPoints = files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
      .map((file) => join('lambdas/runtime', file));
    await build({ absWorkingDir: root, entryPoints, outdir, outbase: '.', format: 'cjs', platform: 'node' });
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ name: 'x', sideEffects: ['**/require-in-modules.js'] }));
    return join(outdir, 'lambdas/runtime/index.js');
  },
};

describe.each(Object.entries(runtimes))(
  'a handler bundled as an ES module from %s, without a banner',
  (what, runtime) => {
    test.each([
      ['producer', PRODUCER, ['spilled', 1]],
      ['consumer', CONSUMER, ['function']],
    ])(
      'loads and runs: a %s',
      async (role, source, answer) => {
        const name = `${role}-${what.length}`;
        await build({
          ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'silent' },
          stdin: { contents: source, resolveDir: root },
          alias: { 'cdk-lossless-kafka/runtime': await runtime() },
          external: ['@aws-sdk/*'],
          outfile: join(dir, `${name}.mjs`),
        });
        const call = `import { handler } from './${name}.mjs';\nconsole.log(JSON.stringify(await handler()));\nprocess.exit(0);\n`;
        writeFileSync(join(dir, `call-${name}.mjs`), call);
        const { stdout, stderr } = spawnSync(process.execPath, [join(dir, `call-${name}.mjs`)], {
          cwd: root,
          encoding: 'utf8',
        });
        expect(stderr).toBe('');
        expect(JSON.parse(stdout)).toEqual(answer);
      },
      60_000,
    );
  },
);
