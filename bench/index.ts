import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import { audit } from './audit';
import { bundles } from './bundles';
import { check } from './check';
import { clusterReady } from './cluster-ready';
import { spread, type Bench, type Row } from './measure';
import { consumerBench } from './consumer';
import { history } from './history';
import { pipeline } from './pipeline';
import { door } from './door';
import { producer } from './producer';
import { redrive } from './redrive';
import { redriveKilled } from './redrive-killed';
import { synth } from './synth';

/** `npm run bench -- <name>… [--quick] [--json]`: prints each figure with its spread. Nothing here is asserted. */
const BENCHES: readonly Bench[] = [
  clusterReady,
  pipeline,
  producer,
  consumerBench,
  door,
  redrive,
  redriveKilled,
  audit,
  history,
  synth,
  bundles,
  check,
];

const machine = () =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;

const figure = (value: number): string =>
  Number.isNaN(value) ? '–' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);

function table(rows: readonly Row[]): string {
  const out = new Table({
    head: ['', 'unit', 'median', 'min', 'max', 'runs'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const { what, unit, values } of rows) {
    const { min, median, max } = spread(values);
    out.push([what, unit, figure(median), figure(min), figure(max), values.length]);
  }
  return out.toString();
}

async function main(names: readonly string[], { quick, json }: Record<'quick' | 'json', boolean>): Promise<0 | 2> {
  const chosen = BENCHES.filter(({ name }) => names.includes(name));
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (chosen.length === 0 || unknown.length > 0) {
    console.error(`error: got ${names.join(' ') || 'no bench'}, want ${BENCHES.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  for (const bench of chosen) {
    const rows = await bench.measure((line) => console.error(line), { quick });
    if (json) console.log(JSON.stringify({ bench: bench.name, machine: machine(), rows }));
    else console.log(`\n${bench.name}: ${bench.claim}\n${machine()}\n${table(rows)}`);
  }
  return 0;
}

const given = process.argv.slice(2);
main(
  given.filter((argument) => !argument.startsWith('--')),
  { quick: given.includes('--quick'), json: given.includes('--json') },
)
  .then((code) => (process.exitCode = code))
  .catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
