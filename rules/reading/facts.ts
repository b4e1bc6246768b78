import { writtenOut, type Home } from './home';
import { covers, least, most, opposite, type Match } from './matching';
import { atom, isKnown, split, symbolsOf } from './symbols';
import type { Value } from './value';

/** What IAM's conditions ask about a request, as far as it is known: a text, or null for what no such request has. */
export type Facts = Readonly<Record<string, string | null>>;

/**
 * Whether a request meets the `Condition` of a statement; without one, every request does.
 *
 * @param home - the region and account of both, as far as they are known: a condition writes them out where it likes
 */
export function meets(condition: Value, facts: Facts, home: Home): Match {
  const operators = condition.object();
  if (operators.kind !== 'known') return operators.kind === 'absent' ? 'yes' : 'maybe';
  const tests = Object.keys(operators.value).flatMap((operator) => {
    const keys = condition.at(operator).object();
    if (keys.kind !== 'known') return ['maybe' as const];
    return Object.entries(keys.value).map(([key, value]) => {
      const [fact, wanted] = [facts[key.toLowerCase()], (Array.isArray(value) ? value : [value]) as readonly unknown[]];
      const here = (text: unknown) => (typeof text === 'string' ? writtenOut(home, text) : text);
      return holds(operator, typeof fact === 'string' ? writtenOut(home, fact) : fact, wanted.map(here));
    });
  });
  return least(...tests);
}

type Test = (fact: string, wanted: string) => Match;

const truth = (yes: boolean): Match => (yes ? 'yes' : 'no');

const equals: Test = (fact, wanted) =>
  fact === wanted ? 'yes' : /[*?]/.test(wanted) && isKnown(fact) ? 'no' : covers(wanted, fact);
const like: Test = (fact, wanted) => covers(wanted, fact);
const number =
  (compare: (fact: number, wanted: number) => boolean): Test =>
  (fact, wanted) =>
    symbolsOf(wanted).length > 0 ? 'maybe' : truth(compare(Number(fact), Number(wanted)));

const TESTS: Readonly<Record<string, Test | undefined>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: (fact, wanted) => equals(fact.toLowerCase(), wanted.toLowerCase()),
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: (fact, wanted) => (symbolsOf(wanted).length > 0 ? 'maybe' : truth(fact === wanted.toLowerCase())),
  NumericEquals: number((fact, wanted) => fact === wanted),
  NumericLessThan: number((fact, wanted) => fact < wanted),
  NumericLessThanEquals: number((fact, wanted) => fact <= wanted),
  NumericGreaterThan: number((fact, wanted) => fact > wanted),
  NumericGreaterThanEquals: number((fact, wanted) => fact >= wanted),
};

/** One condition key; several values are alternatives, and of a negation none may hold. */
function holds(operator: string, fact: string | null | undefined, wanted: readonly unknown[]): Match {
  if (fact === undefined || !wanted.every(isPlain)) return 'maybe';
  const texts = wanted.map(String);
  if (operator === 'Null') return truth(texts.some((text) => text.toLowerCase() === String(fact === null)));
  const [, name = '', lenient] = /^(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const positive = name.replace('Not', '');
  const test = Object.hasOwn(TESTS, positive) ? TESTS[positive] : undefined;
  if (!test) return 'maybe';
  if (fact === null) return truth(lenient !== undefined || name !== positive);
  const match = most(texts.map((text) => test(fact, text)));
  return name === positive ? match : opposite(match);
}

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** Of a request that reaches a key through another service. */
export const through = (service: string): Facts => ({
  'kms:viaservice': `${service}.${atom('AWS::Region')}.amazonaws.com`,
  'kms:calleraccount': atom('AWS::AccountId'),
});

/** Of every request that a role of the stack makes by the SDK. */
export const byRole = (arn: string): Facts => ({
  'aws:principalarn': arn,
  'aws:principalaccount': atom('AWS::AccountId'),
  'aws:principalisawsservice': 'false',
  'aws:securetransport': 'true',
  's3:tlsversion': '1.3',
});

export const IN_THIS_REGION: Facts = { 'aws:requestedregion': atom('AWS::Region') };

/** A request goes to the region of the ARN it is about; that of a bucket has none. */
export function inRegionOf(resource: string): Facts {
  const region = split(':', resource)?.[3];
  return region ? { 'aws:requestedregion': region } : {};
}
