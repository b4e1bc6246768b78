import { keyOf, MOST_LEAVES, NO, YES, type Decision, type Explored, type Leaf } from '../reading/choices';
import type { Graph } from '../reading/graph';
import { undecided, type Judgement, type Told, type Verdict } from './rule';
import { shown, symbolsOf } from '../reading/symbols';
import { brief } from '../reading/value';

const NONE: ReadonlySet<string> = new Set();

/**
 * What a judgement says, however a deploy decides: it fails where it fails in one of the ways that are open, and says in
 * which. Where it loses only with another value than a parameter's default, that is left undecided, as is what has too
 * many ways to try them all.
 */
export function toldBy(judgement: Judgement, { choices }: Graph): Told[] {
  const byDefault = choices.explore(judgement.judge, NONE);
  const told = summed(byDefault, judgement);
  if (byDefault.defaults.size === 0 || !byDefault.whole) return told;
  const otherwise = choices.explore(judgement.judge, 'all');
  const places = new Set(told.map(placeOf));
  const more = summed(otherwise, judgement).filter((each) => !places.has(placeOf(each)));
  if (more.length === 0) return told;
  const defaults = new Map([...byDefault.defaults, ...otherwise.defaults]);
  const alone = [...defaults].map(([name, value]) => {
    const found = summed(choices.explore(judgement.judge, new Set([name])), judgement);
    return { name, value, places: new Set(found.map(placeOf)) };
  });
  return [
    ...told,
    ...more.map((each) => {
      const causes = alone.filter((parameter) => parameter.places.has(placeOf(each)));
      return asOpen(each, causes.length > 0 ? causes : alone);
    }),
  ];
}

function asOpen(told: Told, parameters: readonly { name: string; value: string }[]): Told {
  const names = parameters.map(({ name, value }) => `${wordsOf(name)} (${brief(value) || 'empty'} by default)`);
  return undecided(told, `${told.found}, as ${names.join(' or ')} may be given another value`, told.wanted);
}

const placeOf = ({ resource, property }: Verdict): string => `${resource.id} ${property}`;

/** One verdict about a place, in one of the ways in which a deploy can decide. */
interface Seen {
  readonly verdict: Verdict;
  readonly decisions: readonly Decision[];
}

function summed({ leaves, whole }: Explored<readonly Verdict[]>, { subject }: Judgement): Told[] {
  const places = new Map<string, Seen[]>();
  for (const leaf of leaves) {
    for (const [place, seen] of placesOf(leaf)) {
      const others = places.get(place);
      if (others) others.push(seen);
      else places.set(place, [seen]);
    }
  }
  if (!whole && places.size === 0 && subject) {
    return [undecided({ resource: subject, property: '' }, TOO_MANY, 'fewer')];
  }
  return [...places.values()].flatMap((seen) => {
    const one = together(seen);
    if (one || whole) return one ?? [];
    const [{ verdict } = { verdict: undefined }] = seen;
    return verdict ? [undecided(verdict, TOO_MANY, 'fewer, or each of them judged by --parameters')] : [];
  });
}

const TOO_MANY = `more than ${MOST_LEAVES} ways in which a deploy can decide about it`;

/** A judgement may say several things of one place. */
function placesOf({ value, decisions }: Leaf<readonly Verdict[]>): [string, Seen][] {
  const repeats = new Map<string, number>();
  return value.map((verdict) => {
    const place = placeOf(verdict);
    const repeat = repeats.get(place) ?? 0;
    repeats.set(place, repeat + 1);
    return [`${place} ${repeat}`, { verdict, decisions }];
  });
}

const isFailure = ({ verdict }: Seen): boolean => verdict.status === 'fail';

/** Worst first. */
const worst = (failures: readonly Seen[]): Seen | undefined =>
  failures.find(({ verdict }) => verdict.status === 'fail' && verdict.severity !== 'warning') ?? failures[0];

function together(seen: readonly Seen[]): Told | undefined {
  const failures = seen.filter(isFailure);
  const one = worst(failures.filter(({ decisions }) => isSure(decisions))) ?? worst(failures);
  const always = failures.length === seen.length;
  if (one?.verdict.status === 'fail') {
    const { verdict, decisions } = one;
    if (always) return verdict;
    const found = `${verdict.found}, when ${whenOf(decisions, seen)}`;
    return isSure(decisions) ? { ...verdict, found } : undecided(verdict, found, verdict.wanted);
  }
  return seen.map(({ verdict }) => verdict).find((verdict): verdict is Told => verdict.status !== 'pass');
}

/**
 * Whether a deploy can decide so. Values of different parameters go together; of what is computed of them, all that is
 * known is that one alone can be this or that.
 */
function isSure(decisions: readonly Decision[]): boolean {
  if (decisions.some(({ question }) => question.kind === 'fact')) return false;
  const about = [...new Set(decisions.map(({ question }) => question.about))];
  const parameters = about.map(
    (each) => /^(?:\$\{)?([\w:/~.-]+)\}?(?: joined with '[^']*'|\[\d+\])*$/.exec(wordsOf(each))?.[1],
  );
  return about.length < 2 || (!parameters.includes(undefined) && new Set(parameters).size === about.length);
}

/** The fewest decisions with which every way fails that agrees with them. */
function whenOf(decisions: readonly Decision[], seen: readonly Seen[]): string {
  let kept = decisions;
  for (const decision of decisions) {
    const fewer = kept.filter((each) => each !== decision);
    if (seen.filter((each) => agrees(each, fewer)).every(isFailure)) kept = fewer;
  }
  return [...new Set(kept.map(inWords))].join(' and ');
}

const agrees = (seen: Seen, decisions: readonly Decision[]): boolean =>
  decisions.every(({ question, answer }) => {
    const same = seen.decisions.find((each) => keyOf(each.question) === keyOf(question));
    return !same || same.answer === answer;
  });

const wordsOf = (about: string): string => symbolsOf(about).join(', ') || about;
const valueIn = (text: string): string => (text === '' ? 'empty' : brief(text));

function inWords({ question, answer }: Decision): string {
  const name = wordsOf(question.about);
  switch (question.kind) {
    case 'value':
      return answer === question.about
        ? `${name} is none of ${question.among
            .filter((value) => value !== answer)
            .map(valueIn)
            .join(', ')}`
        : `${name} is ${valueIn(answer)}`;
    case 'is':
      return `${name} is ${answer === YES ? '' : 'not '}${valueIn(question.value)}`;
    case 'default':
      return `${name} is ${answer === YES ? '' : 'not '}its default`;
    case 'fact': {
      const [left = '', right] = question.about.split(' is ');
      return right === undefined
        ? `${shown(left)} is ${answer === NO ? 'false' : 'true'}`
        : `${shown(left)} is ${answer === NO ? 'not ' : ''}${shown(right)}`;
    }
  }
}
