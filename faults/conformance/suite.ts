import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { readRecords } from '../final-read/log';
import { chanceOf } from '../random';
import { restore } from '../restore';
import type { FaultTarget } from '../fault';
import type { Case, Stage } from './case';
import { startCluster, type Cluster } from './cluster';
import {
  DEADLINE_MS,
  finish,
  pause,
  startSender,
  TOLERANCE_MS,
  untilAcked,
  type Contender,
  type Sender,
} from './contender';
import { judge, type Evidence, type Tally } from './judge';
import type { Load } from './sender';

export interface SuiteOptions {
  /** Folder for data and logs. */
  readonly dir: string;
  readonly cases: readonly Case[];
  readonly contenders: readonly Contender[];
  readonly seed: number;
  /** Events that each contender on trial shall have acknowledged in all. */
  readonly events: number;
  /** One round of every fault in place of several. */
  readonly quick: boolean;
  readonly say: (line: string) => void;
  readonly count: (done: number, total: number, what: string) => void;
  readonly signal: AbortSignal;
}

export interface CaseResult {
  readonly name: string;
  readonly describe: string;
  readonly usualLoses: boolean;
  /** By contender; none when the case could not be played. */
  readonly tallies: Readonly<Record<string, Tally>>;
  /** Why it could not be played to its end. */
  readonly unplayed?: string;
}

const LOAD: Load = { callers: 8, eventsPerSend: 5, pauseMs: 100, largeEvery: 0 };
/** Sends of all callers while a case's faults last, about: how many events a send must hold follows from it. */
const SENDS_PER_CASE = 1_000;
const MOST_PER_SEND = 50;
/** Events that show that a sender is at work before something is broken. */
const WARM = 20;
const WARM_WITHIN_MS = 30_000;
/** How long the load goes on after a case's faults to reach its share of the events. */
const FILL_WITHIN_MS = 60_000;
const IN_SYNC_WITHIN_MS = 60_000;
const LOOK_MS = 200;

type Log = Evidence['logs'][number];

/** Plays every case on one cluster, all contenders side by side under the same faults, and judges each by the log. */
export async function runSuite(options: SuiteOptions): Promise<CaseResult[]> {
  const { dir, cases, seed, say, signal } = options;
  await mkdir(dir, { recursive: true });
  const chance = chanceOf(seed);
  const cluster = await startCluster({ dir, say, random: () => chance.next() });
  const results: CaseResult[] = [];
  try {
    for (const played of cases) {
      signal.throwIfAborted();
      say(`${played.name}: ${played.describe}`);
      results.push(await playedOrNot(played, cluster, options));
      options.count(results.length, cases.length, 'cases');
    }
  } finally {
    await cluster.stop();
  }
  return results;
}

/** What breaks one case shall not cost the others; it is not forgotten either. */
async function playedOrNot(played: Case, cluster: Cluster, options: SuiteOptions): Promise<CaseResult> {
  const { name, describe, usualLoses } = played;
  const senders: Sender[] = [];
  try {
    return { name, describe, usualLoses, tallies: await playCase(played, cluster, senders, options) };
  } catch (error) {
    options.signal.throwIfAborted();
    const [unplayed = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    options.say(`  could not be played: ${unplayed}`);
    for (const { process } of senders) process.kill('SIGKILL');
    await restore(cluster.target(name));
    return { name, describe, usualLoses, tallies: {}, unplayed };
  }
}

async function playCase(
  played: Case,
  cluster: Cluster,
  senders: Sender[],
  options: SuiteOptions,
): Promise<CaseResult['tallies']> {
  const { name, heldMs = 0 } = played;
  const { cases, contenders, events } = options;
  const share = Math.ceil(events / cases.length);
  const eventsPerSend = Math.min(MOST_PER_SEND, Math.ceil(share / SENDS_PER_CASE));
  const load = { ...LOAD, eventsPerSend, ...played.load };
  await cluster.createTopic(name);
  const at = { bootstrap: cluster.brokers.bootstrap, topic: name, load };
  senders.push(...contenders.map((contender) => startSender(contender, cluster.processes, at)));
  const logs: Log[] = [];
  const stage = stageOf(played, { cluster, senders, logs, options });
  await untilAcked(senders, WARM, WARM_WITHIN_MS, stage.sleep);
  await played.play(stage);
  await restore(stage.target);
  await stage.untilInSync();
  await untilAcked(onTrial(senders), share, FILL_WITHIN_MS, stage.sleep);
  await Promise.all(senders.map(finish));
  await stage.readLogNow();
  const limitMs = DEADLINE_MS + TOLERANCE_MS + heldMs;
  const tallies = senders.map(({ contender, sendings }): [string, Tally] => [
    contender.name,
    judge({ sendings: sendings.all, logs, limitMs }),
  ]);
  for (const [contender, { acked, missing, unknown, rejected }] of tallies) {
    options.say(`  ${contender}: ${acked} acked, ${missing} of them missing; ${unknown} unknown, ${rejected} rejected`);
  }
  return Object.fromEntries(tallies);
}

const onTrial = (senders: readonly Sender[]) => senders.filter(({ contender }) => contender.role === 'trial');

function stageOf(
  { name: topic }: Case,
  {
    cluster,
    senders,
    logs,
    options: { seed, quick, signal },
  }: { cluster: Cluster; senders: readonly Sender[]; logs: Log[]; options: SuiteOptions },
): Stage {
  const { tools, brokers } = cluster;
  const target = cluster.target(topic);
  const sleep = async (ms: number) => {
    await systemClock.sleep(ms, signal);
    signal.throwIfAborted();
  };
  return {
    ...{ topic, target, tools, direct: brokers.direct, sleep },
    senders: senders.map(({ process }) => process),
    chance: chanceOf(seed),
    rounds: (n) => (quick ? 1 : n),
    untilInSync: () => untilInSync(target, sleep),
    createTopic: () => cluster.createTopic(topic),
    readLogNow: async () => {
      logs.push(await readRecords(tools, { bootstrap: brokers.direct, topic }));
    },
    paused: () => pause(senders, sleep),
  };
}

async function untilInSync({ replicas, brokers }: FaultTarget, sleep: (ms: number) => Promise<void>): Promise<void> {
  for (let waited = 0; waited < IN_SYNC_WITHIN_MS; waited += LOOK_MS) {
    if ((await replicas.describe()).every(({ isr }) => isr.length === brokers.length)) return;
    await sleep(LOOK_MS);
  }
  throw new Error(
    `${replicas.topic}: not all replicas in sync ${IN_SYNC_WITHIN_MS / 1000} s after a fault; see the brokers' logs`,
  );
}
