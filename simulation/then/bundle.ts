import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { packageRoot } from '../../local/toolchain';

/** The commit whose runtime is run: the last before the faults of liveness were mended. */
export const THEN = 'd823c83';

/** What the simulation takes of the runtime by its public entries, and where that lay then. All else is of today. */
const ENTRIES: Readonly<Record<string, string>> = {
  '../../lambdas/runtime': 'index.ts',
  '../../lambdas/runtime/replay': 'replay.ts',
  '../../lambdas/runtime/unpack': 'unpack.ts',
  '../../lambdas/runtime/kafka/kafkajs': 'kafka/kafkajs.ts',
};
const BORDER = /simulation\/(pipeline\/(functions|surroundings)|load\/orders)\.ts$/;

/** That code asked the event loop itself for what is to run after this turn, which a simulation has to decide. */
const SOON = [
  { file: 'consumer/committer.ts', search: 'setImmediate(() => {', replace: 'soon(() => {' },
  { file: 'consumer/committer.ts', search: '    signal,\n    most', replace: '    signal,\n    soon,\n    most' },
  { file: 'consumer/invocation.ts', search: '{ ...together, signal }', replace: '{ ...together, signal, soon: place.clock.soon }' }, // prettier-ignore
];

/**
 * Bundles today's simulation around the runtime as it was.
 * @returns the file to run
 * @throws when the history that is here does not reach back so far
 */
export async function bundledThen(root = packageRoot()): Promise<string> {
  const { build } = await import('esbuild');
  const dir = join(root, '.lossless', 'simulation-then');
  const runtime = join(dir, 'lambdas', 'runtime');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const archive = execFileSync('git', ['archive', THEN, 'lambdas/runtime'], { cwd: root, maxBuffer: 2 ** 26 });
  execFileSync('tar', ['-x', '-C', dir], { input: archive });
  await build({
    ...{ entryPoints: ['main.ts', 'swarm/worker.ts'].map((entry) => join(root, 'simulation', entry)), bundle: true },
    ...{ outdir: dir, entryNames: '[name]', tsconfig: join(root, 'tsconfig.json') },
    ...{ platform: 'node', target: 'node20', packages: 'external', logLevel: 'warning' },
    plugins: [runtimeOf(runtime, root)],
  });
  return join(dir, 'main.js');
}

const runtimeOf = (runtime: string, root: string): Plugin => ({
  name: 'then',
  setup: (bundle) => {
    bundle.onResolve({ filter: /./ }, ({ path, importer }) => {
      if (!BORDER.test(importer)) return undefined;
      if (path === '../s3/client') return { path: join(root, 'simulation', 'then', 'objects-client.ts') };
      const entry = ENTRIES[path];
      return entry === undefined ? undefined : { path: join(runtime, entry) };
    });
    bundle.onLoad({ filter: /consumer\/(committer|invocation)\.ts$/ }, ({ path }) => {
      if (!path.startsWith(dirname(runtime))) return undefined;
      const changes = SOON.filter(({ file }) => path.endsWith(file));
      const contents = changes.reduce(
        (text, { search, replace }) => {
          if (text.split(search).length !== 2) throw new Error(`${path}: got no single '${search}'`);
          return text.replace(search, replace);
        },
        readFileSync(path, 'utf8'),
      );
      return { contents, loader: 'ts' };
    });
  },
});
