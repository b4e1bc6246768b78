import {
  check,
  put,
  remove,
  sizeOf,
  targetOf,
  transactItem,
  update,
  type WriteOperation,
} from '../../../lambdas/runtime/operations';

const Key = { id: 'a', sort: 1 };

test('operations become DynamoDB items, undefined left out', () => {
  expect(
    transactItem(
      put({ TableName: 't', Item: { id: 'a', none: undefined, set: new Set(['x']), in: { none: undefined } } }),
    ),
  ).toEqual({
    Put: expect.objectContaining({
      TableName: 't',
      Item: { id: { S: 'a' }, set: { SS: ['x'] }, in: { M: {} } },
    }) as unknown,
  });
  expect(
    transactItem(
      update({
        TableName: 't',
        Key,
        UpdateExpression: 'SET #n = :n',
        ExpressionAttributeNames: { '#n': 'n' },
        ExpressionAttributeValues: { ':n': null },
      }),
    ),
  ).toEqual({
    Update: {
      TableName: 't',
      Key: { id: { S: 'a' }, sort: { N: '1' } },
      UpdateExpression: 'SET #n = :n',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':n': { NULL: true } },
    },
  });
  expect(transactItem(remove({ TableName: 't', Key }))).toMatchObject({ Delete: { TableName: 't' } });
  expect(transactItem(check({ TableName: 't', Key, ConditionExpression: 'attribute_exists(id)' }))).toMatchObject({
    ConditionCheck: { ConditionExpression: 'attribute_exists(id)' },
  });
});

test('what is no operation is refused', () => {
  const made = { kind: 'drop', input: { TableName: 't' } } as unknown as WriteOperation;
  expect(() => transactItem(made)).toThrow(/got kind drop, want one made by put, update, remove or check/);
  expect(() => transactItem({} as WriteOperation)).toThrow(TypeError);
});

test('operations on one item have one target, whatever the order of its key', () => {
  const one = targetOf(transactItem(remove({ TableName: 't', Key: { id: 'a', sort: 1 } })));
  const two = targetOf(transactItem(check({ TableName: 't', Key: { sort: 1, id: 'a' }, ConditionExpression: 'x' })));
  expect(one).toBe(two);
  expect(targetOf(transactItem(remove({ TableName: 'u', Key })))).not.toBe(one);
  expect(targetOf(transactItem(remove({ TableName: 't', Key: { id: 'a', sort: '1' } })))).not.toBe(one);
});

test('the target of a put is not known: only its table knows which attributes are the key', () => {
  expect(targetOf(transactItem(put({ TableName: 't', Item: { id: 'a' } })))).toBeUndefined();
});

test('the size counts text in UTF-8, bytes, and what is nested', () => {
  const size = (Item: Record<string, unknown>) => sizeOf(transactItem(put({ TableName: 't', Item })));
  expect(size({ a: 'xx' })).toBe(3);
  expect(size({ a: 'ää' })).toBe(5);
  expect(size({ a: new Uint8Array(100) })).toBe(101);
  expect(size({ a: { b: ['x'.repeat(50)] } })).toBeGreaterThan(50);
  expect(size({ a: new Set(['xxxx', 'yyyy']) })).toBeGreaterThanOrEqual(9);
});
