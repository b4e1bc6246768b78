import type { AttributeValue, TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';

/** Requests as a careless author might send them: conditions and updates of every form, and now and then one fault. */
export type Request =
  | { readonly kind: 'transact'; readonly items: readonly TransactWriteItem[]; readonly fault?: string }
  | { readonly kind: 'update'; readonly input: Update; readonly fault?: string }
  | { readonly kind: 'read'; readonly key: string };

type Values = Record<string, AttributeValue>;
interface Text {
  readonly text: string;
  readonly values: Values;
}

const KEYS = ['a', 'b', 'c', 'd'];
/** By their own names, and one that needs a placeholder. */
const ATTRIBUTES = ['v', 'n', 'l', '#state'];
const NAMES = { '#state': 'state' };

const text = fc.constantFrom('', 'x', 'xy', 'word').map((S): AttributeValue => ({ S }));
const number = fc.integer({ min: -3, max: 300 }).map((N): AttributeValue => ({ N: String(N) }));
const list = fc.array(fc.oneof(text, number), { maxLength: 3 }).map((L): AttributeValue => ({ L }));
const other = fc.constantFrom<AttributeValue>(
  { BOOL: true },
  { NULL: true },
  { M: { v: { S: 'x' } } },
  { SS: ['a', 'b'] },
);
const value = fc.oneof(text, number, list, other);
const path = fc.constantFrom(...ATTRIBUTES);

/** Placeholders of values get their numbers when an expression is put together. */
const withValue = (of: fc.Arbitrary<AttributeValue>, form: (name: string) => string): fc.Arbitrary<Text> =>
  of.map((each) => ({ text: form(':0'), values: { ':0': each } }));
const joined = (parts: readonly Text[], form: (...texts: string[]) => string): Text => {
  const values: Values = {};
  const texts = parts.map((part) =>
    part.text.replace(/:\d+/g, (name) => {
      const fresh = `:${Object.keys(values).length}`;
      values[fresh] = part.values[name]!;
      return fresh;
    }),
  );
  return { text: form(...texts), values };
};

const { condition } = fc.letrec<{ condition: Text; leaf: Text }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.tuple(tie('condition'), tie('condition')).map((two) => joined(two, (a, b) => `(${a}) AND ${b}`)),
    fc.tuple(tie('condition'), tie('condition')).map((two) => joined(two, (a, b) => `${a} OR (${b})`)),
    tie('condition').map((one) => joined([one], (a) => `NOT (${a})`)),
  ),
  leaf: fc.oneof(
    path.map((p) => ({ text: `attribute_exists(${p})`, values: {} })),
    path.map((p) => ({ text: `attribute_not_exists(${p})`, values: {} })),
    fc.tuple(path, fc.constantFrom('=', '<>')).chain(([p, is]) => withValue(value, (x) => `${p} ${is} ${x}`)),
    fc
      .tuple(path, fc.constantFrom('<', '<=', '>', '>='))
      .chain(([p, is]) => withValue(fc.oneof(text, number), (x) => `${p} ${is} ${x}`)),
    fc.tuple(path, fc.constantFrom('<', '=')).chain(([p, is]) => withValue(number, (x) => `size(${p}) ${is} ${x}`)),
    path.chain((p) => withValue(text, (x) => `begins_with(${p}, ${x})`)),
  ),
}));

const change = (p: string): fc.Arbitrary<Text> =>
  fc.oneof(
    withValue(value, (x) => `${p} = ${x}`),
    withValue(number, (x) => `${p} = ${p} + ${x}`),
    withValue(value, (x) => `${p} = if_not_exists(${p}, ${x})`),
    fc.tuple(list, list).map(([none, more]) =>
      joined(
        [
          { text: ':0', values: { ':0': none } },
          { text: ':0', values: { ':0': more } },
        ],
        (a, b) => `${p} = list_append(if_not_exists(${p}, ${a}), ${b})`,
      ),
    ),
  );

/** One to three clauses, each about attributes of its own. */
const changes: fc.Arbitrary<Text> = fc
  .tuple(fc.shuffledSubarray(ATTRIBUTES, { minLength: 3, maxLength: 3 }), fc.integer({ min: 1, max: 7 }))
  .chain(([[set, remove, add], which]) =>
    fc
      .tuple(
        change(set!),
        withValue(number, (x) => `${add} ${x}`),
      )
      .map(([assignment, sum]) => {
        const clauses = [
          ...(which & 1 ? [joined([assignment], (a) => `SET ${a}`)] : []),
          ...(which & 2 ? [{ text: `REMOVE ${remove}`, values: {} }] : []),
          ...(which & 4 ? [joined([sum], (a) => `ADD ${a}`)] : []),
        ];
        return joined(clauses, (...texts) => texts.join(' '));
      }),
  );

type Parts = Partial<Record<'ConditionExpression' | 'UpdateExpression', Text>>;
interface Used {
  readonly TableName: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Values;
}
type Texts<P extends Parts> = { readonly [K in keyof P]: P[K] extends Text ? string : string | undefined };

/** The parts of a write that are expressions, with the names and values they use. */
function expressions<P extends Parts>(table: string, parts: P): Used & Texts<P> {
  const entries = Object.entries(parts).filter(([, part]) => part !== undefined);
  const whole = joined(
    entries.map(([, part]) => part),
    (...texts) => texts.join('\n'),
  );
  const texts = whole.text.split('\n');
  return {
    TableName: table,
    ...(Object.fromEntries(entries.map(([name], index) => [name, texts[index]])) as Texts<P>),
    ...(/#state/.test(whole.text) && { ExpressionAttributeNames: NAMES }),
    ...(Object.keys(whole.values).length > 0 && { ExpressionAttributeValues: whole.values }),
  };
}

const maybe = fc.option(condition, { nil: undefined });
const old = fc.constantFrom(undefined, 'ALL_OLD' as const);

function write(table: string, key: string, what: fc.Arbitrary<Text>): fc.Arbitrary<TransactWriteItem> {
  const Key = { key: { S: key } };
  return fc.oneof(
    fc.tuple(maybe, old, value, number).map(([when, returned, v, n]) => ({
      Put: {
        Item: { ...Key, v, n },
        ...expressions(table, { ConditionExpression: when }),
        ReturnValuesOnConditionCheckFailure: returned,
      },
    })),
    fc.tuple(maybe, old, what).map(([when, returned, update]) => ({
      Update: {
        Key,
        ...expressions(table, { UpdateExpression: update, ConditionExpression: when }),
        ReturnValuesOnConditionCheckFailure: returned,
      },
    })),
    maybe.map((when) => ({ Delete: { Key, ...expressions(table, { ConditionExpression: when }) } })),
    condition.map((when) => ({
      ConditionCheck: { Key, ...expressions(table, { ConditionExpression: when }) },
    })),
  );
}

const long = (bytes: number): AttributeValue => ({ S: 'x'.repeat(bytes) });
type Spoil = (items: readonly TransactWriteItem[], table: string) => readonly TransactWriteItem[];
const one = (table: string, Item: Values, more: object = {}): TransactWriteItem => ({
  Put: { TableName: table, Item, ...more },
});
const E = { key: { S: 'e' } };

/** What is wrong with a request, beside whatever its other writes do. */
const FAULTS: Record<string, Spoil> = {
  'an item of 400 KB': (items, table) => [...items, one(table, { ...E, v: long(409_600 - 5) })],
  'an item of 400 KB and a byte': (items, table) => [...items, one(table, { ...E, v: long(409_600 - 4) })],
  'a nested item of 400 KB and a byte': (items, table) => [
    ...items,
    one(table, { ...E, v: { L: [long(200_000), { M: { a: long(209_600 - 4 - 3 - 1 - 1 - 3 - 1 - 1 + 1) } }] } }),
  ],
  'an update to more than 400 KB': (items, table) => [
    ...items,
    {
      Update: {
        TableName: table,
        Key: E,
        UpdateExpression: 'SET v = :v, w = :v',
        ExpressionAttributeValues: { ':v': long(205_000) },
      },
    },
  ],
  'more than 4 MB': (items, table) => [
    ...items,
    ...Array.from({ length: 11 }, (_, n) => one(table, { key: { S: `e${n}` }, v: long(400_000) })),
  ],
  '100 items': (items, table) => [
    ...items,
    ...Array.from({ length: 100 - items.length }, (_, n) => one(table, { key: { S: `e${n}` } })),
  ],
  '101 items': (items, table) => [
    ...items,
    ...Array.from({ length: 101 - items.length }, (_, n) => one(table, { key: { S: `e${n}` } })),
  ],
  'no items': () => [],
  'one item twice': (items, table) => [...items, one(table, E), one(table, { ...E, v: { S: 'x' } })],
  'an empty key': (items, table) => [...items, one(table, { key: { S: '' } })],
  'a key of 2,048 bytes': (items, table) => [...items, one(table, { key: long(2048) })],
  'a key of 2,049 bytes': (items, table) => [...items, one(table, { key: long(2049) })],
  'a key of another type': (items, table) => [...items, one(table, { key: { N: '1' } })],
  'no key': (items, table) => [...items, one(table, { v: { S: 'x' } })],
  'a key of two attributes': (items, table) => [
    ...items,
    { Delete: { TableName: table, Key: { ...E, v: { S: 'x' } } } },
  ],
  '39 digits': (items, table) => [...items, one(table, { ...E, n: { N: '1'.repeat(39) } })],
  '1e126': (items, table) => [...items, one(table, { ...E, n: { N: '1e126' } })],
  '1e-131': (items, table) => [...items, one(table, { ...E, n: { N: '1e-131' } })],
  'no number': (items, table) => [...items, one(table, { ...E, n: { N: 'NaN' } })],
  'an empty set': (items, table) => [...items, one(table, { ...E, n: { SS: [] } })],
  'a set with a value twice': (items, table) => [...items, one(table, { ...E, n: { SS: ['a', 'a'] } })],
  'a nameless attribute': (items, table) => [...items, one(table, { ...E, '': { S: 'x' } })],
  '33 levels': (items, table) => [...items, one(table, { ...E, v: levels(33) })],
  '31 levels': (items, table) => [...items, one(table, { ...E, v: levels(31) })],
  'another table': (items) => [...items, one('not-there', E)],
  'a value nobody uses': (items, table) => [
    ...items,
    one(table, E, { ConditionExpression: 'attribute_exists(v)', ExpressionAttributeValues: { ':x': { S: 'x' } } }),
  ],
  'a name nobody uses': (items, table) => [
    ...items,
    one(table, E, { ConditionExpression: 'attribute_exists(v)', ExpressionAttributeNames: { '#x': 'x' } }),
  ],
  'a value nobody gave': (items, table) => [...items, one(table, E, { ConditionExpression: 'v = :x' })],
  'a name nobody gave': (items, table) => [...items, one(table, E, { ConditionExpression: 'attribute_exists(#x)' })],
  'a reserved word': (items, table) => [...items, one(table, E, { ConditionExpression: 'attribute_exists(state)' })],
  'bad grammar': (items, table) => [...items, one(table, E, { ConditionExpression: 'v = = n' })],
  'an expression over 4 KB': (items, table) => [
    ...items,
    one(table, E, { ConditionExpression: Array.from({ length: 200 }, () => 'attribute_exists(v)').join(' OR ') }),
  ],
};

const levels = (count: number): AttributeValue =>
  Array.from({ length: count }).reduce<AttributeValue>((inner) => ({ L: [inner] }), { S: 'x' });

export const FAULT_NAMES = Object.keys(FAULTS);
export const spoiled = (
  fault: string,
  items: readonly TransactWriteItem[],
  table: string,
): readonly TransactWriteItem[] => FAULTS[fault]!(items, table);

/** Whole numbers and texts set, which DynamoDB carries out whatever the item holds. */
export const harmless: fc.Arbitrary<Text> = path.chain((p) => withValue(value, (x) => `SET ${p} = ${x}`));

export const anyItems = (table: string, what = changes): fc.Arbitrary<readonly TransactWriteItem[]> =>
  fc
    .shuffledSubarray(KEYS, { minLength: 1, maxLength: 4 })
    .chain((keys) => fc.tuple(...keys.map((key) => write(table, key, what))));

export const anyRequests = (table: string): fc.Arbitrary<readonly Request[]> =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: anyItems(table).map((items): Request => ({ kind: 'transact', items })) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(...KEYS).chain((key) =>
          fc.tuple(maybe, changes).map(([when, what]): Request => ({
            kind: 'update',
            input: {
              Key: { key: { S: key } },
              ...expressions(table, { UpdateExpression: what, ConditionExpression: when }),
            },
          })),
        ),
      },
      { weight: 1, arbitrary: fc.constantFrom(...KEYS).map((key): Request => ({ kind: 'read', key })) },
    ),
    { minLength: 2, maxLength: 8 },
  );
