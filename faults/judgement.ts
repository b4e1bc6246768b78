import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalMapping, LocalStack } from '../local';
import { check, writeVerdict, type Verdict } from './checker';
import { keptAtDoors } from './doors';
import { finalRead, keepEvidence, KafkaTools, type FinalRead } from './final-read';
import { readHistory } from './history';
import type { Left } from './left';
import { measure } from './measures';
import { writeReport } from './report';
import type { FaultTally } from './schedule';
import { countStates, reachOf, toldIn, type Asked, type Observed } from './states';

/** Beside the history, so that both can be judged again. */
export const FINAL_READ = 'final-read.json';
export const OBSERVED = 'observed.json';

/** What was seen of a run while it went on, beside its history. */
export interface Seen extends Observed {
  readonly tallies: readonly FaultTally[];
}

export interface ToJudge {
  readonly dir: string;
  readonly stack: LocalStack;
  readonly left: Left;
  readonly historyFile: string;
  readonly tallies: readonly FaultTally[];
  readonly asked: Asked;
  readonly patienceMs: number;
  readonly seed: number;
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Reads back what a run left, judges it, and writes everything that is needed to judge it again. */
export async function judge(run: ToJudge): Promise<{ verdict: Verdict; report: string }> {
  const { dir, stack, left, asked, tallies } = run;
  const logs = join(dir, 'logs');
  const tools = new KafkaTools(logs);
  try {
    const read = await readAll(tools, run);
    const seen: Seen = { ...(await toldIn(logs)), asked, tallies, bufferBytes: left.bufferBytes };
    await writeFile(join(dir, FINAL_READ), JSON.stringify(read));
    await writeFile(join(dir, OBSERVED), JSON.stringify(seen));
    const judged = await writeJudgement({ ...run, read, seen });
    if (!judged.verdict.ok) {
      const brokers = stack.brokers.brokers.map(({ id, dir: own, process }) => ({
        ...{ id, data: join(own, 'data'), logFile: process.logFile },
      }));
      const { topic } = left;
      await keepEvidence(tools, join(dir, 'evidence'), { brokers, topic, missing: judged.verdict.missing });
    }
    return judged;
  } finally {
    await tools.close();
  }
}

async function readAll(tools: KafkaTools, { stack, left, patienceMs }: ToJudge): Promise<FinalRead> {
  const bootstrap = stack.brokers.direct;
  const source = (group: string) => ({ bootstrap, counters: { ...mappingOf(stack, group).counters } });
  const kept = { keptAtDoors: await keptAtDoors(stack) };
  const first = await finalRead(tools, { ...left, ...source(left.group) });
  const others: FinalRead[] = [];
  for (const other of left.others) {
    others.push({
      ...(await finalRead(tools, { ...other, ...source(other.group) })),
      ...kept,
      effect: 'call',
      patienceMs,
      givesUp: true,
    });
  }
  return { ...first, ...kept, patienceMs, others };
}

function mappingOf({ mappings }: LocalStack, group: string): LocalMapping {
  const found = mappings.find((mapping) => mapping.group === group);
  if (!found) throw new Error(`the template has no mapping of the group ${group}`);
  return found;
}

/** Checks a history against a final read, and writes `verdict.json` and the report beside it. */
export async function writeJudgement(given: {
  readonly dir: string;
  readonly historyFile: string;
  readonly read: FinalRead;
  /** @default - no states are counted */
  readonly seen?: Seen;
  readonly seed?: number;
  readonly command: string;
  readonly versions?: Readonly<Record<string, string>>;
}): Promise<{ verdict: Verdict; report: string }> {
  const { seen, read, seed, versions, command } = given;
  const history = await readHistory(given.historyFile);
  const reach = seen && reachOf(countStates(history, [read, ...(read.others ?? [])], seen), seen.tallies);
  const verdict = { ...check(history, read, { seed, versions }), reach };
  const report = join(given.dir, 'report.html');
  await writeVerdict(join(given.dir, 'verdict.json'), verdict);
  const measures = measure(history, read, verdict.faults);
  await writeReport({ verdict, measures, tallies: seen?.tallies, command }, report);
  return { verdict, report };
}
