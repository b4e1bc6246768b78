import { drill, type DrillOptions, type Surroundings } from '../../../cli/drill/drill';
import { CANARY_SOURCE, CANARY_TYPE, canaryId, DEAD_LETTERS_OUTPUT, DOOR_OUTPUT, type CanaryAnswer, type CanaryOutcome } from '../../../lambdas/runtime/contract'; // prettier-ignore
import { json } from '../../../lambdas/runtime/event/decode';
import { CLUSTER, kafkaEvent, simulation } from '../../lambdas/runtime/simulation';

const of = { cluster: CLUSTER, topic: 'orders' };
export const OUTPUTS = {
  consumer: JSON.stringify({ kind: DEAD_LETTERS_OUTPUT, ...of, group: 'billing', table: 'idempotency', deadLetters: 'dead-letters' }), // prettier-ignore
  spill: JSON.stringify({ kind: DEAD_LETTERS_OUTPUT, ...of, group: '-', deadLetters: 'dead-letters' }),
  door: JSON.stringify({ kind: DOOR_OUTPUT, ...of, ingest: 'Shop-Ingest' }),
} as const;

export interface Canary {
  readonly round: number;
  readonly partition: number;
}

/** A pipeline of two partitions with a real consumer on stores in memory, and a person who drills it. */
export function pipeline() {
  const all = simulation();
  const { clock } = all;
  const stop = new AbortController();
  const world = {
    stop,
    printed: [] as string[],
    said: [] as string[],
    stack: { status: 'UPDATE_COMPLETE', outputs: ['https://shop', ...Object.values(OUTPUTS)] as readonly string[] },
    /** How the sending ends. @default - acked */
    outcome: (_: Canary): CanaryOutcome['outcome'] => 'acked',
    /** Milliseconds until it is delivered; undefined: never. */
    afterMs: (_: Canary): number | undefined => 300,
    /** Of the door itself. */
    fails: undefined as ((round: number) => Error | undefined) | undefined,
    noStack: undefined as Error | undefined,
    rounds: 0,
    rebooted: [] as (readonly [broker: string, atMs: number])[],
    refusesReboot: undefined as Error | undefined,
    answer: true as boolean | undefined,
    questions: [] as string[],
  };
  let offset = 0;
  const began = clock.now();
  const call: Surroundings['functions']['call'] = async (_, payload) => {
    const round = world.rounds++;
    await clock.sleep(20);
    const error = world.fails?.(round);
    if (error) throw error;
    const { name } = (JSON.parse(payload) as { canary: { name: string } }).canary;
    const canaries = [0, 1].map((partition): CanaryOutcome => {
      const outcome = world.outcome({ round, partition });
      const afterMs = world.afterMs({ round, partition });
      if (afterMs !== undefined) {
        const given = { partition, offset: offset++, id: canaryId(name, partition, 2), source: CANARY_SOURCE, type: CANARY_TYPE, key: `k${partition}` }; // prettier-ignore
        void clock.sleep(afterMs).then(() => all.invoke(kafkaEvent(given), { decode: json(), write: () => [] }));
      }
      return outcome === 'acked' || outcome === 'spilled' ? { partition, outcome } : { partition, outcome, reason: 'told' }; // prettier-ignore
    });
    const answer: CanaryAnswer = { partitions: 2, canaries };
    return JSON.stringify(answer);
  };
  const surroundings: Surroundings = {
    deployed: {
      stack: (name) => (world.noStack ? Promise.reject(world.noStack) : Promise.resolve({ name, ...world.stack })),
    },
    transactions: all.tables,
    functions: { call },
    reboot: (_, broker) => {
      if (world.refusesReboot) return Promise.reject(world.refusesReboot);
      world.rebooted.push([broker, clock.now() - began]);
      return Promise.resolve();
    },
    clock,
    print: (text) => void world.printed.push(text),
    progress: { say: (line) => void world.said.push(line), count: () => undefined, end: () => undefined },
    ask: (question) => (world.questions.push(question), Promise.resolve(world.answer)),
    signal: stop.signal,
  };
  const run = (options: Partial<DrillOptions> = {}) =>
    clock.run(drill({ stacks: ['Shop'], minutes: 1, rate: 4, within: 2, json: true, ...options }, surroundings));
  const told = () => JSON.parse(world.printed.join('')) as Record<string, unknown> & { groups: [Record<string, unknown>] }; // prettier-ignore
  return Object.assign(world, { all, clock, run, told, surroundings });
}
