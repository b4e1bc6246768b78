import type { EventKind } from '../../faults/history';
import { json, update, type ConsumerOptions, type ConsumerRecord } from '../../lambdas/runtime';
import { REDRIVE_HEADER } from '../../lambdas/runtime/contract';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Link } from '../network/link';
import { within } from '../../lambdas/runtime/time/within';
import type { Sandbox } from '../lambda/sandbox';

/** What callers post. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly kind: EventKind;
  readonly amount: number;
}

/** Tables of the effect. */
export const ORDERS = 'orders';
export const CUSTOMERS = 'customers';

const schema: StandardSchemaV1<unknown, Order> = {
  '~standard': {
    version: 1,
    vendor: 'simulation',
    validate: (value) => {
      const { id, customer, amount } = Object(value) as Partial<Order>;
      const fits = typeof id === 'string' && typeof customer === 'string' && typeof amount === 'number';
      return fits ? { value: value as Order } : { issues: [{ message: 'want id, customer and amount' }] };
    },
  },
};

/** Where and how a handler works. */
export interface Work {
  readonly sandbox: Sandbox;
  /** Milliseconds that it takes for an event at most. */
  readonly handlerMs: number;
  /** Its code fails at every event. */
  readonly fails: boolean;
}

/** The handler's code takes its time, and meets what is wrong with an event. */
async function meet({ kind, amount }: Order, { headers }: ConsumerRecord, work: Work): Promise<void> {
  const { sandbox, handlerMs, fails } = work;
  if (handlerMs > 0) await sandbox.clock.sleep(handlerMs * sandbox.clock.random());
  if (fails) throw new Error('this code bills nothing');
  switch (kind) {
    case 'failing':
      throw new Error('this order cannot be billed');
    case 'killer':
      // It exits, or it turns in a loop until its time is over.
      if (amount % 2 === 0) sandbox.crash();
      else sandbox.freeze();
      return new Promise(() => undefined);
    case 'mendable':
      // As if what it needs had been mended by the time it was sent back.
      if (headers.some(([name]) => name === REDRIVE_HEADER)) return undefined;
      throw new Error('this order cannot be billed yet');
    case 'order':
    case 'large':
    case 'invalid':
    case 'misfit':
    case 'twin':
      return undefined;
  }
}

/** A consumer that bills in tables: one additive write for each order and one for its customer, so that whatever is applied twice shows. */
export const billing = (work: Work): ConsumerOptions<Order> => ({
  decode: json(schema),
  write: async (order, { event, record }) => {
    await meet(order, record, work);
    return [
      update({
        TableName: ORDERS,
        Key: { id: event.id },
        UpdateExpression: 'ADD timesApplied :one SET customer = :customer, #partition = :partition, #offset = :offset',
        ExpressionAttributeNames: { '#partition': 'partition', '#offset': 'offset' },
        ExpressionAttributeValues: {
          ':one': 1,
          ':customer': order.customer,
          ':partition': record.partition,
          ':offset': record.offset,
        },
      }),
      update({
        TableName: CUSTOMERS,
        Key: { id: order.customer },
        UpdateExpression: 'ADD orders :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    ];
  },
});

/** One call as the other system has heard it. */
export interface Heard {
  readonly id: string;
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
}

/** As clients have one: a call without an answer is an outage, and no attempt. */
const PATIENCE_MS = 5_000;

/** A consumer that calls another system, which writes down what it hears. */
export const paying = (work: Work, link: Link, hear: (call: Heard) => void): ConsumerOptions<Order> => ({
  decode: json(schema),
  call: async (order, { event, record, signal }) => {
    await meet(order, record, work);
    // As a client does that is given the signal: a call after it may come long after another has been made.
    if (signal.aborted) throw new Error('given up before the call');
    const { partition, offset } = record;
    const heard = link.request(work.sandbox, () => hear({ id: event.id, key: order.customer, partition, offset }));
    const ended = await within(heard, PATIENCE_MS, { clock: work.sandbox.clock });
    if (ended.kind !== 'value') throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
  },
});
