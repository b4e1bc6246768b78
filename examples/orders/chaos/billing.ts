import { consumer, json } from 'cdk-lossless-kafka/runtime';
import { bill, orderSchema } from '../billing';
import { troubleOf } from './trouble';

/** Bills as the sample does. */
export const handler = consumer({
  decode: json(orderSchema),
  write: (order, context) => {
    troubleOf(order, context.record);
    // Counted under the event's id, not the order's: a corrected event is another one of the same order.
    return bill({ ...order, id: context.event.id }, context);
  },
});
