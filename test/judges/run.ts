import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { stale, unaccepted, type Finding } from './accepted';
import { install, judge, JUDGE_MS } from './outside';

const root = resolve(__dirname, '..', '..');

/** Judges the sample and every example by the CDK's own validation, cfn-lint and checkov; exit 1 where one is not answered. */
async function main(): Promise<void> {
  install((line) => console.error(line));
  const folder = mkdtempSync(join(tmpdir(), 'lossless-judges-'));
  try {
    const apps = ['bin/app.ts', ...readdirSync(join(root, 'examples')).map((name) => `examples/${name}/app.ts`)];
    const templates: string[] = [];
    for (const app of apps.filter((file) => existsSync(join(root, file)))) {
      templates.push(...(await synthesize(app, join(folder, String(templates.length)))));
    }
    const findings = await judge(templates);
    const paths = new Map(templates.map((file) => [basename(file), pathsOf(file)]));
    tell(
      findings.map(({ rule, file, logicalId }) => ({ rule, path: paths.get(file)?.get(logicalId) ?? logicalId })),
      templates.length,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Templates of an app. The synthesis fails on a finding of the CDK's own, and so do we. */
async function synthesize(app: string, outdir: string): Promise<string[]> {
  const quiet = ['--quiet', '--strict', '--no-notices', '--no-version-reporting'];
  const cdk = ['cdk', 'synth', ...quiet, '--output', outdir, '--app', `node --import tsx ${app}`];
  const env = { ...process.env, CDK_VALIDATION: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const synthesis = promisify(execFile)('npx', cdk, { cwd: root, env, timeout: JUDGE_MS });
  synthesis.child.stdin?.end();
  await synthesis;
  return readdirSync(outdir)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(outdir, name));
}

/** Construct path of each resource. */
function pathsOf(file: string): Map<string, string> {
  const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Metadata?: { 'aws:cdk:path'?: string } }>;
  };
  return new Map(Object.entries(Resources).map(([id, { Metadata }]) => [id, Metadata?.['aws:cdk:path'] ?? id]));
}

function tell(findings: readonly Finding[], templates: number): void {
  const open = unaccepted(findings);
  const unused = stale(findings, (rule) => !/^(AwsSolutions|LK)/.test(rule));
  for (const each of open) console.log(`not accepted: ${each}; mend it, or say why in test/judges/accepted.yaml`);
  for (const each of unused) console.log(`accepted and not found: ${each}; take it out of test/judges/accepted.yaml`);
  const sums = `${findings.length} findings in ${templates} templates`;
  console.log(`cfn-lint, checkov, CDK: ${sums}, ${open.length} not accepted, ${unused.length} out of date`);
  if (open.length + unused.length > 0) process.exitCode = 1;
}

void main();
