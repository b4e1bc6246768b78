import type { MappingSwitches } from './switches';

/** True for a record that is to be delivered. */
export type Filter = (value: Buffer | null) => boolean;

/** A rule for one field: any of these. */
type Condition = string | number | boolean | null | Readonly<Record<string, unknown>>;
type Pattern = readonly Condition[] | { readonly [field: string]: Pattern | readonly Pattern[] };

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** What a value is that the filter cannot look into: not UTF-8, or no JSON where the pattern wants fields. */
const UNDECODABLE = Symbol('undecodable');

/**
 * Makes the filter of a mapping's `FilterCriteria`: patterns for `value`, of which any may match, as Lambda's
 * event filtering has them (https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html).
 *
 * @throws for a pattern that Lambda would refuse
 */
export function readFilter(
  patterns: readonly string[],
  { undecodableValue }: Pick<MappingSwitches, 'undecodableValue'>,
): Filter {
  const matchers = patterns.map(patternOf);
  return (bytes) =>
    matchers.some((pattern) => {
      const value = decoded(bytes, pattern);
      if (value === UNDECODABLE) return undecodableValue === 'delivered';
      return matches(value, pattern);
    });
}

function patternOf(text: string): Pattern {
  const wrong = (got: string) =>
    new Error(`filter pattern: got ${got}, want {"value": …}; Lambda filters Kafka records by their value alone`);
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw wrong(text.slice(0, 120));
  }
  const [[field, value] = [], second] = Object.entries(pattern ?? {});
  if (field !== 'value' || second) throw wrong(text.slice(0, 120));
  refuseUnknownOperators(value);
  return value as Pattern;
}

function decoded(bytes: Buffer | null, pattern: Pattern): unknown {
  if (bytes === null) return null;
  try {
    const text = utf8.decode(bytes);
    return Array.isArray(pattern) ? text : (JSON.parse(text) as unknown);
  } catch {
    return UNDECODABLE;
  }
}

function matches(value: unknown, pattern: Pattern): boolean {
  if (isConditions(pattern)) return pattern.some((condition) => met(value, condition));
  return Object.entries(pattern).every(([field, inner]) => {
    if (field === '$or') return (inner as readonly Pattern[]).some((each) => matches(value, each));
    const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
    return matches(found, inner as Pattern);
  });
}

const isConditions = (pattern: Pattern): pattern is readonly Condition[] => Array.isArray(pattern);

function met(value: unknown, condition: Condition): boolean {
  const [[operator, operand] = ['equals', condition]] =
    typeof condition === 'object' && condition !== null ? Object.entries(condition) : [];
  const test = OPERATORS[operator]!;
  if (operator === 'exists') return (value !== undefined) === operand;
  // A field that holds a list matches when one of its elements does.
  return (Array.isArray(value) ? value : [value]).some((each) => test(each, operand));
}

const text = (value: unknown, test: (value: string) => boolean) => typeof value === 'string' && test(value);

const OPERATORS: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  equals: (value, operand) => value === operand,
  exists: (value, operand) => (value !== undefined) === operand,
  prefix: (value, operand) => text(value, (found) => found.startsWith(String(operand))),
  suffix: (value, operand) => text(value, (found) => found.endsWith(String(operand))),
  'equals-ignore-case': (value, operand) =>
    text(value, (found) => found.toLowerCase() === String(operand).toLowerCase()),
  'anything-but': (value, operand) => value !== undefined && ![operand].flat().includes(value),
  numeric: (value, operand) => typeof value === 'number' && inRange(value, operand as readonly (string | number)[]),
};

/** For example `[">", 0, "<=", 100]`. */
function inRange(value: number, [operator, limit, ...rest]: readonly (string | number)[]): boolean {
  const bound = Number(limit);
  const holds = {
    '=': value === bound,
    '<': value < bound,
    '<=': value <= bound,
    '>': value > bound,
    '>=': value >= bound,
  };
  return holds[operator as keyof typeof holds] && (rest.length === 0 || inRange(value, rest));
}

function refuseUnknownOperators(pattern: unknown): void {
  if (Array.isArray(pattern)) {
    const named = pattern.filter((each): each is object => typeof each === 'object' && each !== null);
    const unknown = named.flatMap(Object.keys).find((name) => !(name in OPERATORS));
    if (unknown === undefined) return;
    throw new Error(
      `filter pattern: got the operator ${unknown}, want one of ${Object.keys(OPERATORS).slice(1).join(', ')}; Lambda knows no other`,
    );
  }
  if (typeof pattern !== 'object' || pattern === null) {
    throw new Error(`filter pattern: got ${JSON.stringify(pattern)}, want a list of conditions; put it in brackets`);
  }
  for (const [field, inner] of Object.entries(pattern)) {
    if (field === '$or' && Array.isArray(inner)) inner.forEach(refuseUnknownOperators);
    else refuseUnknownOperators(inner);
  }
}
