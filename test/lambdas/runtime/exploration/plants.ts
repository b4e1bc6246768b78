import type { Update } from '@aws-sdk/client-dynamodb';
import type { ConsumerDeps } from '../../../../lambdas/runtime/consumer';
import type { Transactions } from '../../../../lambdas/runtime/stores/tables';
import type { Plant } from './scenarios';

const withTransactions = (parts: ConsumerDeps, change: (real: Transactions) => Partial<Transactions>): ConsumerDeps => {
  const real = parts.transactions;
  const kept: Transactions = {
    transact: (items) => real.transact(items),
    update: (input) => real.update(input),
    read: (table, key) => real.read(table, key),
    readMany: (table, keys) => real.readMany(table, keys),
  };
  return { ...parts, transactions: { ...kept, ...change(real) } };
};

const TOKEN = /#state = :claimed AND #owner = :owner/;

/** Protocol faults that the exploration must find. */
export const PLANTS: Readonly<Record<string, Plant>> = {
  'a completion does not check its token': (parts) =>
    withTransactions(parts, (real) => ({
      transact: (items) =>
        real.transact(
          items.map(({ Update, ...other }) =>
            Update && TOKEN.test(Update.ConditionExpression ?? '')
              ? {
                  Update: {
                    ...Update,
                    ConditionExpression: `attribute_exists(#state) OR (${Update.ConditionExpression})`,
                  },
                }
              : { Update, ...other },
          ),
        ),
    })),
  'an event is parked without a condition': (parts) =>
    withTransactions(parts, (real) => ({
      transact: (items) =>
        real.transact(
          items.map(({ Put, ...other }) =>
            Put?.Item?.['state']?.S === 'parked'
              ? { Put: { ...Put, ConditionExpression: undefined } }
              : { Put, ...other },
          ),
        ),
    })),
  'an event is done before its effect': (parts) =>
    withTransactions(parts, (real) => ({
      update: (input: Update) => {
        const values = input.ExpressionAttributeValues ?? {};
        const isClaim = input.UpdateExpression?.startsWith('SET #state = :claimed');
        return real.update(
          isClaim ? { ...input, ExpressionAttributeValues: { ...values, ':claimed': { S: 'done' } } } : input,
        );
      },
    })),
};
