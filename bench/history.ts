import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { synthesize } from '../cli/synthesize';
import { httpDoor } from '../faults/doors';
import { HistoryWriter, type Recorder } from '../faults/history';
import { Load } from '../faults/load';
import { untilSettled } from '../faults/waiting';
import { startLocalStack, type LocalStack } from '../local';
import { ratio, seconds, type Bench } from './measure';

const root = resolve(__dirname, '..');
const ROUNDS = 5;
const EVENTS = 2_000;

export const history: Bench = {
  name: 'history',
  claim: `${EVENTS} events through the whole pipeline with the history recorded, beside the same without it`,
  measure: async (say, { quick }) => {
    const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
    const { signal } = new AbortController();
    const writer = new HistoryWriter(join(dir, 'history.ndjson'));
    let on = false;
    const observer: Recorder = {
      record: (observation) => {
        if (on) writer.record(observation);
      },
    };
    let stack: LocalStack | undefined;
    try {
      const assembly = join(dir, 'cdk.out');
      await synthesize(root, assembly, signal);
      stack = await startLocalStack({ assembly, dir: join(dir, 'run'), log: say, observer });
      await round(stack, 'warm-up', observer);
      const without: number[] = [];
      const recorded: number[] = [];
      for (let n = 1; n <= (quick ? 1 : ROUNDS); n++) {
        on = false;
        without.push(EVENTS / (await seconds(() => round(stack!, `without-${n}`, observer))));
        on = true;
        recorded.push(EVENTS / (await seconds(() => round(stack!, `with-${n}`, observer))));
        say(`round ${n}: ${without.at(-1)?.toFixed(0)} events/s without, ${recorded.at(-1)?.toFixed(0)} with`);
      }
      return [
        { what: 'with the history', unit: 'events/s', values: recorded },
        { what: 'without it', unit: 'events/s', values: without },
        ratio('with / without', recorded, without),
      ];
    } finally {
      await stack?.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** From the first request until everything is settled. */
async function round(stack: LocalStack, name: string, recorder: Recorder): Promise<void> {
  const { signal } = new AbortController();
  const url = stack.doors[0]?.url ?? '';
  const about = {
    doors: [httpDoor(url)],
    events: EVENTS,
    connections: 8,
    perRequest: 20,
    source: `urn:orders:bench:${name}`,
  };
  const load = new Load({ ...about, recorder, signal });
  await load.run();
  await untilSettled(stack, load, { say: () => undefined, count: () => undefined, signal });
}
