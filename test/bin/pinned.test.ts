import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What a clone installs is, byte for byte, what it was when somebody looked at it. */
const root = resolve(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
}
const locked = Object.entries((JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages);

test('every npm package is locked by its hash, but for what lies inside the tarball of another one that is', () => {
  const [, ...packages] = locked; // the first is this package itself
  const without = packages.filter(([, { integrity }]) => integrity === undefined);
  const outside = without.filter(([path, { inBundle }]) => {
    const [holder = ''] = path.split(/\/node_modules\/(?!.*\/node_modules\/)/);
    return !inBundle || !packages.find(([other]) => other === holder)?.[1].integrity;
  });
  expect(outside.map(([path]) => path)).toEqual([]);
  expect(packages.filter(([, { integrity }]) => integrity !== undefined && !/^sha512-/.test(integrity))).toEqual([]);
});

test.each(['local/requirements.txt', 'local/judges.txt'])('every Python package of %s is pinned by hash', (file) => {
  const logical = read(file)
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const unpinned = logical.filter(
    (line) => !/^[\w.-]+==\S+( ; python_version < "[\d.]+" )? *(--hash=sha256:[0-9a-f]{64} *)+$/.test(line),
  );
  expect(logical.length).toBeGreaterThan(10);
  expect(unpinned).toEqual([]);
});

test('pip and Maven are held to these hashes', () => {
  const steps = read('bin/setup/steps.mjs');
  expect(steps.match(/'pip', 'install'[^;]*;/g)?.every((call) => /hashed/.test(call))).toBe(true);
  expect(steps).toContain("const hashed = ['--require-hashes', '--requirement', requirements];");
  expect(read('test/judges/outside.ts')).toMatch(/'--require-hashes',\s+'--requirement',\s+REQUIREMENTS/);
});

test('no file says which host a package came from: that is for the settings of whoever installs', () => {
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const told = files
    .filter((file) => /(lock\.json|\.txt|\.xml|\.npmrc|\.toml|\.cfg|requirements.*)$/.test(file))
    .filter((file) =>
      /registry\.npmjs|pypi\.org|pythonhosted|repo1?\.maven|--index-url|--find-links|"resolved": "http|<repository>/.test(
        read(file),
      ),
    );
  expect(told).toEqual([]);
});
