import type { Additions } from './additions';
import { invokes, items } from './doors';
import { forEachPart, isSweeper, SWEEPERS, type Part } from './environment';
import type { Graph, Resource } from './graph';
import { fail, forEach, judge, pass, undecided, type Verdict } from './rule';
import { certainly, type Read } from './value';

const WANT = 'a schedule that comes every day or more often, for ever';
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
    const end = endOf(call);
    if (end.kind !== 'absent') return [judgeEnd(call, end)];
    if (expression.kind === 'unknown') return [undecided(place, expression.why, WANT)];
    if (expression.kind === 'absent' || isDaily(expression.value)) return [];
    return [fail(place, expression.value, WANT, ends(expression.value) ? 'error' : 'warning')];
  });
  const often = all.find(({ call, expression }) => certainly(expression, isDaily) && endOf(call).kind === 'absent');
  return often ? [pass({ resource: often.call, property: 'ScheduleExpression' })] : rare;
}

/** A schedule of the scheduler's may have one; a rule has none. */
const endOf = (call: Resource): Read<string> => call.at('EndDate').string();

function judgeEnd(call: Resource, end: Read<string>): Verdict {
  const place = { resource: call, property: 'EndDate' };
  return end.kind === 'known' ? fail(place, end.value, WANT) : undecided(place, 'an end known only at deploy', WANT);
}

/** What keeps 10 seconds free to answer takes nothing up in less, at no call. */
function judgeTime(handler: Resource): Verdict[] {
  if (!isSweeper(handler)) return [];
  const want = { want: 'a timeout of 20 s or more', ok: (seconds: number) => seconds >= 20, byDefault: 3 };
  return [judge({ resource: handler, property: 'Timeout' }, handler.at('Timeout').number(), want)];
}

/** `rate(12 hours)`, or a cron expression that leaves days, months and years open. */
function isDaily(expression: string): boolean {
  const [, count = '', unit = ''] = /^rate\(\s*(\d+)\s+(minute|hour|day)s?\s*\)$/.exec(expression) ?? [];
  if (unit !== '') return Number(count) * (HOURS[unit] ?? NaN) <= 24;
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
