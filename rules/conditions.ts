import { isMap, type Section, type Template } from './template';
import { isKnown } from './symbols';

/** Which of the conditions that are known only at deploy are taken to hold. */
export type World = Readonly<Record<string, boolean>>;

/** True, false, or undefined: known only at deploy. */
type Truth = boolean | undefined;

export interface Conditions {
  holds(name: string): Truth;
}

/**
 * Evaluates a template's conditions; `resolve` gives the operands of `Fn::Equals` their value.
 *
 * @param scope - stands before the template's names in the world
 */
export function conditionsOf(
  template: Template,
  world: World,
  scope: string,
  resolve: (value: unknown) => unknown,
): Conditions {
  const underway = new Set<string>();
  const settled = new Map<string, Truth>();

  function holds(name: string): Truth {
    const taken = world[scope + name];
    if (taken !== undefined) return taken;
    if (settled.has(name)) return settled.get(name);
    if (underway.has(name) || !Object.hasOwn(template.Conditions, name)) return undefined;
    underway.add(name);
    const truth = evaluate(template.Conditions[name]);
    underway.delete(name);
    settled.set(name, truth);
    return truth;
  }

  function evaluate(expression: unknown): Truth {
    if (!isMap(expression)) return undefined;
    const [[name, argument] = ['', undefined], second] = Object.entries(expression);
    if (second) return undefined;
    if (name === 'Condition') return typeof argument === 'string' ? holds(argument) : undefined;
    if (!Array.isArray(argument)) return undefined;
    switch (name) {
      case 'Fn::Equals':
        return equal(resolve(argument[0]), resolve(argument[1]));
      case 'Fn::Not':
        return not(evaluate(argument[0]));
      case 'Fn::And':
        return all(argument.map(evaluate));
      case 'Fn::Or':
        return not(all(argument.map((each) => not(evaluate(each)))));
      default:
        return undefined;
    }
  }
  return { holds };
}

const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);
const all = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;

function equal(left: unknown, right: unknown): Truth {
  if (isMap(left) || isMap(right) || Array.isArray(left) || Array.isArray(right)) return undefined;
  const [a, b] = [String(left), String(right)];
  if (a === b) return true;
  return isKnown(a) && isKnown(b) ? false : undefined;
}

/** Past this many, each further condition would double the work for what no template has. */
const MOST = 6;

/**
 * Every way in which the conditions known only at deploy can turn out. What follows from others is not counted; past
 * six, the rest are taken to hold all together or not at all.
 *
 * @param declared - what each condition says, by its name in the world
 * @param holdIn - the truth of each in one of the worlds
 */
export function worldsOf(
  declared: Section,
  holdIn: (world: World) => (name: string) => Truth,
  world: World = {},
): World[] {
  const holds = holdIn(world);
  const open = Object.keys(declared).filter((name) => holds(name) === undefined);
  if (open.length === 0) return [world];
  const first = open.find((name) => conditionsIn(declared[name]).length === 0) ?? open[0] ?? '';
  const last = Object.keys(world).length >= MOST;
  return [true, false].flatMap((truth) => {
    const next = { ...world, ...Object.fromEntries((last ? open : [first]).map((name) => [name, truth])) };
    return worldsOf(declared, holdIn, next);
  });
}

/** The CDK's own mark, which comes and goes with the region; no rule asks about it. */
const MARK = 'AWS::CDK::Metadata';

/** The conditions on which something depends that a rule may ask about: others would only double the worlds. */
export function conditionsThatMatter({ Resources, Outputs, Conditions }: Template): string[] {
  const subjects = Object.values(Resources).filter(({ Type }) => Type !== MARK);
  const found = new Set<string>();
  const follow = (value: unknown): void => {
    for (const name of conditionsIn(value)) {
      if (found.has(name) || !Object.hasOwn(Conditions, name)) continue;
      found.add(name);
      follow(Conditions[name]);
    }
  };
  follow([subjects, Outputs]);
  return [...found];
}

/** Names of the conditions a value refers to, by `Condition` or `Fn::If`. */
function conditionsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(conditionsIn);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const name: unknown = key === 'Condition' ? item : key === 'Fn::If' && Array.isArray(item) ? item[0] : undefined;
    return [...(typeof name === 'string' ? [name] : []), ...conditionsIn(item)];
  });
}
