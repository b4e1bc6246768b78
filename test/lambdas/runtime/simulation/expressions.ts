import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

export type Item = Record<string, unknown>;
export interface Scope {
  readonly item: Item | undefined;
  readonly names?: Record<string, string>;
  readonly values?: Record<string, AttributeValue>;
}

/** An item in plain values. Text and numbers, most of what there is, without the SDK's detours. */
export const plainItem = (item: Record<string, AttributeValue>): Item =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));

function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.L !== undefined) return value.L.map(plain);
  return value.M === undefined ? unmarshall({ value })['value'] : plainItem(value.M);
}

/** DynamoDB's conditions, as far as the runtime and its tests use them: OR, AND, =, <=, <, size, attribute_(not_)exists. */
export function holds(expression: string | undefined, scope: Scope): boolean {
  if (expression === undefined) return true;
  const tokens = expression.match(/[()]|<=|<|=|[#:\w]+/g) ?? [];
  const next = () => tokens.shift() ?? '';
  const any = (): boolean => {
    let left = all();
    while (tokens[0] === 'OR') {
      next();
      const right = all();
      left = left || right;
    }
    return left;
  };
  const all = (): boolean => {
    let left = one();
    while (tokens[0] === 'AND') {
      next();
      const right = one();
      left = left && right;
    }
    return left;
  };
  const sizeOf = (): number | undefined => {
    next();
    const list = operand(next(), scope) as unknown[] | undefined;
    next();
    return list?.length;
  };
  const one = (): boolean => {
    const token = next();
    if (token === '(') {
      const inner = any();
      next();
      return inner;
    }
    if (token.startsWith('attribute_')) {
      next();
      const present = operand(next(), scope) !== undefined;
      next();
      return token === 'attribute_exists' ? present : !present;
    }
    const left = token === 'size' ? sizeOf() : operand(token, scope);
    const operator = next();
    const right = operand(next(), scope);
    if (left === undefined || right === undefined) return false;
    if (operator === '=') return left === right;
    return operator === '<' ? (left as number) < (right as number) : (left as number) <= (right as number);
  };
  return any();
}

/** DynamoDB's updates, as far as they are used: `ADD a :x`, `SET a = :x | list_append(if_not_exists(a, :e), :x)`, `REMOVE a, b`. */
export function updated(expression: string, scope: Scope, key: Item): Item {
  const item: Item = { ...key, ...scope.item };
  const add = /ADD (\S+) (:\w+)/.exec(expression);
  if (add?.[1] && add[2]) {
    const name = nameOf(add[1], scope);
    item[name] = Number(item[name] ?? 0) + Number(operand(add[2], scope));
  }
  for (const [, name = '', value = ''] of expression.matchAll(/(\S+) = (:\w+|list_append\(.*\))/g)) {
    item[nameOf(name, scope)] = appended(value, scope) ?? operand(value, scope);
  }
  const removed = /REMOVE (.+)$/.exec(expression)?.[1]?.split(', ') ?? [];
  for (const name of removed) delete item[nameOf(name, scope)];
  return item;
}

function appended(value: string, scope: Scope): unknown[] | undefined {
  const parts = /list_append\(if_not_exists\((\S+), (:\w+)\), (:\w+)\)/.exec(value);
  if (!parts?.[1] || !parts[2] || !parts[3]) return undefined;
  const before = operand(parts[1], scope) ?? operand(parts[2], scope);
  return [...(before as unknown[]), ...(operand(parts[3], scope) as unknown[])];
}

const nameOf = (token: string, { names }: Scope): string => names?.[token] ?? token;

function operand(token: string, scope: Scope): unknown {
  if (token.startsWith(':')) return scope.values?.[token] && plain(scope.values[token]);
  return scope.item?.[nameOf(token, scope)];
}
