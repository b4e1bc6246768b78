import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { bundleHandlers } from '../nodes/sandbox';

/**
 * What Lambda's Node.js runtimes bring along and AWS keeps there: the SDK's clients, and its providers of credentials.
 * Other `@aws-sdk/*` and `@smithy/*` packages come and go with the SDK's version in the runtime
 * (github.com/aws/aws-sdk-js-v3 issues 4401, 5122, 6169; github.com/aws/aws-cdk issue 33099), so they are bundled.
 */
const IN_LAMBDA = /^@aws-sdk\/(client-[a-z0-9-]+|credential-providers)$/;
/** Every cold start reads the bundle: bytes of each, at most. Two thirds of the first two are kafkajs. */
const LIMITS = { ingest: 430_000, replay: 450_000, unpack: 100_000, audit: 400_000, canary: 60_000 };

interface Metafile {
  readonly outputs: Record<string, { readonly bytes: number; readonly imports: readonly { readonly path: string }[] }>;
}
const bundles = new Map<string, Metafile['outputs'][string]>();
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-bundles-'));
  const metafile = join(dir, 'meta.json');
  bundleHandlers(dir, { flags: [`--metafile=${metafile}`] });
  const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;
  for (const [file, output] of Object.entries(outputs)) bundles.set(basename(dirname(file)), output);
});

afterAll(() => rmSync(dir, { recursive: true }));

test.each(Object.entries(LIMITS))('the %s handler is at most %d bytes', (name, limit) => {
  expect(bundles.get(name)?.bytes).toBeLessThanOrEqual(limit);
});

test.each(Object.keys(LIMITS))('the %s handler asks for nothing at run time that Lambda does not have', (name) => {
  const imports = (bundles.get(name)?.imports ?? []).map(({ path }) => path.replace(/^node:/, ''));
  expect(imports).not.toEqual([]);
  expect(imports.filter((path) => !builtinModules.includes(path) && !IN_LAMBDA.test(path))).toEqual([]);
});
