import { producer } from '../../lambdas/runtime';

const orders = producer({ topic: 'orders' });

/** A user's function that publishes the data it was handed. */
export const handler = (event: { readonly id: string; readonly data: unknown }) =>
  orders.publish({ ...event, type: 'order.placed', key: 'k' });
