import {
  check,
  put,
  remove,
  sizeOf,
  targetOf,
  transactItem,
  UnfitOperation,
  update,
  type WriteOperation,
} from '../../../../lambdas/runtime/idempotency/operations';

const Key = { id: 'a', sort: 1 };

test('operations become DynamoDB items, undefined left out', () => {
  expect(
    transactItem(
      put({ TableName: 'tab', Item: { id: 'a', none: undefined, set: new Set(['x']), in: { none: undefined } } }),
    ),
  ).toEqual({
    Put: expect.objectContaining({
      TableName: 'tab',
      Item: { id: { S: 'a' }, set: { SS: ['x'] }, in: { M: {} } },
    }) as unknown,
  });
  expect(
    transactItem(
      update({
        TableName: 'tab',
        Key,
        UpdateExpression: 'SET #n = :n',
        ExpressionAttributeNames: { '#n': 'n' },
        ExpressionAttributeValues: { ':n': null },
      }),
    ),
  ).toEqual({
    Update: {
      TableName: 'tab',
      Key: { id: { S: 'a' }, sort: { N: '1' } },
      UpdateExpression: 'SET #n = :n',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':n': { NULL: true } },
    },
  });
  expect(transactItem(remove({ TableName: 'tab', Key }))).toMatchObject({ Delete: { TableName: 'tab' } });
  expect(transactItem(check({ TableName: 'tab', Key, ConditionExpression: 'attribute_exists(id)' }))).toMatchObject({
    ConditionCheck: { ConditionExpression: 'attribute_exists(id)' },
  });
});

test('what is no operation is refused', () => {
  const made = { kind: 'drop', input: { TableName: 'tab' } } as unknown as WriteOperation;
  expect(() => transactItem(made)).toThrow(/got kind drop, want one made by put, update, remove or check/);
  expect(() => transactItem({} as WriteOperation)).toThrow(TypeError);
});

test('operations on one item have one target, whatever the order of its key', () => {
  const one = targetOf(transactItem(remove({ TableName: 'tab', Key: { id: 'a', sort: 1 } })));
  const two = targetOf(transactItem(check({ TableName: 'tab', Key: { sort: 1, id: 'a' }, ConditionExpression: 'x' })));
  expect(one).toBe(two);
  expect(targetOf(transactItem(remove({ TableName: 'uvw', Key })))).not.toBe(one);
  expect(targetOf(transactItem(remove({ TableName: 'tab', Key: { id: 'a', sort: '1' } })))).not.toBe(one);
});

test('the target of a put is not known: only its table knows which attributes are the key', () => {
  expect(targetOf(transactItem(put({ TableName: 'tab', Item: { id: 'a' } })))).toBeUndefined();
});

test('the size counts text in UTF-8, bytes, and what is nested', () => {
  const size = (Item: Record<string, unknown>) => sizeOf(transactItem(put({ TableName: 'tab', Item })));
  expect(size({ a: 'xx' })).toBe(3);
  expect(size({ a: 'ää' })).toBe(5);
  expect(size({ a: new Uint8Array(100) })).toBe(101);
  expect(size({ a: { b: ['x'.repeat(50)] } })).toBeGreaterThan(50);
  expect(size({ a: new Set(['xxxx', 'yyyy']) })).toBeGreaterThanOrEqual(9);
});

test.each([
  ['undefined', undefined],
  ['null', null],
  ['an empty text', ''],
  ['a value of type number', 7],
  ['a value of type object', { S: 'card 4111' }],
  ['a text that no table can have for a name', 'ab'],
  ['a text that no table can have for a name', 'card 4111'],
  ['a text that no table can have for a name', '${Token[TOKEN.7]}'],
])('an operation with %s as its table is the fault of the configuration, and says no value', (got, TableName) => {
  const operations = [
    put({ TableName: 'tab', Item: { id: 'a' } }),
    remove({ TableName: TableName as string, Key: { id: 'card 4111' } }),
  ];
  const transact = () => operations.map(transactItem);
  const told = `operation 1 (remove): got ${got} as TableName, want the name of a table; set the environment variable`;
  expect(transact).toThrow(expect.objectContaining({ code: 'NOT_CONFIGURED' }) as Error);
  expect(transact).toThrow(told);
  expect(transact).not.toThrow('4111');
});

test.each(['tab', 'x'.repeat(255), 'My_table.v-2', 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders'])(
  'a table may be called %s',
  (TableName) => {
    expect(transactItem(remove({ TableName, Key }))).toMatchObject({ Delete: { TableName } });
  },
);

test.each([
  ['undefined', undefined],
  ['null', null],
  ['a value of type string', 'card 4111'],
  ['a list', ['card 4111']],
  ['a value of type object', new Uint8Array(3)],
  ['a value of type object', new Set(['card 4111'])],
])('an operation with %s as its item or key is unfit, and says no value', (got, value) => {
  const Item = value as unknown as Record<string, unknown>;
  expect(() => transactItem(put({ TableName: 'tab', Item }))).toThrow(
    new UnfitOperation(`operation 0 (put): got ${got} as Item, want an object of attributes`),
  );
  expect(() => transactItem(update({ TableName: 'tab', Key: Item, UpdateExpression: 'x' }), 3)).toThrow(
    new UnfitOperation(`operation 3 (update): got ${got} as Key, want an object of attributes`),
  );
});
