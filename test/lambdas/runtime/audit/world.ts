import { audit, type AuditAnswer } from '../../../../lambdas/runtime/audit';
import { auditKey, ledgerKey, type StatusAnswer } from '../../../../lambdas/runtime/contract';
import { json } from '../../../../lambdas/runtime/event/decode';
import type { LogEnds, Offsets } from '../../../../lambdas/runtime/kafka/offsets';
import type { Transactions } from '../../../../lambdas/runtime/stores/tables';
import type { Audited } from '../../../../lambdas/runtime/watching/metrics';
import { oneMore } from '../../../../testing';
import { environment, kafkaEvent, simulation } from '../simulation';

export const { cluster, topic, group, table } = environment;
export const ledgerOf = (partition: number) => ledgerKey({ ...environment, partition });
export const MEMORY = auditKey(environment);

/** A topic's logs and a real consumer of it, with an audit beside. */
export function world({ transactions }: { transactions?: (tables: Transactions) => Transactions } = {}) {
  const simulated = simulation();
  const { clock, tables, objects, log } = simulated;
  const logs = new Map<number, LogEnds & { readonly timestamps?: readonly number[] }>();
  const committed = new Map<number, number>();
  const told: Record<string, Audited> = {};
  const asked: string[] = [];
  const failing = new Set<string>();
  const answer = <T>(what: string, value: () => T): Promise<T> => {
    asked.push(what);
    return failing.has(what) ? Promise.reject(new Error(`${what}: got no answer`)) : Promise.resolve(value());
  };
  const offsets: Offsets = {
    committed: () => answer('committed', () => new Map(committed)),
    ends: () => answer('ends', () => new Map(logs)),
    since: (timestampMs) =>
      answer('since', () => {
        const first = ({ start, end, timestamps }: LogEnds & { readonly timestamps?: readonly number[] }) => {
          if (timestamps === undefined) return start; // as young as can be
          const index = timestamps.findIndex((each) => each >= timestampMs);
          return index === -1 ? end : start + index;
        };
        return new Map([...logs].map(([partition, of]) => [partition, first(of)]));
      }),
    close: () => Promise.resolve(void asked.push('close')),
  };
  const variables = {
    LOSSLESS_AUDIT_Orders: JSON.stringify({
      ...{
        cluster,
        topic,
        brokers: 'localhost:9092',
        authentication: 'none',
      },
      groups: [{ group, table, onFailure: 'on-failure' }],
    }),
  };
  const sandbox = () =>
    audit({
      ...{ variables, clock, log, objects, transactions: transactions?.(tables) ?? tables },
      offsets: () => answer('open', () => offsets),
      tell: (by, audited) => void (told[by.group] = audited),
    });
  let handler = sandbox();
  const additive = { decode: json(), write: (_: unknown, { event }: { event: { id: string } }) => [oneMore('orders', event.id)] }; // prettier-ignore
  return {
    ...{ clock, tables, objects, log, logs, committed, told, asked, failing },
    deliver: simulated.deliver,
    audit: (event: unknown = {}) => clock.run(handler(event)) as Promise<AuditAnswer>,
    status: () => clock.run(handler({ status: true })) as Promise<StatusAnswer>,
    /** Its sandbox is gone. */
    renew: () => void (handler = sandbox()),
    /** The mapping delivers records of a partition, which are applied, and commits. */
    applied: async (partition: number, from: number, to: number) => {
      const given = Array.from({ length: to - from + 1 }, (_, n) => ({ partition, offset: from + n, id: `${partition}-${from + n}` })); // prettier-ignore
      await simulated.deliver(kafkaEvent(...given), additive);
      committed.set(partition, to + 1);
    },
  };
}
