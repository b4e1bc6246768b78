import { consumer, json, update, type WriteContext } from 'cdk-lossless-kafka/runtime';
import { z } from 'zod';

export const orderSchema = z.object({ id: z.string().min(1), customer: z.string().min(1), amount: z.number() });

/** Two additive writes per order, so that an event applied twice, or out of order, would show. */
export const bill = (order: z.infer<typeof orderSchema>, { event, record }: WriteContext) => [
  update({
    TableName: process.env['ORDERS_TABLE'] ?? '',
    Key: { id: order.id },
    UpdateExpression: 'ADD timesApplied :one SET customer = :customer, amount = :amount',
    ExpressionAttributeValues: { ':one': 1, ':customer': order.customer, ':amount': order.amount },
  }),
  update({
    TableName: process.env['CUSTOMERS_TABLE'] ?? '',
    Key: { id: order.customer },
    UpdateExpression: 'SET applied = list_append(if_not_exists(applied, :empty), :this)',
    ExpressionAttributeValues: {
      ':empty': [],
      ':this': [{ partition: record.partition, offset: record.offset, id: event.id }],
    },
  }),
];

export const handler = consumer({ decode: json(orderSchema), write: bill });
