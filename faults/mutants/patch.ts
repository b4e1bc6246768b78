import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import type { Mutant } from './mutant';

const RUNTIME = join('lambdas', 'runtime');

/** A source with a mutant's slip in it. */
export interface Patched {
  readonly file: string;
  readonly text: string;
}

/** @throws when the mutant's text occurs nowhere in the runtime, or more than once: the source has changed under it */
export function patch(
  { name, search, replace }: Pick<Mutant, 'name' | 'search' | 'replace'>,
  root = packageRoot(),
): Patched {
  const folder = join(root, RUNTIME);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const hits = files
    .map((file) => ({ file: join(folder, file), text: readFileSync(join(folder, file), 'utf8') }))
    .flatMap(({ file, text }) => Array.from({ length: text.split(search).length - 1 }, () => ({ file, text })));
  const [hit] = hits;
  if (hit && hits.length === 1) return { file: hit.file, text: hit.text.replace(search, () => replace) };
  throw new Error(
    `mutant ${name}: got ${hits.length} places in ${RUNTIME} that read ${JSON.stringify(search)}, want one; the source has changed, so write the mutant anew`,
  );
}

/** What a bad deploy brings is made of the product, too. */
export const BAD_CODE = 'bad-deploy';

/** Function of the chaos variant, by the end of its construct path → its source. */
export const ENTRIES: Readonly<Record<string, string>> = {
  Ingest: 'lambdas/ingest.ts',
  Replay: 'lambdas/replay.ts',
  'BillingConsumer/Unpack': 'lambdas/unpack.ts',
  'CallingConsumer/Unpack': 'lambdas/unpack.ts',
  Billing: 'examples/orders/chaos/billing.ts',
  Calling: 'examples/orders/chaos/calling.ts',
  [BAD_CODE]: 'faults/broken/bad-deploy.ts',
};

/**
 * Bundles every function of the chaos variant with a mutant in it, as the constructs bundle them.
 *
 * @returns folder of each function's code, by the end of its construct path
 * @throws when the mutant does not apply, or what it makes cannot be bundled; outside a checkout, where esbuild is not
 */
export async function bundled(mutant: Mutant, outdir: string, root = packageRoot()): Promise<Record<string, string>> {
  const { build } = await import('esbuild');
  const { file, text } = patch(mutant, root);
  const folders = Object.fromEntries(
    Object.keys(ENTRIES).map((path) => [path, join(outdir, path.replaceAll('/', '-'))] as const),
  );
  const entryPoints = Object.entries(ENTRIES).map(([path, entry]) => ({
    in: join(root, entry),
    out: join(path.replaceAll('/', '-'), 'index'),
  }));
  await build({
    ...{ entryPoints, outdir, tsconfig: join(root, 'tsconfig.json'), bundle: true, logLevel: 'silent' },
    ...{ platform: 'node', target: 'node20', mainFields: ['module', 'main'] },
    external: ['@aws-sdk/client-*', '@aws-sdk/credential-providers'],
    plugins: [
      {
        name: mutant.name,
        setup: (bundle) =>
          bundle.onLoad({ filter: /\.ts$/ }, ({ path: loaded }) =>
            loaded === file ? { contents: text, loader: 'ts' as const } : undefined,
          ),
      },
    ],
  });
  return folders;
}
