import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Table from 'cli-table3';
import { Command } from 'commander';
import { account, type Outputs } from './account';
import { findings, type Finding } from './findings';
import { IN_AN_ACCOUNT, record } from './scenarios';

const STACK = 'KafkaMappingProbe';

/** `npx tsx examples/probe/measure.ts outputs.json`: measures, and prints what to set the local mapping's switches to. */
async function main(): Promise<void> {
  const command = new Command('measure')
    .argument('<outputs>', 'file written by `cdk deploy --outputs-file`')
    .option('--json', 'findings and recording as one JSON object on stdout')
    .parse();
  const outputs = readOutputs(command.args[0] ?? '');
  const place = account(outputs);
  try {
    const recording = await record(place, IN_AN_ACCOUNT, randomUUID(), (line) => console.error(line));
    const found = findings(recording, { configs: outputs.Configs, s3Endpoint: outputs.S3Endpoint === 'true' });
    console.log(command.opts<{ json?: true }>().json ? JSON.stringify({ findings: found, recording }) : report(found));
  } finally {
    place.close();
  }
}

function readOutputs(file: string): Outputs {
  const outputs = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Outputs | undefined>)[STACK];
  if (outputs) return outputs;
  throw new Error(`${file}: got no outputs of ${STACK}, want those of the deployed stack; deploy with --outputs-file`);
}

/** A table of everything, and the switches as they are written in a program. */
export function report(found: readonly Finding[]): string {
  const table = new Table({ head: ['point', 'value', 'because'], style: { head: [], border: [] } });
  for (const { point, value, because } of found) table.push([point, shown(value), because]);
  const switches = found.filter(
    ({ point, value }) => value !== undefined && !['configs', 's3Endpoint'].includes(point),
  );
  const lines = switches.map(({ point, value }) => `  ${point}: ${shown(value)},`);
  return `${table.toString()}\n\nconst mapping: Partial<MappingSwitches> = {\n${lines.join('\n')}\n};`;
}

const shown = (value: unknown): string => (value === undefined ? 'not measured' : JSON.stringify(value));

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
