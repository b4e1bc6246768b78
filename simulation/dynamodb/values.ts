import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

export type Item = Record<string, unknown>;

/** An item in plain values. Text and numbers, most of what there is, without the SDK's detours. */
export const plainItem = (item: Record<string, AttributeValue>): Item =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));

export function plain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return numberOf(value.N);
  if (value.L !== undefined) return value.L.map(plain);
  if (value.BOOL !== undefined) return value.BOOL;
  return value.M === undefined ? unmarshall({ value })['value'] : plainItem(value.M);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && !Number.isSafeInteger(number))
    throw new Error(`the simulated table: got the number ${text}, want one that JavaScript holds exactly`);
  return number;
}

/** DynamoDB's limit for one item, names and values together. */
export const ITEM_BYTES = 400 * 1024;
export const KEY_BYTES = 2048;
const NESTED_LEVELS = 32;

/** Bytes of an item as DynamoDB counts them: names and texts in UTF-8, containers with 3 bytes and 1 for each element. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), 0);

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return bytesOfNumber(String(value));
  if (typeof value !== 'object') return 1;
  if (value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Set) return [...value].reduce((sum: number, each) => sum + bytesOf(each), 0);
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + bytesOf(each) + 1, 3);
  return Object.entries(value).reduce((sum, [name, each]) => sum + Buffer.byteLength(name) + bytesOf(each) + 1, 3);
}

/** Bytes of an item as a request holds it: what `itemBytes` finds once it is plain. */
export function requestBytes(item: Record<string, AttributeValue>): number {
  let sum = 0;
  for (const name of Object.keys(item)) sum += Buffer.byteLength(name) + attributeBytes(item[name]!);
  return sum;
}

function attributeBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return bytesOfNumber(value.N);
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + attributeBytes(each) + 1, 3);
  if (value.M !== undefined) return requestBytes(value.M) + Object.keys(value.M).length + 3;
  return bytesOf(plain(value));
}

const bytesOfNumber = (text: string): number => 1 + Math.ceil(significant(text) / 2);

const [ZERO, PLUS, MINUS, POINT, UPPER_E, LOWER_E] = [...'0+-.Ee'].map((sign) => sign.charCodeAt(0));

/** How many digits a number has without zeros at either end. Sign by sign: it is asked for each number of each request. */
function significant(text: string): number {
  let [digits, zeros] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === LOWER_E || sign === UPPER_E) break;
    if (sign === PLUS || sign === MINUS || sign === POINT) continue;
    if (sign === ZERO) zeros++;
    else {
      digits += digits === 0 ? 1 : zeros + 1;
      zeros = 0;
    }
  }
  return digits;
}

/** What DynamoDB has against a value of a request, whatever becomes of the request; undefined: nothing. */
export function valueFault(value: AttributeValue, level = 0): string | undefined {
  if (level > NESTED_LEVELS - 1)
    return 'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
  if (value.N !== undefined) return numberFault(value.N);
  if (value.L) return first(value.L, (each) => valueFault(each, level + 1));
  if (value.M) return first(Object.values(value.M), (each) => valueFault(each, level + 1));
  if (value.SS) return setFault('string', value.SS);
  if (value.NS) return first(value.NS, numberFault) ?? setFault('number', value.NS);
  if (Object.keys(value).length === 0)
    return 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
  return undefined;
}

export function itemFault(item: Record<string, AttributeValue>): string | undefined {
  if ('' in item) return 'Empty attribute name';
  return first(Object.values(item), (value) => valueFault(value));
}

function numberFault(text: string): string | undefined {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) return 'A value provided cannot be converted into a number';
  if (Math.abs(number) >= 1e126)
    return 'Number overflow. Attempting to store a number with magnitude larger than supported range';
  if (number !== 0 && Math.abs(number) < 1e-130)
    return 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
  if (significant(text) > 38) return 'DynamoDB only supports precision up to 38 digits';
  return undefined;
}

function setFault(of: string, values: readonly string[]): string | undefined {
  if (values.length === 0) return `One or more parameter values were invalid: An ${of} set  may not be empty`;
  if (new Set(values).size < values.length)
    return `One or more parameter values were invalid: Input collection [${values.join(', ')}] contains duplicates`;
  return undefined;
}

export function first<T>(of: readonly T[], fault: (each: T) => string | undefined): string | undefined {
  for (const each of of) {
    const found = fault(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
