import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  parseCondition,
  parseUpdate,
  type Condition,
  type Expression,
  type Operand,
  type Path,
} from './expression-syntax';
import { plain, type Item } from './values';

export interface Scope {
  readonly item: Item | undefined;
  readonly names?: Record<string, string>;
  readonly values?: Record<string, AttributeValue>;
}

/** DynamoDB will not carry out this update of this item; the message is DynamoDB's. */
export class UpdateFault extends Error {}

const INCORRECT_TYPE = 'An operand in the update expression has an incorrect data type';
const NO_ATTRIBUTE = 'The provided expression refers to an attribute that does not exist in the item';

/** Whether DynamoDB's condition holds for the item. */
export function holds(expression: string | undefined, scope: Scope): boolean {
  return expression === undefined || isTrue(parsed(parseCondition(expression)), scope);
}

/**
 * The item after DynamoDB's update. Every operand is read from the item as it was before.
 *
 * @throws UpdateFault where DynamoDB refuses it
 */
export function updated(expression: string, scope: Scope, key: Item): Item {
  const item: Item = { ...key, ...scope.item };
  const { set, remove, add } = parsed(parseUpdate(expression));
  const changes = set.map(({ path, value }) => [path, valueOf(value, scope)] as const);
  for (const { path, value } of add) {
    const found = read(path, scope);
    const before = found === undefined ? 0 : found;
    const more = plain(scope.values![value]!);
    if (typeof before !== 'number' || typeof more !== 'number') throw new UpdateFault(INCORRECT_TYPE);
    item[name(path, scope)] = before + more;
  }
  for (const [path, value] of changes) item[name(path, scope)] = value;
  const gone = remove.map((path) => name(path, scope)).filter((each) => each in item);
  // An object of which something was deleted is slow from then on, and this one is read and copied many times.
  return gone.length === 0 ? item : Object.fromEntries(Object.entries(item).filter(([each]) => !gone.includes(each)));
}

/** Names of attributes that an update changes. */
export const changedBy = (expression: string, scope: Pick<Scope, 'names'>): string[] => {
  const { set, remove, add } = parsed(parseUpdate(expression));
  return [...set.map(({ path }) => path), ...remove, ...add.map(({ path }) => path)].map((path) => name(path, scope));
};

function parsed<T>(outcome: Expression<T>): T {
  if (typeof outcome.tree === 'string') throw new Error(`the simulated table: ${outcome.tree}`);
  return outcome.tree;
}

function isTrue(condition: Condition, scope: Scope): boolean {
  switch (condition.kind) {
    case 'or':
      return isTrue(condition.left, scope) || isTrue(condition.right, scope);
    case 'and':
      return isTrue(condition.left, scope) && isTrue(condition.right, scope);
    case 'not':
      return !isTrue(condition.of, scope);
    case 'exists':
      return read(condition.path, scope) !== undefined;
    case 'begins with':
      return begins(valueOrNone(condition.left, scope), valueOrNone(condition.right, scope));
    case 'compare':
      return compares(condition.operator, valueOrNone(condition.left, scope), valueOrNone(condition.right, scope));
  }
}

const begins = (text: unknown, start: unknown): boolean =>
  typeof text === 'string' && typeof start === 'string' && text.startsWith(start);

function compares(operator: string, left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return operator === '<>' && left !== right;
  if (operator === '=') return same(left, right);
  if (operator === '<>') return !same(left, right);
  const order = compared(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

const same = (left: unknown, right: unknown): boolean => left === right || isDeepStrictEqual(left, right);

/** Numbers by value, texts by their bytes; others, and two of different types, have no order. */
function compared(left: unknown, right: unknown): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return undefined;
}

/** Of a condition: what is not there is no fault. */
function valueOrNone(operand: Operand, scope: Scope): unknown {
  switch (operand.kind) {
    case 'value':
      return plain(scope.values![operand.name]!);
    case 'path':
      return read(operand.path, scope);
    case 'size': {
      const of = read(operand.path, scope);
      if (typeof of === 'string') return of.length;
      if (Array.isArray(of) || of instanceof Uint8Array) return of.length;
      if (of instanceof Set) return of.size;
      return typeof of === 'object' && of !== null ? Object.keys(of).length : undefined;
    }
    case 'append':
    case 'if not exists':
    case 'sum':
      throw new Error(`the simulated table: got ${operand.kind} in a condition, want what a condition may hold`);
  }
}

/** Of an update: what is not there is a fault. */
function valueOf(operand: Operand, scope: Scope): unknown {
  switch (operand.kind) {
    case 'if not exists': {
      const found = read(operand.path, scope); // null is there
      return found === undefined ? valueOf(operand.otherwise, scope) : found;
    }
    case 'append': {
      const [before, after] = [valueOf(operand.left, scope), valueOf(operand.right, scope)];
      if (!Array.isArray(before) || !Array.isArray(after)) throw new UpdateFault(INCORRECT_TYPE);
      return [...(before as unknown[]), ...(after as unknown[])];
    }
    case 'sum': {
      const [left, right] = [valueOf(operand.left, scope), valueOf(operand.right, scope)];
      if (typeof left !== 'number' || typeof right !== 'number') throw new UpdateFault(INCORRECT_TYPE);
      return operand.sign === '+' ? left + right : left - right;
    }
    case 'size':
      throw new Error('the simulated table: got size in an update, want what an update may hold');
    case 'value':
    case 'path': {
      const found = valueOrNone(operand, scope);
      if (found === undefined) throw new UpdateFault(NO_ATTRIBUTE);
      return found;
    }
  }
}

const name = (path: Path, { names }: Pick<Scope, 'names'>): string => (path.startsWith('#') ? names![path]! : path);
const read = (path: Path, scope: Scope): unknown => scope.item?.[name(path, scope)];
