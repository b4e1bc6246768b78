import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import type { Given, simulation } from '../simulation';
import type { HandlerOf } from './model-mapping';

type Simulation = ReturnType<typeof simulation>;

/** Events of one partition, each of a key of its own, unless `each` says otherwise. */
export const events = (count: number, each: (i: number) => Partial<Given> = () => ({}), from = 0): Given[] =>
  Array.from({ length: count }, (_, i) => ({ offset: from + i, id: `e${from + i}`, key: `k${i}`, ...each(i) }));

/** Applies what is not bad. */
export const handling =
  (isBad: (event: { readonly id: string; readonly source: string }) => boolean, asked: string[] = []): HandlerOf =>
  () => ({
    decode: json(),
    write: (_, { event }) => {
      asked.push(event.id);
      if (isBad(event)) throw new Error('bad');
      return [put({ TableName: 'orders', Item: { id: event.id } })];
    },
  });

export const applied = (all: Simulation): string[] => all.tables.items('orders').map(({ id }) => String(id));
export const parkedIds = (all: Simulation): string[] => all.records('parked').map(({ id }) => String(id));
