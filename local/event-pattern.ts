/** A rule for one field: any of these. */
type Condition = string | number | boolean | null | Readonly<Record<string, unknown>>;
/** What a value has to be, field by field. */
export type Pattern = readonly Condition[] | { readonly [field: string]: Pattern | readonly Pattern[] };

/**
 * A pattern of EventBridge, as rules and Lambda's filters have it.
 *
 * @throws for an operator that the local run does not know
 */
export function readPattern(pattern: unknown): Pattern {
  refuseUnknownOperators(pattern);
  return pattern as Pattern;
}

/** Whether a value is what a pattern asks for. */
export function matches(value: unknown, pattern: Pattern): boolean {
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
    const nested = named.flatMap(Object.entries).filter(([, operand]) => Object(operand) === operand && !Array.isArray(operand)); // prettier-ignore
    const unknown = nested.map(([name]) => `${name} of a pattern`)[0] ?? named.flatMap(Object.keys).find((name) => !(name in OPERATORS)); // prettier-ignore
    if (unknown === undefined) return;
    throw new Error(
      `pattern: got the operator ${unknown}, want one of ${Object.keys(OPERATORS).slice(1).join(', ')}; the local run knows no other`,
    );
  }
  if (typeof pattern !== 'object' || pattern === null) {
    throw new Error(`pattern: got ${JSON.stringify(pattern)}, want a list of conditions; put it in brackets`);
  }
  for (const [field, inner] of Object.entries(pattern)) {
    if (field === '$or' && Array.isArray(inner)) inner.forEach(refuseUnknownOperators);
    else refuseUnknownOperators(inner);
  }
}
