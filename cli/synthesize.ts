import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { surroundings } from '../local/surroundings';

/** Which of the sample's stacks: that for use, the one whose smaller numbers let faults of seconds reach everything, or that with a queue and a bus. */
export type Variant = 'sample' | 'chaos' | 'doors';

/** Runs the CDK app that cdk.json names, as the CDK's own command line does, into `outdir`. */
export async function synthesize(
  root: string,
  outdir: string,
  signal: AbortSignal,
  variant: Variant = 'sample',
): Promise<void> {
  const { app, context } = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as {
    app: string;
    context?: object;
  };
  const child = spawn(app, {
    cwd: root,
    shell: true,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...surroundings(),
      CDK_OUTDIR: outdir,
      // As the CDK's command line does: without it the template does not say which construct a resource is.
      CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:enable-path-metadata': true, ...context, variant }),
      // `npx cdk synth` validates; here the brokers themselves are the judge, and start-up stays short.
      CDK_VALIDATION: 'false',
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += String(text)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`synth of ${app} ended with ${code}; its last words:\n${output.slice(-2000)}`);
}
