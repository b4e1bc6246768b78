import { transactItem, update } from '../../lambdas/runtime/idempotency/operations';
import type { Fault } from '../faults/fault';
import { CUSTOMERS } from '../load/orders';
import type { Pipeline } from '../pipeline';

/** Milliseconds between two of its transactions at most. */
const PAUSE_MS = 60;
/** Customers of one transaction at most. */
const TOGETHER = 3;
/** Where it is at work: there is one of it. */
const atWork = new WeakSet<Pipeline>();

/**
 * Another application writes the busiest customers of some callers in transactions of its own: those of consumers are in conflict
 * with them.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export const rivalWriter: Fault = {
  name: 'rival-writer',
  lastsMs: [5_000, 60_000],
  strike: (pipeline, chance) => {
    const {
      around: { tables },
      scheduler,
      settings,
    } = pipeline;
    if (atWork.has(pipeline)) return undefined;
    atWork.add(pipeline);
    const callers = Array.from({ length: settings.callers }, (_, caller) => caller);
    const visits = chance.some(callers, TOGETHER).map((caller) =>
      transactItem(
        update({
          TableName: CUSTOMERS,
          Key: { id: `customer-${caller}-0` },
          UpdateExpression: 'ADD visits :one',
          ExpressionAttributeValues: { ':one': 1 },
        }),
      ),
    );
    const write = async () => {
      while (atWork.has(pipeline)) {
        await tables.transact(visits);
        await scheduler.sleep(chance.between(0, PAUSE_MS));
      }
    };
    void write();
    return { what: `another application wrote ${visits.length} customers`, heal: () => void atWork.delete(pipeline) };
  },
};
