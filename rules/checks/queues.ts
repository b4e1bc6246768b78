import { PRODUCER_VARIABLE, REPLAY_VARIABLE } from '../../lambdas/runtime/contract';
import type { Additions } from './additions';
import { failureDestinations, items, leadsTo } from './doors';
import { ownParts, partsOf } from './environment';
import { perGraph, type Graph, type Resource } from '../reading/graph';
import { functionNamed, MAPPING, mappingsOf } from '../reading/mappings';
import { lambda } from './pages';
import { fail, forEach, judge, pass, provided, undecided, type Place, type Rule, type Verdict } from './rule';
import { shown } from '../reading/symbols';
import { certainly, known, map, or, Value, type Read } from '../reading/value';

/** Queues and streams in front of a producing function, and the queues in which its failures wait. */

export const QUEUE = 'AWS::SQS::Queue';

const producersOf = perGraph(
  (graph): ReadonlySet<Resource> => new Set(partsOf(graph, PRODUCER_VARIABLE).map(({ handler }) => handler)),
);

/** Producing functions whose calls carry events: those of replay are only woken. */
export const eventDoors = perGraph((graph): Resource[] =>
  [...producersOf(graph)].filter((handler) => ownParts(handler, REPLAY_VARIABLE).length === 0),
);

/** A queue or stream whose records a producing function is called with, by a mapping or a pipe. */
export interface Door {
  readonly resource: Resource;
  readonly handler: Resource;
  readonly source: Read<string>;
  /** Where the mapping or pipe says what becomes of records that fail. */
  readonly failures: string;
  readonly start: string;
  readonly age: string;
}

function doorAt(resource: Resource, graph: Graph): Door | undefined {
  const isPipe = resource.type !== MAPPING;
  const target = resource.at(isPipe ? 'Target' : 'FunctionName').text();
  const handler = target.kind === 'known' ? functionNamed(graph, target.value) : undefined;
  if (handler?.kind !== 'known' || !eventDoors(graph).includes(handler.value)) return undefined;
  if (!isPipe) {
    if (mappingsOf(graph).some((mapping) => mapping.resource === resource)) return undefined;
    return {
      resource,
      handler: handler.value,
      source: resource.at('EventSourceArn').text(),
      failures: 'DestinationConfig.OnFailure.Destination',
      start: 'StartingPosition',
      age: 'MaximumRecordAgeInSeconds',
    };
  }
  const source = resource.at('Source').text();
  const name = certainly(source, (text) => serviceOf(text) === 'dynamodb') ? 'DynamoDBStream' : 'KinesisStream';
  const path = `SourceParameters.${name}Parameters`;
  return {
    resource,
    handler: handler.value,
    source,
    failures: `${path}.DeadLetterConfig.Arn`,
    start: `${path}.StartingPosition`,
    age: `${path}.MaximumRecordAgeInSeconds`,
  };
}

export const forEachDoor = (judgeOne: (door: Door, graph: Graph) => Verdict[]) =>
  forEach([MAPPING, 'AWS::Pipes::Pipe'], (resource, graph) => {
    const door = doorAt(resource, graph);
    return door ? judgeOne(door, graph) : [];
  });

export const serviceOf = (arn: string): string | undefined => /^arn:[^:]*:([a-z0-9-]+):/.exec(arn)?.[1];
const isStream = ({ source }: Door): boolean =>
  certainly(source, (text) => ['kinesis', 'dynamodb'].includes(serviceOf(text) ?? ''));

function judgeDoor(door: Door, graph: Graph): Verdict[] {
  const { resource, source, failures } = door;
  const place: Place = { resource, property: failures };
  if (isStream(door)) {
    return [judge(place, resource.at(failures).text(), { want: 'a destination for what fails', ok: () => true })];
  }
  const service = source.kind === 'known' ? serviceOf(source.value) : undefined;
  if (service === 'sqs' && source.kind === 'known') return judgeQueueInFront(graph, place, source.value);
  const named = source.kind === 'known' ? shown(source.value) : 'nothing';
  // Brokers keep what fails until somebody takes it.
  return service !== undefined
    ? [pass(place)]
    : [undecided(place, `records of ${named}`, 'a queue with a redrive, or a stream with a destination')];
}

const DAY = 86_400;
const retentionOf = (queue: Resource): Read<number> => queue.at('MessageRetentionPeriod').number();
/** Amazon SQS's own: four days. */
const DEFAULT_RETENTION = 4 * DAY;

function judgeQueueInFront(graph: Graph, place: Place, arn: string): Verdict[] {
  const want = 'a queue with a RedrivePolicy';
  const queue = graph.find(arn, QUEUE);
  if (!queue) return [undecided(place, `queue ${shown(arn)} is not in the template`, want)];
  return [
    judge({ resource: queue, property: 'RedrivePolicy' }, deadLetterQueueOf(queue), { want, ok: () => true }),
    judge({ resource: queue, property: 'MessageRetentionPeriod' }, retentionOf(queue), {
      want: `${DAY} s (a day) or more`,
      ok: (seconds) => seconds >= DAY,
      byDefault: DEFAULT_RETENTION,
    }),
  ];
}

/** A redrive policy is an object, or JSON in a text. */
function deadLetterQueueOf(resource: Resource): Read<string> {
  const { raw } = resource.at('RedrivePolicy');
  return new Value(typeof raw === 'string' ? (parsed(raw) ?? raw) : raw).at('deadLetterTargetArn').text();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Pointers into a stream lead nowhere once its retention has ended; a bucket keeps the records. */
function judgeKept(door: Door): Verdict[] {
  const destination = door.resource.at(door.failures).text();
  if (!isStream(door) || destination.kind === 'absent') return [];
  const place: Place = { resource: door.resource, property: door.failures };
  return [
    judge(
      place,
      map(destination, (arn) => serviceOf(arn) ?? ''),
      { want: 'an S3 bucket', ok: (service) => service !== 'sqs' && service !== 'sns' },
    ),
  ];
}

const judgeStart = (door: Door): Verdict[] =>
  isStream(door)
    ? [
        judge({ resource: door.resource, property: door.start }, door.resource.at(door.start).string(), {
          want: 'TRIM_HORIZON',
          ok: (position) => position !== 'LATEST',
          byDefault: 'TRIM_HORIZON',
        }),
      ]
    : [];

const judgeAge = (door: Door): Verdict[] =>
  isStream(door)
    ? [
        judge({ resource: door.resource, property: door.age }, door.resource.at(door.age).number(), {
          want: 'no limit (-1)',
          ok: (seconds) => seconds < 0,
          byDefault: -1,
        }),
      ]
    : [];

/** Lambda keeps an asynchronous event for six hours at most, and by default. */
const LONGEST_EVENT_AGE = 6 * 3600;

function judgeEventAge(config: Resource, graph: Graph): Verdict[] {
  const name = config.at('FunctionName').text();
  const isDoor = eventDoors(graph).some((handler) => certainly(name, (text) => leadsTo(graph, text, handler)));
  const property = 'MaximumEventAgeInSeconds';
  if (!isDoor) return [];
  return [
    judge({ resource: config, property }, config.at(property).number(), {
      want: `${LONGEST_EVENT_AGE} s (6 hours), the longest`,
      ok: (seconds) => seconds >= LONGEST_EVENT_AGE,
      byDefault: LONGEST_EVENT_AGE,
    }),
  ];
}

const SCHEDULE = 'AWS::Scheduler::Schedule';
/** How long, and how often, EventBridge and its scheduler try to hand an event over, at most and by default. */
const TRIES = [
  ['MaximumEventAgeInSeconds', DAY],
  ['MaximumRetryAttempts', 185],
] as const;

/** What is not handed over by then is dropped, unless the target has a queue for it. */
function judgeTries(caller: Resource, graph: Graph): Verdict[] {
  const targets = caller.type === SCHEDULE ? [caller.at('Target')] : items(caller.at('Targets'));
  return targets.flatMap((target, n) => {
    const called = target.at('Arn').text();
    const isDoor = eventDoors(graph).some((handler) => certainly(called, (text) => leadsTo(graph, text, handler)));
    if (!isDoor) return [];
    const path = caller.type === SCHEDULE ? 'Target' : `Targets.${n}`;
    const letters = target.at('DeadLetterConfig.Arn').text();
    const hasNone = letters.kind === 'absent' ? known(true) : map(letters, () => false);
    return TRIES.map(([name, longest]) => {
      const place = { resource: caller, property: `${path}.RetryPolicy.${name}` };
      const want = `${longest}, the most, or a DeadLetterConfig of the target`;
      const said = target.at(`RetryPolicy.${name}`).number();
      return provided(hasNone, judge(place, said, { want, ok: (limit) => limit >= longest, byDefault: longest }));
    });
  });
}

/** Queues in which calls of a producing function wait that failed, wherever they came from. */
const failureQueues = perGraph((graph): ReadonlySet<Resource> => {
  const handlers = [...producersOf(graph)];
  const leads = (value: Value) =>
    certainly(value.text(), (text) => handlers.some((handler) => leadsTo(graph, text, handler)));
  const doors = [MAPPING, 'AWS::Pipes::Pipe'].flatMap((type) =>
    graph.ofType(type).flatMap((resource) => doorAt(resource, graph) ?? []),
  );
  const named: Read<string>[] = [
    ...handlers.flatMap((handler) => failureDestinations(graph, handler)),
    ...doors.map(({ resource, failures }) => resource.at(failures).text()),
    ...doors.flatMap(({ source }) => {
      const queue = source.kind === 'known' ? graph.find(source.value, QUEUE) : undefined;
      return queue ? [deadLetterQueueOf(queue)] : [];
    }),
    ...graph
      .ofType('AWS::Events::Rule')
      .flatMap((rule) => items(rule.at('Targets')))
      .filter((target) => leads(target.at('Arn')))
      .map((target) => target.at('DeadLetterConfig.Arn').text()),
    ...graph
      .ofType(SCHEDULE)
      .filter((schedule) => leads(schedule.at('Target.Arn')))
      .map((schedule) => schedule.at('Target.DeadLetterConfig.Arn').text()),
    ...graph
      .ofType('AWS::SNS::Subscription')
      .filter((subscription) => leads(subscription.at('Endpoint')))
      .map(deadLetterQueueOf),
  ];
  return new Set(named.flatMap((arn) => (arn.kind === 'known' ? (graph.find(arn.value, QUEUE) ?? []) : [])));
});

/** As long as a topic should keep events: a week, and never less than a day. */
function judgeRetention(queue: Resource, graph: Graph): Verdict[] {
  if (!failureQueues(graph).has(queue)) return [];
  const place: Place = { resource: queue, property: 'MessageRetentionPeriod' };
  const want = `${7 * DAY} s (7 days) or more`;
  const seconds = or(retentionOf(queue), () => known(DEFAULT_RETENTION));
  const verdict = judge(place, seconds, { want, ok: (kept) => kept >= 7 * DAY });
  if (verdict.status !== 'fail' || seconds.kind !== 'known') return [verdict];
  return [fail(place, `${seconds.value} s`, want, seconds.value >= DAY ? 'warning' : 'error')];
}

export const QUEUE_CHECKS: Additions = {
  LK301: [forEachDoor(judgeStart)],
  LK302: [forEach(['AWS::Events::Rule', SCHEDULE], judgeTries)],
  LK303: [forEachDoor(judgeKept)],
  LK315: [forEachDoor(judgeAge), forEach('AWS::Lambda::EventInvokeConfig', judgeEventAge)],
  LK501: [forEach(QUEUE, judgeRetention)],
};

export const QUEUE_RULES: readonly Rule[] = [
  {
    code: 'LK608',
    name: 'polled-door',
    severity: 'error',
    why: 'an event that the function cannot take comes back until the queue or stream in front of it removes it, and is gone',
    fix: {
      cdk: 'give the queue a deadLetterQueue, or the event source of the stream onFailure: new S3OnFailureDestination(bucket)',
      cloudFormation:
        'set RedrivePolicy of the queue, or DestinationConfig.OnFailure.Destination of the mapping of the stream',
    },
    source: lambda('services-sqs-errorhandling'),
    check: forEachDoor(judgeDoor),
  },
];
