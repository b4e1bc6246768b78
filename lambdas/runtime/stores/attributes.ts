import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Plain = string | number;

/** Text and numbers as DynamoDB takes them. For every record: the SDK's `marshall`, made for any value, takes ten times as long. */
export function attributes(values: Readonly<Record<string, Plain>>): Record<string, AttributeValue> {
  const map: Record<string, AttributeValue> = {};
  for (const name in values) {
    const value = values[name]!;
    map[name] = typeof value === 'string' ? { S: value } : { N: String(value) };
  }
  return map;
}
