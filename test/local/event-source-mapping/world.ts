import { systemClock } from '../../../lambdas/runtime/time/clock';
import { newCounters } from '../../../local/event-source-mapping/counters';
import { Dispatcher, type DispatcherPorts } from '../../../local/event-source-mapping/dispatcher';
import { Lane } from '../../../local/event-source-mapping/lane';
import { DEFAULT_SWITCHES, type MappingSwitches } from '../../../local/event-source-mapping/switches';
import { watchFor } from '../../../local/event-source-mapping/watch';
import type { Outcome } from '../../../local/function-host';
import type { MappingSettings } from '../../../local/template/mappings';
import { chunk, frame, settings } from '../fixtures/records';

/** One invocation the test answers when it likes. */
export interface Call {
  /** `<partition>@<offset>` of each record. */
  readonly offsets: readonly string[];
  answer(outcome: Outcome): Promise<void>;
}

export const ok: Outcome = { kind: 'success', payload: 'null' };
export const failed: Outcome = { kind: 'error', errorType: 'Error', errorMessage: 'no' };
export const timeout: Outcome = { kind: 'timeout', detail: '' };
export const crash: Outcome = { kind: 'crash', detail: '' };
export const throttled: Outcome = { kind: 'throttle' };
export const answer = (payload: unknown): Outcome => ({ kind: 'success', payload: JSON.stringify(payload) ?? 'null' });
export const failures = (...items: readonly (readonly [partition: number, offset: number])[]): Outcome =>
  answer({
    batchItemFailures: items.map(([partition, offset]) => ({
      itemIdentifier: { partition: `orders-${partition}`, offset },
    })),
  });
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A mapping of two partitions without brokers: records arrive, invocations are answered and pauses end as the test says. */
export function world(
  changes: Partial<MappingSettings> = {},
  switches: Partial<MappingSwitches> = {},
  giveUp?: DispatcherPorts['giveUp'],
) {
  const calls: Call[] = [];
  const logged: string[] = [];
  const sleeps: { ms: number; wake: () => void }[] = [];
  const counters = newCounters();
  const clock = { now: 1_000 };
  const dispatcher = new Dispatcher(settings(changes), { ...DEFAULT_SWITCHES, ...switches }, frame, counters, {
    watch: watchFor(undefined, 'group'),
    giveUp,
    invoke: (payload) =>
      new Promise((resolve) => {
        const { records } = JSON.parse(payload) as { records: Record<string, { o: number }[]> };
        const offsets = Object.entries(records).flatMap(([key, list]) =>
          list.map(({ o }) => `${key.replace('orders-', '')}@${o}`),
        );
        const answer = async (outcome: Outcome) => {
          resolve(outcome);
          await turn();
        };
        calls.push({ offsets, answer });
      }),
    moved: () => undefined,
    log: (line) => void logged.push(line),
    now: () => clock.now,
    timer: (ms, ring) => systemClock.timer(ms, ring),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        sleeps.push({ ms, wake });
        signal.addEventListener('abort', wake);
      }),
  });
  const lanes = [0, 1].map((partition) => new Lane(partition, 0));
  lanes.forEach((lane) => dispatcher.add(lane));
  const arrive = (partition: number, from: number, to: number, more: Parameters<typeof chunk>[3] = {}) => {
    lanes[partition]?.accept(chunk(partition, from, to, more), clock.now);
    dispatcher.pump();
  };
  const wake = async () => {
    sleeps.shift()?.wake();
    await turn();
  };
  /** Answers the newest invocation. */
  const reply = async (outcome: Outcome) => calls.at(-1)?.answer(outcome);
  return {
    ...{ arrive, calls, clock, counters, dispatcher, lanes, logged, reply, sleeps, wake },
    positions: () => lanes.map(({ position }) => position),
  };
}
