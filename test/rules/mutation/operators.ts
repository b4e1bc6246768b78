import type { Kind, Mutant, Template, Templates } from './mutant';
import { PARAMETER, REMOVED, type Spot } from './spot';
import type { Losing } from './settings/setting';

/** What is done to a setting, whichever it is. */

const CONDITION = 'MutantCondition';
const NO_VALUE = { Ref: 'AWS::NoValue' };

/** Conditions that a mutant brings with it. */
const CONDITIONS = {
  undecided: { 'Fn::Equals': [{ Ref: PARAMETER }, 'prod'] },
  always: { 'Fn::Equals': ['prod', 'prod'] },
} as const;

function declare(
  template: Template | undefined,
  section: 'Parameters' | 'Conditions' | 'Mappings' | 'Rules',
  entry: object,
): void {
  if (template) Object.assign((template[section] ??= {}), entry);
}

const stage = (more: object = {}): object => ({ [PARAMETER]: { Type: 'String', ...more } });
const either = (first: unknown, second: unknown): unknown => ({ 'Fn::If': [CONDITION, first, second] });
const orNothing = (value: unknown): unknown => (value === REMOVED || value === undefined ? NO_VALUE : value);

/** Under a condition of which only a deploy knows whether it holds. */
export function undecided(template: Template | undefined, more: object = {}): void {
  declare(template, 'Parameters', stage(more));
  declare(template, 'Conditions', { [CONDITION]: CONDITIONS.undecided });
}

export const always = (template: Template | undefined): void =>
  declare(template, 'Conditions', { [CONDITION]: CONDITIONS.always });

/** A stage that is the safe one unless a deploy says otherwise. */
export const PROD_BY_DEFAULT = { Default: 'prod', AllowedValues: ['prod', 'dev'] };
export { CONDITION };

const shown = (value: unknown): string => (value === REMOVED ? 'nothing' : (JSON.stringify(value) ?? 'nothing'));

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

type Change = (templates: Templates) => void;

/** Every way in which a setting can lose events. */
export function dangerousOnes(spot: Spot, losing: readonly Losing[], outside = false): Mutant[] {
  const resolved = losing.map(([value, loses]): Losing => [
    typeof value === 'function' ? (value as (safe: unknown) => unknown)(spot.value) : value,
    loses,
  ]);
  const of = (kind: Kind, change: string, loses: string, certain: boolean, apply: Change): Mutant => ({
    kind,
    at: spot.at,
    change,
    loses,
    certain,
    apply,
  });
  const set = (templates: Templates, value: unknown): void =>
    spot.write(templates, spot.with(spot.whole(templates), value));
  const kindOf = (value: unknown): Kind =>
    spot.value === undefined ? 'added' : value === REMOVED ? 'removed' : 'weakened';
  const direct = resolved
    .filter(([value]) => spot.value !== undefined || value !== REMOVED)
    .map(([value, loses]) => of(kindOf(value), shown(value), loses, !outside, (to) => set(to, value)));
  const [first] = resolved.filter(([value]) => spot.value !== undefined || value !== REMOVED);
  return first ? [...direct, ...wrapped(spot, first, of), ...byParameter(spot, resolved, of)] : direct;
}

type Make = (kind: Kind, change: string, loses: string, certain: boolean, apply: Change) => Mutant;

/** The safe value in one branch, the losing one in the other. */
function wrapped(spot: Spot, [losing, loses]: Losing, of: Make): Mutant[] {
  const wrap =
    (more: object): Change =>
    (to) => {
      undecided(to[spot.file], more);
      const safe = spot.whole(to);
      spot.write(to, either(orNothing(safe), orNothing(spot.with(safe, losing))));
    };
  return [
    of('Fn::If, undecided', `Fn::If [?, safe, ${shown(losing)}]`, loses, false, wrap({})),
    of('Fn::If, safe by default', `Fn::If [by default, safe, ${shown(losing)}]`, loses, false, wrap(PROD_BY_DEFAULT)),
  ];
}

/** The value known only at deploy. */
function byParameter(spot: Spot, losing: readonly Losing[], of: Make): Mutant[] {
  const lossOf = losing[0]?.[1] ?? '';
  const refer =
    (declaration: object): Change =>
    (to) => {
      declare(to[spot.file], 'Parameters', { [PARAMETER]: declaration });
      spot.write(to, spot.with(spot.whole(to), { Ref: PARAMETER }));
    };
  const scalar = losing.find(([value]) => isScalar(value));
  if (!scalar || (spot.value !== undefined && !isScalar(spot.value))) {
    return spot.value === undefined || losing.every(([value]) => value === REMOVED)
      ? []
      : [of('parameter without default', 'Ref', lossOf, false, refer({ Type: 'String' }))];
  }
  const [value, loses] = scalar;
  const Type = typeof value === 'number' ? 'Number' : 'String';
  const all = [
    of('parameter, losing by default', `Ref, default ${shown(value)}`, loses, false, refer({ Type, Default: value })),
  ];
  if (spot.value === undefined) return all;
  const safe = { Type, Default: spot.value };
  return [
    ...all,
    of('parameter without default', 'Ref', loses, false, refer({ Type })),
    of('parameter, safe by default', `Ref, default ${shown(spot.value)}`, loses, false, refer(safe)),
    of(
      'parameter, one allowed value loses',
      `Ref, default ${shown(spot.value)}, or ${shown(value)}`,
      loses,
      false,
      refer({ ...safe, AllowedValues: [spot.value, value] }),
    ),
  ];
}

/** What keeps the setting as safe as it was. */
export function harmlessOnes(spot: Spot, losing: readonly Losing[], harmless: readonly unknown[]): Mutant[] {
  const of: MakeHarmless = (kind, change, apply) => ({ kind, at: spot.at, change, certain: true, apply });
  const refer: Refer =
    (declaration, use, section = 'Parameters') =>
    (to) => {
      declare(to[spot.file], section, declaration);
      spot.write(to, spot.with(spot.whole(to), use));
    };
  const good = harmless
    .filter((value) => value !== REMOVED || spot.value !== undefined)
    .map((value) => of('stricter or as good', shown(value), (to) => spot.write(to, spot.with(spot.whole(to), value))));
  if (spot.value === undefined) return [...good, ...neverWrong(spot, losing, of)];
  return [
    ...good,
    ...neverWrong(spot, losing, of),
    ...(isScalar(spot.value) ? spelled(spot, spot.value, of, refer) : []),
  ];
}

type MakeHarmless = (kind: Kind, change: string, apply: Change) => Mutant;
type Refer = (declaration: object, use: unknown, section?: 'Parameters' | 'Mappings') => Change;

/** The same value, come by another way. */
function spelled(spot: Spot, value: string | number | boolean, of: MakeHarmless, refer: Refer): Mutant[] {
  const Type = typeof value === 'number' ? 'Number' : 'String';
  const alone = { [PARAMETER]: { Type, Default: value, AllowedValues: [value] } };
  const parameter = of(
    'parameter with safe values alone',
    `Ref, ${shown(value)} alone`,
    refer(alone, { Ref: PARAMETER }),
  );
  if (spot.inText) return [parameter];
  const found = refer(
    { MutantMapping: { any: { value } } },
    { 'Fn::FindInMap': ['MutantMapping', 'any', 'value'] },
    'Mappings',
  );
  return [
    parameter,
    of('another spelling', 'Fn::FindInMap', found),
    typeof value === 'string'
      ? of('another spelling', 'Fn::Join', (to) => spot.write(to, { 'Fn::Join': ['', [value]] }))
      : of('another spelling', 'as text', (to) => spot.write(to, String(value))),
  ];
}

/** Two branches of which the losing one is never taken; two branches that are both safe. */
function neverWrong(spot: Spot, losing: readonly Losing[], of: MakeHarmless): Mutant[] {
  const [first] = losing.filter(([value]) => typeof value !== 'function');
  const never: Mutant[] = first
    ? [
        of('Fn::If, always safe', `Fn::If [always, safe, ${shown(first[0])}]`, (to) => {
          always(to[spot.file]);
          const safe = spot.whole(to);
          spot.write(to, either(orNothing(safe), orNothing(spot.with(safe, first[0]))));
        }),
      ]
    : [];
  if (spot.value === undefined) return never;
  return [
    ...never,
    ...refusedByRule(spot, losing, of),
    of('Fn::If, always safe', 'Fn::If [?, safe, safe]', (to) => {
      undecided(to[spot.file]);
      const safe = spot.whole(to);
      spot.write(to, either(safe, safe));
    }),
  ];
}

/** A value that loses and is allowed, but for a rule of the template. */
function refusedByRule(spot: Spot, losing: readonly Losing[], of: MakeHarmless): Mutant[] {
  const { value } = spot;
  const wrong = losing.map(([each]) => each).find((each) => isScalar(each) && typeof each === typeof value);
  if (!isScalar(value) || wrong === undefined) return [];
  const Type = typeof value === 'number' ? 'Number' : 'String';
  const parameter = { [PARAMETER]: { Type, Default: value, AllowedValues: [value, wrong] } };
  const Assertions = [{ Assert: { 'Fn::Contains': [[String(value)], { Ref: PARAMETER }] } }];
  return [
    of('parameter with safe values alone', `Ref, ${shown(value)} or ${shown(wrong)}, which a rule refuses`, (to) => {
      declare(to[spot.file], 'Parameters', parameter);
      declare(to[spot.file], 'Rules', { MutantRule: { Assertions } });
      spot.write(to, spot.with(spot.whole(to), { Ref: PARAMETER }));
    }),
  ];
}
