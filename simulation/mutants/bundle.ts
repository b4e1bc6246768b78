import { join } from 'node:path';
import { patch } from '../../faults/mutants/patch';
import { packageRoot } from '../../local/toolchain';
import type { Slip } from './mutant';

const ENTRY = 'simulation/mutants/child.ts';

/**
 * Bundles a run of the simulation, with the slip in the runtime if there is one.
 *
 * @returns the file to run
 * @throws when the slip's text does not occur once any more, or what it makes is no code
 */
export async function bundled(slip: Slip | undefined, outdir: string, root = packageRoot()): Promise<string> {
  const { build } = await import('esbuild');
  const patched = slip && patch(slip, root);
  const outfile = join(outdir, `${slip?.name ?? 'control'}.cjs`);
  await build({
    ...{ entryPoints: [join(root, ENTRY)], outfile, tsconfig: join(root, 'tsconfig.json'), bundle: true },
    ...{ platform: 'node', target: 'node20', format: 'cjs', packages: 'external', logLevel: 'silent' },
    plugins: [
      {
        name: 'slip',
        setup: (bundle) =>
          bundle.onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === patched?.file ? { contents: patched.text, loader: 'ts' as const } : undefined,
          ),
      },
    ],
  });
  return outfile;
}
