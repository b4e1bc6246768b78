import { dynamoDbTransactions } from '../../../../lambdas/runtime/stores/dynamodb';

/** Only answers that a real store on this machine cannot be made to give; the others are in dynamodb.real.test.ts. */
const answering = (error: Error) => dynamoDbTransactions({ send: () => Promise.reject(error) });
const named = (name: string, more: object = {}) => Object.assign(new Error('of DynamoDB'), { name, ...more });
const ITEM = { Put: { TableName: 't', Item: {} } };

test.each([
  ['ThrottlingException', 'busy'],
  ['ProvisionedThroughputExceededException', 'busy'],
  ['RequestLimitExceeded', 'busy'],
  ['TransactionInProgressException', 'busy'],
  ['AccessDeniedException', 'refused'],
  ['ResourceNotFoundException', 'refused'],
  ['ExpiredTokenException', 'refused'],
  ['ValidationException', 'invalid'],
  ['InternalServerError', 'unknown'],
  ['ServiceUnavailable', 'unknown'],
  ['TimeoutError', 'unknown'],
  ['ECONNRESET', 'unknown'],
  ['AnErrorOfTomorrow', 'unknown'],
])('%s is %s', async (name, kind) => {
  expect(await answering(named(name)).transact([ITEM])).toEqual({ kind, detail: `${name}: of DynamoDB` });
});

test('what is thrown and is no error is unknown', async () => {
  expect(await answering({} as Error).transact([ITEM])).toEqual({ kind: 'unknown', detail: 'Error: ' });
});

test('a cancellation has one reason for each item, with the item that was in the way', async () => {
  const CancellationReasons = [
    { Code: 'None' },
    { Code: 'TransactionConflict', Message: 'ongoing' },
    { Code: 'ConditionalCheckFailed', Item: { n: { N: '1' } } },
  ];
  expect(
    await answering(named('TransactionCanceledException', { CancellationReasons })).transact([ITEM, ITEM, ITEM]),
  ).toEqual({
    kind: 'cancelled',
    reasons: [
      { code: 'None' },
      { code: 'TransactionConflict', message: 'ongoing' },
      { code: 'ConditionalCheckFailed', item: { n: 1 } },
    ],
  });
});

test.each([[undefined], [[]], [[{ Code: 'None' }]]])(
  'a cancellation with the reasons %j for two items names none',
  async (CancellationReasons) => {
    const outcome = await answering(named('TransactionCanceledException', { CancellationReasons })).transact([
      ITEM,
      ITEM,
    ]);
    expect(outcome).toMatchObject({ kind: 'refused' });
  },
);

test('values that DynamoDB quotes do not get into a detail', async () => {
  const error = named('ValidationException');
  error.message = `Value 'secret' at 'x' and "secret" is wrong`;
  const outcome = await answering(error).transact([ITEM]);
  expect(outcome).toMatchObject({ kind: 'invalid', detail: 'ValidationException: Value … at … and … is wrong' });
});

test('every read is strongly consistent: an event that was just settled is never taken for one that is not', async () => {
  const inputs: unknown[] = [];
  const client = { send: ({ input }: { input: unknown }) => (inputs.push(input), Promise.resolve({})) };
  const transactions = dynamoDbTransactions(client);
  await transactions.read('t', 'k');
  await transactions.readMany('t', ['k', 'l']);
  expect(inputs).toMatchObject([{ ConsistentRead: true }, { RequestItems: { t: { ConsistentRead: true } } }]);
});
