import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import type { Fault } from '../faults';
import { spillFolder } from '../../lambdas/runtime/contract';
import { BUCKETS, CLUSTER, TOPIC } from '../pipeline/names';

/** Sweeps go by before somebody takes it away. */
const LIES_MS = 400_000;

/** A later version of the library was there for a while, and has left an object that this one leaves alone, before all others. */
const newerSpillObject: Fault = {
  name: 'newer-spill-object',
  lastsMs: [1_000, 2_000],
  strike: ({ around: { buckets }, scheduler }) => {
    const spill = buckets.get(BUCKETS.spill)!;
    const name = `${BUCKETS.spill}/${spillFolder(CLUSTER, TOPIC)}0`;
    if (spill.content.has(name)) return undefined;
    spill.content.set(name, JSON.stringify({ version: 2, events: [] }));
    scheduler.after(LIES_MS, () => spill.content.delete(name));
    return { what: 'an object of a later version lies first in the spill store', heal: () => undefined };
  },
};

/** What a delivery has settled cannot be counted; that it has begun can. */
const ledgers: Fault = {
  name: 'ledgers-throttled',
  lastsMs: [10_000, 40_000],
  strike: ({ around: { tables } }) => {
    const isEnd = ({ Key, UpdateExpression }: Update) =>
      Key?.['key']?.S?.startsWith('ledger/') === true && UpdateExpression?.startsWith('SET #version') === true;
    tables.updateScript = (input) => (isEnd(input) ? { kind: 'busy', detail: 'ThrottlingException: …' } : undefined);
    return { what: 'ends were not written to ledgers', heal: () => (tables.updateScript = () => undefined) };
  },
};

/** Hardly anything that the buckets answer arrives. */
const buckets: Fault = {
  name: 's3-answers-mostly-lost',
  lastsMs: [10_000, 40_000],
  strike: ({ around: { troubles } }) => {
    if (troubles.toObjects.isOn) return undefined;
    troubles.toObjects.set({ 'answer-lost': 0.9 });
    return { what: 'answers of the buckets were lost', heal: () => troubles.toObjects.set({}) };
  },
};

/** No dead letter can be deleted. */
const letters: Fault = {
  name: 'letters-not-deleted',
  lastsMs: [20_000, 60_000],
  strike: ({ around: { buckets: all } }) => {
    const deadLetters = all.get(BUCKETS.deadLetters)!;
    deadLetters.script = (call) => (call === 'delete' ? 'unavailable' : 'ok');
    return { what: 'dead letters were not deleted', heal: () => (deadLetters.script = () => 'ok') };
  },
};

/** Nothing of what is sent to brokers arrives. */
const unreachable: Fault = {
  name: 'brokers-unreachable',
  lastsMs: [10_000, 30_000],
  strike: ({ around: { links } }) => {
    const cut = (isCut: boolean) => {
      for (const link of links.brokers.values()) link.cut.requests = isCut;
    };
    cut(true);
    return { what: 'no broker was reached', heal: () => cut(false) };
  },
};

/** Whatever is written for some customers is in conflict with somebody; their neighbours are not. */
const customers: Fault = {
  name: 'customers-in-conflict',
  lastsMs: [10_000, 150_000],
  strike: ({ around: { tables } }) => {
    const isTheirs = ({ Update }: TransactWriteItem) => /^customer-\d-0$/.test(Update?.Key?.['id']?.S ?? '');
    tables.script = (requested) => {
      if (!requested.some(isTheirs)) return undefined;
      const reasons = requested.map((item) => ({ code: isTheirs(item) ? 'TransactionConflict' : 'None' }));
      return { kind: 'cancelled', reasons };
    };
    return { what: 'some customers were in conflict', heal: () => (tables.script = () => undefined) };
  },
};

/** Faults that single slips need. */
export const MORE_FAULTS: readonly Fault[] = [newerSpillObject, ledgers, buckets, letters, unreachable, customers];
