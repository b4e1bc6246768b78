import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS } from '../../faults/kinds';
import type { FaultTally } from '../../faults/schedule';
import {
  countStates,
  missed,
  reachOf,
  STATES,
  StoreTally,
  timesSaid,
  toldIn,
  type Observed,
} from '../../faults/states';
import { cleanRun, EVERY_FATE, type Run } from './clean-run';

const quiet: Observed = {
  ...{ lines: {}, metrics: {} },
  asked: { lookUps: 0, claimsMet: 0, claimsTakenOver: 0, marks: 0 },
};
const counted = ({ entries, read }: Run, observed: Partial<Observed> = {}) =>
  countStates({ entries, torn: false }, [read], { ...quiet, ...observed });
const tally = (name: string, hits = 1): FaultTally => ({ name, title: name, times: 1, seconds: 5, hits, failures: [] });

test('every fault that is said to lead to a state is one there is, and none that needs a run of its own but the timeout', () => {
  const known = new Map(FAULTS.map((fault) => [fault.name, fault]));
  const led = STATES.flatMap(({ by }) => by);
  expect(led.filter((name) => !known.has(name))).toEqual([]);
  expect(led.filter((name) => known.get(name)?.alone)).toEqual(['function-timeout']);
});

test('to every state some fault leads by itself, so that no promise about it goes untried', () => {
  expect(STATES.filter(({ by }) => by.length === 0).map(({ name }) => name)).toEqual([]);
});

describe('what was reached', () => {
  test('an event that was spilled and reached the topic all the same was replayed; one that was put aside was not', () => {
    expect(counted(cleanRun())).toMatchObject({ spilled: 2, replayed: 1, givenUp: 1, unsettledReported: 0 });
  });

  test('an answer that reports records, a delivery made again and one cut off are each counted', () => {
    const run = cleanRun();
    const outcomes = run.entries.filter((entry) => entry.op === 'outcome');
    Object.assign(outcomes[0]!, { failures: [{ partition: 0, offset: 1 }] });
    Object.assign(outcomes[1]!, { type: 'unknown', reason: 'killed (SIGKILL)' });
    Object.assign(outcomes[2]!, { type: 'unknown', reason: 'task timed out after 30.00 seconds' });
    Object.assign(
      run.entries.find((entry) => entry.op === 'deliver')!,
      { again: true },
    );
    expect(counted(run)).toMatchObject({ unsettledReported: 1, redelivered: 1, killed: 1, timedOut: 1 });
  });

  test('a publish larger than the buffer had to wait for room', () => {
    const run = cleanRun();
    Object.assign(
      run.entries.find((entry) => entry.op === 'publish')!,
      { bytes: 1_048_577 },
    );
    expect(counted(run, { bufferBytes: 1_048_576 }).bufferFull).toBe(1);
    expect(counted(run).bufferFull).toBe(0);
  });

  test('Kafka clients that producers have replaced are counted by their metric', () => {
    expect(counted(cleanRun(), { metrics: { KafkaClientReplaced: 3 } }).clientReplaced).toBe(3);
  });

  test('dead letters are counted by their reason, once where two consumers share the bucket', () => {
    const run = cleanRun({ events: [...EVERY_FATE, { id: 'k', key: 'a', answers: ['acked'], end: 'parked' }] });
    run.read.deadLetters.find(({ id }) => id === 'k')!.reason = 'killed-function';
    const history = { entries: run.entries, torn: false };
    expect(countStates(history, [run.read, run.read], quiet).killerParked).toBe(1);
  });

  test('what functions said: lines by message, metrics by name and by reason; half a line is passed over', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'told-'));
    const emf = (Name: string, value: unknown, more = {}) =>
      JSON.stringify({ _aws: { CloudWatchMetrics: [{ Metrics: [{ Name }] }] }, [Name]: value, ...more });
    const lines = [
      JSON.stringify({ level: 'INFO', message: 'circuit breaker closed' }),
      emf('CircuitBreakerOpen', 3),
      emf('EventsParkedByReason', [1, 1], { reason: 'killed-function' }),
      '{"level":"WARN","mess',
    ];
    writeFileSync(join(dir, 'Billing.log'), lines.join('\n'));
    expect(await toldIn(dir)).toEqual({
      lines: { 'circuit breaker closed': 1 },
      metrics: {
        CircuitBreakerOpen: 3,
        EventsParkedByReason: 2,
        'EventsParkedByReason/killed-function': 2,
      },
    });
    expect(await timesSaid(dir, 'circuit breaker closed')).toBe(1);
    expect(await timesSaid(dir, 'circuit breaker')).toBe(0);
    rmSync(dir, { recursive: true });
  });
});

describe('what the store was asked', () => {
  const bytes = (content: object) => Buffer.from(JSON.stringify(content));
  const claimed = (owner: string) => ({ key: { S: 'event' }, state: { S: 'claimed' }, owner: { S: owner } });
  const update = (body: object, status: number, answer: object) =>
    ({ operation: 'UpdateItem', path: '/', body: bytes(body), status, answer: bytes(answer) }) as const;

  test('an update refused by the claim of another is a claim waited for, and by its own none', () => {
    const store = new StoreTally();
    const by = (owner: string) => ({ ExpressionAttributeValues: { ':owner': { S: owner } } });
    store.see(update(by('a'), 400, { Item: claimed('a') }));
    expect(store.asked.claimsMet).toBe(0);
    store.see(update(by('b'), 400, { Item: claimed('a') }));
    store.see(update(by('b'), 400, { Item: claimed('a') }));
    expect(store.asked.claimsMet).toBe(1);
  });

  test('a claim whose owner changes while it stands was taken over; one that was given back before was not', () => {
    const store = new StoreTally();
    store.see(update({}, 200, { Attributes: claimed('a') }));
    store.see(update({}, 200, { Attributes: { key: { S: 'event' } } }));
    store.see(update({}, 200, { Attributes: claimed('b') }));
    expect(store.asked.claimsTakenOver).toBe(0);
    store.see(update({}, 200, { Attributes: claimed('c') }));
    expect(store.asked.claimsTakenOver).toBe(1);
  });

  test('a ledger with a marker of one record alone is careful mode, and a batch read is a look at the table', () => {
    const store = new StoreTally();
    const ledger = (marker: object) => ({ Attributes: { key: { S: 'ledger/0' }, open: { L: [{ M: marker }] } } });
    store.see(update({}, 200, ledger({ from: { N: '1' }, to: { N: '2' } })));
    expect(store.asked.marks).toBe(0);
    store.see(update({}, 200, ledger({ from: { N: '1' }, to: { N: '2' }, at: { N: '1' } })));
    store.see({ operation: 'BatchGetItem', path: '/', body: bytes({}), status: 200, answer: bytes({}) });
    expect(store.asked).toMatchObject({ marks: 1, lookUps: 1 });
  });
});

describe('what had to be reached', () => {
  const counts = counted(cleanRun({ events: EVERY_FATE.filter(({ answers }) => !answers.includes('spilled')) }));

  test('a fault that took hold and led nowhere is a state missed', () => {
    const reach = reachOf(counts, [tally('kafka-away')]);
    expect(missed(reach).map(({ name }) => name)).toEqual(['spilled', 'replayed', 'clientReplaced']);
    expect(missed(reach)[0]!.by).toEqual(['kafka-away']);
  });

  test('one that took no hold, or that leads elsewhere, asks for nothing', () => {
    expect(missed(reachOf(counts, [tally('kafka-away', 0), tally('latency')]))).toEqual([]);
  });

  test('a state that was reached is reached, whatever came', () => {
    const reach = reachOf(counted(cleanRun()), []);
    expect(reach.find(({ name }) => name === 'spilled')).toMatchObject({ times: 2, verdict: 'reached' });
  });
});
