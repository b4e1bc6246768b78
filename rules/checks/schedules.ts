import type { Additions } from './additions';
import { invokes, items } from './doors';
import { forEachPart, isSweeper, SWEEPERS, type Part } from './environment';
import type { Graph, Resource } from '../reading/graph';
import { UNSAID_TIMEOUT_SECONDS } from '../reading/lambda-limits';
import { fail, forEach, judge, pass, undecided, type Place, type Verdict } from './rule';
import { certainly, type Read } from '../reading/value';

/** What is spilled or given up is no longer in the log, or not for long: nobody waits more than a day for it. */
export const LONGEST_SWEEP_PERIOD_HOURS = 24;

const WANT = 'a schedule that comes every day or more often, from now on and for ever';
const HOURS: Readonly<Record<string, number | undefined>> = { minute: 1 / 60, hour: 1, day: 24 };

/** How often what empties a bucket is called; whether anything calls it at all is asked elsewhere. */
function judgeSchedule({ handler }: Part, graph: Graph): Verdict[] {
  const calls = [
    ...graph
      .ofType('AWS::Events::Rule')
      .filter((rule) => items(rule.at('Targets')).some((target) => invokes(graph, target, handler))),
    ...graph.ofType('AWS::Scheduler::Schedule').filter((each) => invokes(graph, each.at('Target'), handler)),
  ];
  const all = calls.map((call) => ({ call, expression: call.at('ScheduleExpression').string() }));
  const rare = all.flatMap(({ call, expression }): Verdict[] => {
    const place = { resource: call, property: 'ScheduleExpression' };
    const bounds = judgeBounds(call);
    if (bounds.length > 0) return bounds;
    if (expression.kind === 'unknown') return [undecided(place, expression.why, WANT)];
    if (expression.kind === 'absent' || isDaily(expression.value)) return [];
    return [fail(place, expression.value, WANT, ends(expression.value) ? 'error' : 'warning')];
  });
  const often = all.find(({ call, expression }) => certainly(expression, isDaily) && judgeBounds(call).length === 0);
  return often ? [pass({ resource: often.call, property: 'ScheduleExpression' })] : rare;
}

/** A schedule of the scheduler's may have a beginning and an end; a rule has neither. */
const judgeBounds = (call: Resource): Verdict[] => [
  ...judgeBound({ resource: call, property: 'StartDate' }, call.at('StartDate').string(), isToCome),
  ...judgeBound({ resource: call, property: 'EndDate' }, call.at('EndDate').string(), () => true),
];

function judgeBound(place: Place, date: Read<string>, isWrong: (date: string) => boolean): Verdict[] {
  switch (date.kind) {
    case 'absent':
      return [];
    case 'unknown':
      return [undecided(place, 'a date known only at deploy', WANT)];
    case 'known':
      return isWrong(date.value) ? [fail(place, date.value, WANT)] : [];
  }
}

/**
 * Whether the date lies ahead while the template is judged: a deploy comes no earlier. The scheduler's dates are in UTC,
 * with or without their zone; what is no date it refuses.
 */
const isToCome = (date: string): boolean =>
  Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(date) ? date : `${date}Z`) > Date.now();

/** What keeps 10 seconds free to answer takes nothing up in less, at no call. */
function judgeTime(handler: Resource): Verdict[] {
  if (!isSweeper(handler)) return [];
  const want = {
    want: 'a timeout of 20 s or more',
    ok: (seconds: number) => seconds >= 20,
    byDefault: UNSAID_TIMEOUT_SECONDS,
  };
  return [judge({ resource: handler, property: 'Timeout' }, handler.at('Timeout').number(), want)];
}

/** `rate(12 hours)`, or a cron expression that leaves days, months and years open. */
function isDaily(expression: string): boolean {
  const [, count = '', unit = ''] = /^rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)$/.exec(expression) ?? [];
  if (unit !== '') return Number(count) * (HOURS[unit] ?? NaN) <= LONGEST_SWEEP_PERIOD_HOURS;
  const [, fields = ''] = /^cron\((.*)\)$/.exec(expression) ?? [];
  const [, , ...days] = fields.trim().split(/\s+/);
  return days.length === 4 && days.every((field) => field === '*' || field === '?');
}

/** `at(…)`, or a cron expression of some years. */
const ends = (expression: string): boolean => !expression.startsWith('rate') && !/\s\*\s*\)$/.test(expression);

export const SCHEDULE_CHECKS: Additions = {
  LK317: [forEach('AWS::Lambda::Function', judgeTime)],
  LK504: SWEEPERS.map((prefix) => forEachPart(prefix, judgeSchedule)),
};
