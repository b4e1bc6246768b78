import type { CheckId, FaultWindow, Verdict } from '../../../faults/checker/verdict';
import type { FaultKind, Measures } from '../../../faults/measures';
import type { Report } from '../../../faults/report/report';

/** 2026-11-22 14:03:11 UTC */
const STARTED = 1_795_356_191_000;

/** A repeatable sequence from 0 to 1 (Lehmer's generator). */
export function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const NAMES = [
  'leader-killed', 'leader-paused', 'brokers-rolled', 'two-brokers-killed', 'all-brokers-killed', 'leader-moved',
  'follower-held-back', 'answers-lost', 'connections-cut', 'latency', 'crash-before-effect', 'crash-after-effect',
  'function-timeout', 'function-frozen', 'delivered-twice', 'dynamodb-down', 'dynamodb-throttled', 's3-slow',
]; // prettier-ignore

const TITLES: Readonly<Record<CheckId, string>> = {
  K1: 'no acknowledged record is missing below a record that was read',
  K2: 'every acknowledged record is read by the end',
  K3: 'no rejected event is in the log',
  K4: 'no event lies twice in the log within one producer session',
  K5: 'no two values lie at one offset',
  K6: 'the records of one producer session keep their order',
  K7: 'no poll skips or steps back without a new assignment',
  K8: 'the newest record is read soon',
  P1: 'every accepted event is applied or parked, and never both',
  P2: 'no effect takes place twice',
  P3: 'no offset is committed past a record that is not settled',
  P4: 'the effects of one key keep the order of their offsets',
  P5: 'parked events are whole, byte for byte, and can be sent back',
  P6: 'the pipeline keeps moving, and catches up after a heal',
  P7: 'what the producer called acked is in the log',
  P8: 'what is counted is what happened',
  P9: 'what can be applied is applied, what cannot is parked',
};

/** A ten-minute composed run as a report is given it; `seconds` makes it longer or shorter. */
export function exampleRun(seconds = 600): Report {
  const random = sequence(20_261_122);
  const faults = faultWindows(seconds, random);
  const measures = measuresOf(seconds, faults, random);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const { accepted, applied, parked } = measures.perSecond;
  const checks = Object.entries(TITLES).map(([check, title]) => ({
    ...{ check: check as CheckId, title, ok: true, count: 0, examples: [] },
    ...(check === 'K8' && { note: 'stalest read 9 870 ms old, 412 ms at the median' }),
    ...(check === 'P6' && { note: 'all fault windows ended with an empty backlog, the slowest after 21 s' }),
  }));
  const totals = {
    acked: sum(accepted) - 1_318,
    spilled: 1_318,
    queued: 0,
    rejected: 0,
    unknown: 7,
    lost: 0,
    appliedTwice: 0,
    redriven: 0,
    amended: 0,
    discarded: 0,
  };
  const verdict: Verdict = {
    ...{ ok: true, checks, faults, missing: [], seed: 4_711 },
    history: { entries: 88_214, torn: false },
    totals: { ...totals, accepted: sum(accepted), applied: sum(applied), parked: sum(parked), duplicatesInLog: 214 },
    versions: { 'cdk-lossless-kafka': '0.1.0', 'Apache Kafka': '4.1.1', 'DynamoDB Local': '3.3.1', Node: '24.4.1' },
  };
  const tallies = measures.kinds.map(({ name, times, seconds: lasted }) => ({
    ...{ name, title: title(name), times, seconds: lasted },
    ...{ hits: Math.ceil(times * (1 + random() ** 4 * 400)), failures: [] },
  }));
  return { verdict, measures, tallies, command: `npx cdk-lossless-kafka chaos --seed 4711 --seconds ${seconds}` };
}

/** The same run as if three things had gone wrong. */
export function brokenRun(): Report {
  const { verdict, ...rest } = exampleRun();
  const examples: Partial<Record<CheckId, string[]>> = {
    K1: ['order-0012871 was acked at orders-3 offset 4188 and is not in the log, where offset 4230 was read'],
    P1: [
      'order-0012871 was acked at 14:07:02 and is neither applied nor parked',
      'order-0012904 was acked at 14:07:02 and is neither applied nor parked',
    ],
    P4: ['customer-118: offset 902 of orders-1 was applied after offset 903'],
  };
  const checks = verdict.checks.map((check) => {
    const found = examples[check.check];
    return found ? { ...check, ok: false, count: found.length, examples: found } : check;
  });
  return { ...rest, verdict: { ...verdict, ok: false, checks, totals: { ...verdict.totals, lost: 2 } } };
}

const title = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');

function faultWindows(seconds: number, random: () => number): FaultWindow[] {
  const windows: FaultWindow[] = [];
  for (let at = 8; at < seconds - 30; at += 10 + random() * 5) {
    if (random() < 0.25) continue;
    const start = STARTED + Math.round(at * 1000);
    windows.push({
      name: NAMES[Math.floor(random() * NAMES.length)] ?? '',
      ...{ start, end: start + 3000 + Math.round(random() * 6000), settled: Math.round(random() * 2400) },
      ...{
        longestStallMs: Math.round(400 + random() ** 3 * 9000),
        recoveryMs: Math.round(90 + random() ** 3 * 21_000),
      },
    });
  }
  return windows;
}

function measuresOf(seconds: number, faults: readonly FaultWindow[], random: () => number): Measures {
  const windows = faults.map(({ name, start, end }) => ({
    ...{ name, from: (start - STARTED) / 1000, to: ((end ?? start) - STARTED) / 1000 },
  }));
  const during = (at: number) => windows.some(({ from, to }) => from <= at && at < to);
  const accepted: number[] = [];
  const applied: number[] = [];
  const parked: number[] = [];
  const lag = { at: [] as number[], value: [] as number[] };
  const inSync = { at: [] as number[], value: [] as number[] };
  let waiting = 0;
  for (let second = 0; second < seconds; second++) {
    const sends = second < seconds - 20 ? Math.round((during(second) ? 40 : 180) * (0.8 + random() * 0.4)) : 0;
    const able = Math.round((during(second) ? 30 : 320) * (0.8 + random() * 0.4));
    const away = during(second) && random() < 0.05 ? 4 : 0;
    const settled = Math.min(waiting + sends, able);
    accepted.push(sends);
    applied.push(Math.max(0, settled - away));
    parked.push(Math.min(away, settled));
    waiting += sends - settled;
    for (let tenth = 0; tenth < 10; tenth++) {
      lag.at.push(second + tenth / 10);
      lag.value.push(Math.round(waiting * (0.9 + random() * 0.2)));
    }
    inSync.at.push(second);
    inSync.value.push(during(second) ? (random() < 0.7 ? 2 : 1) : 3);
  }
  const latency = latencyOf(accepted.reduce((sum, value) => sum + value, 0));
  return { startedAt: STARTED, seconds, perSecond: { accepted, applied, parked }, inSyncReplicas: inSync, lag, latency, windows, kinds: kindsOf(faults) }; // prettier-ignore
}

function latencyOf(events: number): Measures['latency'] {
  const buckets = Array.from({ length: 37 }, (_, n) => {
    const usual = Math.exp(-((n - 18) ** 2) / 12);
    const late = 0.02 * Math.exp(-((n - 31) ** 2) / 16);
    return { fromMs: 10 ** (n / 8), count: n < 10 ? 0 : Math.round((usual + late) * events * 0.16) };
  });
  return { p50Ms: 184, p90Ms: 512, p99Ms: 8_940, maxMs: 24_310, buckets };
}

function kindsOf(faults: readonly FaultWindow[]): FaultKind[] {
  return [...new Set(faults.map(({ name }) => name))].map((name) => {
    const own = faults.filter((fault) => fault.name === name);
    const recoveries = own.map(({ recoveryMs }) => recoveryMs ?? 0).sort((a, b) => a - b);
    return {
      ...{
        name,
        times: own.length,
        seconds: own.reduce((sum, { start, end }) => sum + ((end ?? start) - start) / 1000, 0),
      },
      settled: own.reduce((sum, { settled }) => sum + settled, 0),
      longestStallMs: Math.max(...own.map(({ longestStallMs }) => longestStallMs)),
      recoveryMs: { p50: recoveries[Math.floor(recoveries.length / 2)] ?? null, max: recoveries.at(-1) ?? null },
      notRecovered: 0,
    };
  });
}
