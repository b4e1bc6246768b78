import { INGEST_VARIABLE } from '../../lambdas/runtime/contract';
import type { Graph } from '../reading/graph';
import { UNSAID_TIMEOUT_SECONDS, UNSAID_VISIBILITY_SECONDS, VISIBILITY_PER_TIMEOUT } from '../reading/lambda-limits';
import { MAPPING } from '../reading/mappings';
import { certainly, known, or } from '../reading/value';
import { items } from './doors';
import { lambda } from './pages';
import { forEachDoor, QUEUE, serviceOf, type Door } from './queues';
import { fail, judge, pass, undecided, type Place, type Rule, type Verdict } from './rule';

/** Mappings by which messages of a queue reach a producing function. */

const isQueue = ({ resource, source }: Door): boolean =>
  resource.type === MAPPING && certainly(source, (arn) => serviceOf(arn) === 'sqs');

/** The library's own handler answers which messages failed, and throws for none. Of another's handler nobody here can tell. */
function judgeAnswers(door: Door): Verdict[] {
  if (!isQueue(door)) return [];
  const { resource, handler } = door;
  const place: Place = { resource, property: 'FunctionResponseTypes' };
  const types = resource.at(place.property);
  const want = 'ReportBatchItemFailures';
  if (types.list().kind === 'unknown') return [undecided(place, 'a list that only a deploy knows', want)];
  const said = items(types).map((type) => type.string());
  if (said.some((type) => certainly(type, (text) => text === want))) return [pass(place)];
  if (said.some(({ kind }) => kind === 'unknown')) return [undecided(place, 'a type that only a deploy knows', want)];
  const isOurs = handler.at(`Environment.Variables.${INGEST_VARIABLE}`).raw !== undefined;
  if (isOurs) return [fail(place, 'nothing', want)];
  return [undecided(place, 'nothing, for a handler that may answer which messages failed', `${want}, or a handler that throws`)]; // prettier-ignore
}

/** Shown again while it is worked on, a message counts as delivered once more; below one timeout Lambda refuses the mapping. */
function judgeVisibility(door: Door, graph: Graph): Verdict[] {
  const { handler, source } = door;
  const queue = source.kind === 'known' ? graph.find(source.value, QUEUE) : undefined;
  if (!isQueue(door) || !queue) return [];
  const place: Place = { resource: queue, property: 'VisibilityTimeout' };
  const timeout = or(handler.at('Timeout').number(), () => known(UNSAID_TIMEOUT_SECONDS));
  const visible = or(queue.at(place.property).number(), () => known(UNSAID_VISIBILITY_SECONDS));
  if (timeout.kind !== 'known') return [undecided(place, `a timeout of ${handler.logicalId} that only a deploy knows`, `${VISIBILITY_PER_TIMEOUT} times that`)]; // prettier-ignore
  const least = VISIBILITY_PER_TIMEOUT * timeout.value;
  const want = `${least} s or more, ${VISIBILITY_PER_TIMEOUT} times the timeout of ${handler.logicalId}`;
  const verdict = judge(place, visible, { want, ok: (seconds) => seconds >= least });
  if (verdict.status !== 'fail' || visible.kind !== 'known') return [verdict];
  return [fail(place, `${visible.value} s`, want, visible.value < timeout.value ? 'error' : 'warning')];
}

export const QUEUE_DOOR_RULES: readonly Rule[] = [
  {
    code: 'LK610',
    name: 'unheard-failures',
    severity: 'error',
    why: 'the mapping does not hear which messages the function could not take, and removes them with the others',
    fix: {
      cdk: 'use addQueue of IngestFunction, or reportBatchItemFailures: true',
      cloudFormation: 'set FunctionResponseTypes of the mapping to [ReportBatchItemFailures]',
    },
    source: lambda('services-sqs-errorhandling'),
    check: forEachDoor(judgeAnswers),
  },
  {
    code: 'LK611',
    name: 'shown-too-early',
    severity: 'warning',
    why: 'a message that is shown again while it is worked on, or waits for a throttled function, uses up its deliveries and is given up',
    fix: {
      cdk: "set visibilityTimeout of the queue to six times the function's timeout",
      cloudFormation: 'set VisibilityTimeout of the queue to six times Timeout of the function, or more',
    },
    source: lambda('services-sqs-configure'),
    check: forEachDoor(judgeVisibility),
  },
];
