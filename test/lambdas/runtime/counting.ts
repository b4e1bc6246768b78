import { json } from '../../../lambdas/runtime';
import { oneMore } from '../../../testing';

/** A handler that counts, in table `orders`, how often each event was applied. */
export const counting = {
  decode: json(),
  write: (_: unknown, { event }: { event: { id: string } }) => [oneMore('orders', event.id)],
};
