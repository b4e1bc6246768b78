import { YES, type Choices } from '../reading/choices';
import type { Operand } from '../reading/conditions';
import { perGraph, type Graph } from '../reading/graph';
import type { Judgement } from './rule';
import type { Given, Said } from '../reading/stacks';
import { least, opposite, type Match } from '../reading/matching';
import { isKnown, shown } from '../reading/symbols';
import { isMap, TemplateError, type Section } from '../reading/template';

/**
 * The `Rules` of a template: what parameters are given together, CloudFormation refuses before it deploys anything.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
 */

/** An assertion that does not hold. */
interface Refusal {
  readonly rule: string;
  /** What the template says of it. */
  readonly says: string;
}

/** Loses nothing in a way to deploy that the rules of its stacks refuse: there is no such way. */
export function withinRules(judgement: Judgement, graph: Graph): Judgement {
  if (narrowing(graph).length === 0) return judgement;
  const judge = () => {
    const verdicts = judgement.judge();
    return verdicts.some(({ status }) => status !== 'pass') && isRefused(graph) ? [] : verdicts;
  };
  return { ...judgement, judge };
}

const isRefused = perGraph((graph) => narrowing(graph).some((said) => refusalBy(said) !== undefined && said.isThere()));

const known = new WeakMap<Graph, readonly Said[]>();

/** The stacks with rules that refuse some ways to deploy, not all: rules that can never be met say nothing. */
function narrowing(graph: Graph): readonly Said[] {
  const stacks = known.get(graph) ?? graph.stacks.filter((said) => hasRules(said) && !refusesAll(said));
  known.set(graph, stacks);
  return stacks;
}

const hasRules = ({ stack }: Said): boolean => Object.keys(stack.template.Rules).length > 0;

function refusesAll(said: Said): Refusal | undefined {
  const refusals = said.choices.possible(() => refusalBy(said)) ?? [];
  return refusals.every((refusal) => refusal !== undefined) ? refusals[0] : undefined;
}

/** @throws TemplateError where the parameters that are given leave a stack no way to be deployed */
export function refuseGiven({ stacks }: Graph, given: Given): void {
  for (const said of stacks) {
    const names = Object.keys(given).filter((name) => Object.hasOwn(said.stack.template.Parameters, name));
    const refusal =
      names.length > 0 && said.stack.parent === undefined && hasRules(said) ? refusesAll(said) : undefined;
    if (!refusal) continue;
    const pairs = names.map((name) => `${name}=${given[name]}`).join(', ');
    throw new TemplateError(
      `${said.stack.file}: Rules.${refusal.rule}: got parameters that it refuses (${pairs}), want those that it allows${refusal.says}; correct them`,
    );
  }
}

/** What refuses the way in which the deploy is taken to decide; nothing where only a deploy knows. */
function refusalBy({ stack: { template }, resolver, choices }: Said): Refusal | undefined {
  const truth = truthOf(resolver.operand, listOf(template.Parameters, resolver), choices);
  for (const [rule, declared] of Object.entries(template.Rules)) {
    const { RuleCondition: premise, Assertions: assertions } = isMap(declared) ? declared : {};
    if (premise !== undefined && truth(premise) !== 'yes') continue;
    const broken = (Array.isArray(assertions) ? (assertions as unknown[]) : []).find(
      (each) => isMap(each) && truth(each['Assert']) === 'no',
    );
    if (!isMap(broken)) continue;
    const { AssertDescription: words } = broken;
    return { rule, says: typeof words === 'string' ? `: ${shown(words)}` : '' };
  }
  return undefined;
}

/** The members of a list; undefined where only a deploy knows them. */
type Members = (list: unknown) => readonly Operand[] | undefined;

const listOf =
  (parameters: Section, { resolve, operand }: Said['resolver']): Members =>
  (list) => {
    if (Array.isArray(list)) return (list as unknown[]).map(operand);
    const [name = '', second] = isMap(list) ? Object.keys(list) : [];
    if (isMap(list) && name === 'Fn::RefAll' && second === undefined) {
      const ofType = Object.entries(parameters).filter(([, each]) => isMap(each) && each['Type'] === list[name]);
      return ofType.map(([parameter]) => operand({ Ref: parameter }));
    }
    const resolved = resolve(list);
    return Array.isArray(resolved)
      ? (resolved as unknown[]).map((item) => (typeof item === 'string' ? item : undefined))
      : undefined;
  };

/** Stops asking once the answer is decided. */
function every<T>(items: readonly T[], holds: (item: T) => Match): Match {
  let match: Match = 'yes';
  for (const item of items) {
    match = least(match, holds(item));
    if (match === 'no') break;
  }
  return match;
}
const some = <T>(items: readonly T[], holds: (item: T) => Match): Match =>
  opposite(every(items, (item) => opposite(holds(item))));

function truthOf(operand: (value: unknown) => Operand, members: Members, choices: Choices) {
  const equal = equalityOf(choices);
  const isIn = (value: Operand, list: readonly Operand[] | undefined): Match =>
    list ? some(list, (each) => equal(each, value)) : 'maybe';

  return function truth(expression: unknown): Match {
    const [[name, argument] = ['', undefined], second] = isMap(expression) ? Object.entries(expression) : [];
    const terms: unknown[] = Array.isArray(argument) ? argument : [];
    const [left, right] = terms;
    switch (second || terms.length === 0 ? '' : name) {
      case 'Fn::And':
        return every(terms, truth);
      case 'Fn::Or':
        return some(terms, truth);
      case 'Fn::Not':
        return opposite(truth(left));
      case 'Fn::Equals':
        return equal(operand(left), operand(right));
      case 'Fn::Contains':
        return isIn(operand(right), members(left));
      case 'Fn::EachMemberEquals': {
        const [list, wanted] = [members(left), operand(right)];
        return list ? every(list, (each) => equal(each, wanted)) : 'maybe';
      }
      case 'Fn::EachMemberIn': {
        const [list, allowed] = [members(left), members(right)];
        return list ? every(list, (each) => isIn(each, allowed)) : 'maybe';
      }
      default:
        return 'maybe';
    }
  };
}

/** Asks of parameters alone: what else a deploy knows refuses nothing. */
function equalityOf(choices: Choices): (left: Operand, right: Operand) => Match {
  const equalTexts = (left: string, right: string): Match =>
    left === right ? 'yes' : isKnown(left) && isKnown(right) ? 'no' : 'maybe';
  const settled = (one: Exclude<Operand, undefined>): string =>
    typeof one === 'string' ? one : choices.ask({ kind: 'value', ...one });

  function isText(one: Exclude<Operand, string | undefined>, text: string): Match {
    if (!isKnown(text)) return 'maybe';
    if (!one.among.includes(text)) return one.among.includes(one.about) ? 'maybe' : 'no';
    return choices.ask({ kind: 'is', ...one, value: text }) === YES ? 'yes' : 'no';
  }

  return (left, right) => {
    if (left === undefined || right === undefined) return 'maybe';
    if (typeof left === 'string') return typeof right === 'string' ? equalTexts(left, right) : isText(right, left);
    if (typeof right === 'string') return isText(left, right);
    return left.about === right.about ? 'yes' : equalTexts(settled(left), settled(right));
  };
}
