import type { MSKEvent } from 'aws-lambda';
import fc from 'fast-check';
import { Park, Retry } from '../../../../lambdas/runtime';
import type { ConsumerOptions } from '../../../../lambdas/runtime/consumer';
import { json } from '../../../../lambdas/runtime/event/decode';
import { update } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, type Given, type Script } from '../simulation';
import type { WallClock } from '../../../../simulation/time/sandbox-clock';

/**
 * What is to become of one record. `again`: it is the event before it once more, as a producer's retry leaves it. `other`: it
 * has the id of the event before it, and another content; `other text`: one that cannot be decoded, either.
 */
export type Kind = (typeof KINDS)[number];
const KINDS = [
  ...(['applied', 'applied', 'applied', 'applied', 'again', 'again', 'fails twice', 'retries'] as const),
  ...(['unreadable', 'undecodable', 'fails', 'parks', 'refused', 'hangs', 'other', 'other text'] as const),
] as const;

/** A batch, and what happens around it. What a script does not say goes well. */
export interface Plan {
  readonly effect: 'write' | 'call';
  readonly records: readonly { readonly key: number; readonly partition: number; readonly kind: Kind }[];
  readonly answers: readonly ('ok' | 'lost' | 'unknown' | 'busy' | 'refused' | 'conflict')[];
  /** The same for requests that update one item: ledgers, claims and attempts. */
  readonly updates: readonly ('ok' | 'lost' | 'unknown' | 'busy')[];
  readonly storeFails: readonly boolean[];
  readonly latencies: readonly number[];
  readonly timeouts: readonly number[];
  /** Of the two sandboxes, one for each poller. */
  readonly walls: readonly [WallClock, WallClock];
  /** Whether two pollers deliver at once, as around a rebalance. */
  readonly twice: boolean;
  /** In so many first deliveries an entry of partition 0 cannot be told apart. */
  readonly strangers: number;
}

const ahead = fc.constantFrom(-600_000, 0, 600_000);
const wall = fc.record({ aheadMs: ahead, thenMs: ahead, setAfterMs: fc.constantFrom(500, 5_000, 30_000) });

/** @param most - records, and steps of each script */
export const plans = (most: number): fc.Arbitrary<Plan> =>
  fc.record({
    effect: fc.constantFrom('write', 'write', 'write', 'call'),
    records: fc.array(fc.record({ key: fc.nat(3), partition: fc.nat(1), kind: fc.constantFrom(...KINDS) }), {
      minLength: 1,
      maxLength: most,
    }),
    answers: fc.array(fc.constantFrom('ok', 'ok', 'lost', 'unknown', 'busy', 'refused', 'conflict'), {
      maxLength: most,
    }),
    updates: fc.array(fc.constantFrom('ok', 'ok', 'ok', 'lost', 'unknown', 'busy'), { maxLength: most }),
    storeFails: fc.array(fc.boolean(), { maxLength: most }),
    // To the store and back: slower, and a claim's beat does not come within its lease.
    latencies: fc.array(fc.integer({ min: 1, max: 1_500 }), { minLength: 1, maxLength: most }),
    timeouts: fc.array(fc.integer({ min: 9_000, max: 40_000 }), { maxLength: 2 }),
    walls: fc.tuple(wall, wall),
    twice: fc.constantFrom(false, false, false, true),
    strangers: fc.constantFrom(0, 0, 0, 1, 2),
  });

const KEYS = ['', 'a', 'b', null];
/** Of the keys above: records without one have no order. */
export const NO_KEY = 3;

export type Planned = Given & { readonly id: string; readonly partition: number; readonly kind: Kind };

/** Offsets rise within a partition. */
export function recordsOf({ records }: Plan): Planned[] {
  const given: Planned[] = [];
  records.forEach(({ key, partition, kind }, offset) => {
    const before = given.findLast((other) => other.partition === partition);
    const value =
      kind === 'undecodable' || kind === 'other text' ? `{ ${kind}` : { kind, customer: `${partition}-${key}` };
    const event = { partition, offset, id: `e${offset}`, key: KEYS[key], value, kind };
    if (kind === 'again' && before) given.push({ ...before, offset });
    // Without a key nothing says which of the two comes first.
    else if (!isOther(event)) given.push(event);
    else if (before && before.key !== null) given.push({ ...before, offset, value, kind });
    else given.push({ ...event, value: { kind: 'applied', customer: `${partition}-${key}` }, kind: 'applied' });
  });
  return given;
}

/** What the mapping hands over: what cannot be read is broken on the way, and where there is a stranger, it comes first. */
export function eventOf(given: readonly Planned[], hasStranger: boolean): MSKEvent {
  const event = kafkaEvent(...given);
  const wire = Object.values(event.records).flat();
  for (const { partition, offset } of given.filter(({ kind }) => kind === 'unreadable')) {
    const record = wire.find((each) => each.partition === partition && each.offset === offset);
    Object.assign(record!, { value: '%%%' });
  }
  if (hasStranger) (event.records['orders-0'] ??= []).unshift({ topic: 'orders', partition: 0 } as never);
  return event;
}

/** Whether it comes under an id that was another's before: then it is parked beside that one. */
export const isOther = ({ kind }: Pick<Planned, 'kind'>): boolean => kind === 'other' || kind === 'other text';

/** Whether the record's event ends parked, whatever happens around it. */
export const isParked = ({ kind }: Planned): boolean =>
  isOther({ kind }) || ['unreadable', 'undecodable', 'fails', 'parks', 'refused', 'hangs'].includes(kind);

/** Thrown again and again: to write a stack down takes longer than all that follows from it. */
const THROWN = { fails: new Error('handler'), retries: new Retry('not now'), parks: new Park('never') };

/** The user's code. `reach` is told of each effect of a call. */
export function handlerOf({ effect }: Plan, reach: (id: string) => void): ConsumerOptions<unknown> {
  const tries = new Map<string, number>();
  const act = (data: unknown, id: string): Promise<never> | undefined => {
    const { kind } = data as { kind: Kind };
    const times = (tries.get(id) ?? 0) + 1;
    tries.set(id, times);
    if (kind === 'fails' || (kind === 'fails twice' && times < 3)) throw THROWN.fails;
    if (kind === 'retries' && times < 3) throw THROWN.retries;
    if (kind === 'parks' || (kind === 'refused' && effect === 'call')) throw THROWN.parks;
    return kind === 'hangs' ? new Promise(() => undefined) : undefined;
  };
  const base = { decode: json(), concurrency: 3, attempts: 4 };
  if (effect === 'call') {
    const call = async (data: unknown, { event: { id } }: { event: { id: string } }) => {
      await act(data, id);
      reach(id);
    };
    return { ...base, call };
  }
  const write = async (
    data: unknown,
    { event, record }: { event: { id: string }; record: { readonly offset: number } },
  ) => {
    await act(data, event.id);
    const { kind, customer } = data as { kind: Kind; customer: string };
    const ConditionExpression = kind === 'refused' ? 'attribute_exists(never)' : undefined;
    const to = (TableName: string, id: string, UpdateExpression: string, values: Record<string, unknown>) =>
      update({ TableName, Key: { id }, UpdateExpression, ExpressionAttributeValues: values, ConditionExpression });
    const append = 'SET applied = list_append(if_not_exists(applied, :none), :this)';
    return [
      to('orders', event.id, 'ADD n :one', { ':one': 1 }),
      to('customers', customer, append, { ':none': [], ':this': [record.offset] }),
    ];
  };
  return { ...base, write };
}

/** What becomes of one transaction after another. */
export const scriptOf =
  ({ answers }: Plan): Script =>
  (items, call) => {
    const answer = answers[call] ?? 'ok';
    switch (answer) {
      case 'ok':
        return undefined;
      case 'lost':
        return 'lost';
      case 'conflict':
        return {
          kind: 'cancelled',
          reasons: items.map((_, i) => ({ code: i === call % items.length ? 'TransactionConflict' : 'None' })),
        };
      case 'unknown':
      case 'busy':
      case 'refused':
        return { kind: answer, detail: 'scripted' };
    }
  };
