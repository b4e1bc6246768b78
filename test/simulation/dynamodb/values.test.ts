import { marshall } from '@aws-sdk/util-dynamodb';
import { itemBytes, plainItem, requestBytes, valueFault } from '../../../simulation/dynamodb/values';

test.each([
  [{ id: 'é', count: 100, share: -0.0205, none: 0 }, 2 + 2 + 5 + 2 + 5 + 3 + 4 + 1],
  [
    { list: [1, 'two', [true, null]], map: { a: { b: 'c' } } },
    4 + (3 + 3 + 4 + (1 + 3 + 2 + 2)) + 3 + (3 + 1 + 1 + (3 + 1 + 1 + 1)),
  ],
  [{ bytes: new Uint8Array(7), names: new Set(['a', 'bc']), far: 1.5e-21 }, 5 + 7 + 5 + 3 + 3 + 2],
])('%j has so many bytes, as an item and in a request', (item, bytes) => {
  const asked = marshall(item);
  expect([itemBytes(item), requestBytes(asked)]).toEqual([bytes, bytes]);
  expect(plainItem(asked)).toEqual(item);
});

test.each([
  ['1234567890123456789012345678901234567800000', undefined],
  ['0.00012345678901234567890123456789012345678', undefined],
  ['-1.2345678901234567890123456789012345678e9', undefined],
  ['123456789012345678901234567890123456789', 'DynamoDB only supports precision up to 38 digits'],
  ['1000000000000000000000000000000000000010', 'DynamoDB only supports precision up to 38 digits'],
])('of %s the digits between its first and its last count', (text, fault) => {
  expect(valueFault({ N: text })).toBe(fault);
});
