import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly main: string;
  readonly types: string;
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> };
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}
const manifest = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as Manifest;

test('an app whose compiler resolves modules as Node.js 10 did finds what "exports" says', () => {
  const { main, types, typesVersions } = manifest;
  const older = Object.entries(typesVersions['*']).map(([name, [first]]) => [`./${name}`, first]);
  const entries = Object.entries(manifest.exports).filter(([, entry]) => typeof entry === 'object');
  expect([['.', types], ...older]).toEqual(entries.map(([name, entry]) => [name, (entry as { types: string }).types]));
  expect(manifest.exports['.']).toEqual({ types, default: main });
});
