import { consumer, json } from 'cdk-lossless-kafka/runtime';
import { bill, orderSchema } from '../billing';
import { troubleOf } from './trouble';

/** Bills as the sample does. */
export const handler = consumer({
  decode: json(orderSchema),
  write: (order, context) => {
    troubleOf(order, context.record);
    return bill(order, context);
  },
});
