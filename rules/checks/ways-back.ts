import {
  CONSUMER_VARIABLE,
  DEAD_LETTERS_OUTPUT,
  PRODUCER_VARIABLE,
  REPLAY_VARIABLE,
  UNPACK_VARIABLE,
} from '../../lambdas/runtime/contract';
import { accessOfRole, roleAt } from '../reading/access';
import { sameText } from './contracts';
import { forEachPart, ownParts, partsOf, type Part } from './environment';
import { perResource, type Graph, type Resource } from '../reading/graph';
import { BUCKET } from './holdings';
import { sameCluster } from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import { destinationKind, type Mapping } from '../reading/mappings';
import { lambda } from './pages';
import { invokes, items, leadsTo } from './doors';
import { judgeRights, sweepNeeds } from './rights';
import { fail, pass, together, undecided, worst, type Place, type Rule, type Verdict } from './rule';
import { covers, least, most, type Match } from '../reading/matching';
import { shown } from '../reading/symbols';
import { certainly, type Read } from '../reading/value';

/** Whether what was spilled, or given up by a mapping, is fetched again: by a function that runs, and may. */

/** A bucket from which events must come back, and what says so. */
interface Store {
  readonly place: Place;
  readonly bucket: Read<string>;
  /** What empties it, in words. */
  readonly sweeper: string;
  readonly sweepers: readonly Sweeper[];
}

/** A function that is told to empty the bucket. */
interface Sweeper {
  readonly part: Part;
  /** What it is told beside the bucket, which tells it whose events to fetch: whether that agrees with the store's. */
  readonly told: readonly Told[];
}

interface Told {
  readonly name: string;
  readonly agrees: Match;
}

const same = (one: Read<string>, other: Read<string>): boolean =>
  one.kind === 'known' && certainly(other, (text) => text === one.value);
/** Objects lie in folders by cluster and topic, and events are known by cluster and group. What either does not say holds for both. */
const compared = (graph: Graph, one: Part, other: Part, names: readonly string[]): Told[] =>
  names.map((name) => {
    const [left, right] = [one.fields.at(name).text(), other.fields.at(name).text()];
    if (left.kind === 'absent' || right.kind === 'absent') return { name, agrees: 'yes' };
    return { name, agrees: name === 'cluster' ? sameCluster(graph, left, right) : sameText(left, right) };
  });
const agree = (told: readonly Told[]): Match => least(...told.map(({ agrees }) => agrees));

function judgeSpilled(part: Part, graph: Graph): Verdict[] {
  const bucket = part.fields.at('spill').text();
  if (bucket.kind === 'absent' || certainly(bucket, (text) => text === '')) return [];
  const sweepers = partsOf(graph, REPLAY_VARIABLE)
    .filter((replay) => same(replay.fields.at('spill').text(), bucket))
    .map((replay) => ({ part: replay, told: compared(graph, replay, part, ['cluster', 'topic']) }));
  const place = { resource: part.handler, property: `${part.property}.spill` };
  return [judgeStore({ place, bucket, sweeper: 'replay', sweepers }, graph)];
}

/** Where the consumer is one of ours, its mapping's bucket is emptied by a function of ours. */
function judgeGivenUp(mapping: Mapping, graph: Graph): Verdict[] {
  const { handler, topics, resource, destination: bucket } = mapping;
  if (handler.kind !== 'known' || !certainly(destinationKind(mapping), (kind) => kind === 's3')) return [];
  const own = ownParts(handler.value, CONSUMER_VARIABLE).filter(
    ({ fields }) =>
      topics.kind !== 'known' ||
      topics.value.some((topic) => certainly(fields.at('topic').text(), (name) => name === topic)),
  );
  return own.map((part) => {
    const sweepers = partsOf(graph, UNPACK_VARIABLE)
      .filter((unpack) => isBucket(graph, unpack.fields.at('onFailure').text(), bucket))
      .map((unpack) => ({ part: unpack, told: compared(graph, unpack, part, ['cluster', 'group', 'topic']) }));
    const place = { resource, property: 'DestinationConfig.OnFailure.Destination' };
    return judgeStore({ place, bucket, sweeper: 'unpack', sweepers }, graph);
  });
}

function isBucket(graph: Graph, name: Read<string>, other: Read<string>): boolean {
  if (name.kind !== 'known' || other.kind !== 'known') return false;
  const [one, two] = [name, other].map(({ value }) => graph.find(value, BUCKET));
  return one && two ? one === two : other.value === `arn:aws:s3:::${name.value}`;
}

function judgeStore({ place, bucket, sweeper, sweepers }: Store, graph: Graph): Verdict {
  const want = `a ${sweeper} function that is called on a schedule, and may empty the bucket`;
  const verdicts = sweepers
    .filter(({ told }) => agree(told) !== 'no')
    .map((each) => judgeSweeper(graph, place, each, bucket, want));
  const good =
    verdicts.find(({ status }) => status === 'pass') ?? verdicts.find(({ status }) => status === 'undecided');
  if (good) return good;
  if (verdicts.length > 0) return worst(verdicts) ?? pass(place);
  if (bucket.kind !== 'known') return undecided(place, 'a bucket known only at deploy', want);
  const own = graph.find(bucket.value, BUCKET);
  if (!own || isToldToOthers(own)) {
    return undecided(place, `no function in sight that empties ${shown(bucket.value)}`, want);
  }
  const others = sweepers.flatMap(({ part, told }) =>
    told
      .filter(({ agrees }) => agrees === 'no')
      .map(({ name }) => `, and ${part.handler.logicalId} is told of another ${name}`),
  );
  return fail(place, `none${[...new Set(others)].join('')}`, want);
}

/** An output says its name or ARN: a stack that is not in sight may use it. Not what the command line reads, which is no name but a text with several. */
function isToldToOthers({ logicalId, stack }: Resource): boolean {
  const texts = Object.values(stack.template.Outputs).map((output) => JSON.stringify(output));
  return texts.some((text) => !text.includes(DEAD_LETTERS_OUTPUT) && mentions(text, logicalId));
}

/** What a logical id may hold is letters and digits; what a template's author has written is no pattern. */
const mentions = (text: string, logicalId: string): boolean =>
  new RegExp(`["{]${logicalId.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}["}.]`).test(text);

function judgeSweeper(graph: Graph, place: Place, sweeper: Sweeper, bucket: Read<string>, want: string): Verdict {
  const { part, told } = sweeper;
  const { handler } = part;
  const name = handler.logicalId;
  const doubt = told.find(({ agrees }) => agrees === 'maybe');
  if (doubt) return undecided(place, `${name}, which may be told of another ${doubt.name}`, want);
  const sends = part.property.includes(`.${REPLAY_VARIABLE}`) ? hasProducer(graph, part) : 'yes';
  if (sends !== 'yes') {
    const found = `${name}, which has not one ${PRODUCER_VARIABLE} variable for that cluster and topic`;
    return sends === 'no' ? fail(place, found, want) : undecided(place, `${found} that is known before a deploy`, want);
  }
  const concurrency = handler.at('ReservedConcurrentExecutions').number();
  if (certainly(concurrency, (most) => most === 0))
    return fail(place, `${name}, which may not run: concurrency 0`, want);
  if (concurrency.kind === 'unknown') return undecided(place, concurrency.why, want);
  const called = isCalled(graph, handler);
  if (called !== 'yes') {
    return called === 'no'
      ? fail(place, `${name}, which nothing calls`, want)
      : undecided(place, `${name}: whether anything calls it is known only at deploy`, want);
  }
  return judgeRights(graph, place, handler, sweepNeeds(graph, bucket));
}

/** Replay sends with what the variable of the topic's producer says. It does not start with two, as it cannot know which. */
function hasProducer(graph: Graph, replay: Part): Match {
  const producers = ownParts(replay.handler, PRODUCER_VARIABLE);
  const ofTopic = producers.filter((each) => agree(compared(graph, each, replay, ['topic'])) === 'yes');
  if (ofTopic.length > 1) return 'no';
  return most(producers.map((each) => agree(compared(graph, each, replay, ['cluster', 'topic']))));
}

// ── Who calls it ─────────────────────────────────────────────────────────────────────────────────────────────────────

const isCalled = perResource((graph, handler) =>
  most([
    ...matches(graph, 'AWS::Events::Rule', (rule) => byRule(graph, rule, handler)),
    ...matches(graph, 'AWS::Scheduler::Schedule', (schedule) => bySchedule(graph, schedule, handler)),
    bySomethingElse(graph, handler),
  ]),
);

/** Whether a resource is there is asked only of those that matter. */
const matches = (graph: Graph, type: string, match: (resource: Resource) => Match): Match[] =>
  graph.ofType(type).flatMap((resource) => {
    const found = match(resource);
    return found === 'no' ? [] : [found];
  });

/** On unless it is said to be off. */
const isOn = (resource: Resource): Match => {
  const state = resource.at('State').string();
  return state.kind === 'unknown' ? 'maybe' : certainly(state, (text) => text === 'DISABLED') ? 'no' : 'yes';
};

function byRule(graph: Graph, rule: Resource, handler: Resource): Match {
  if (!items(rule.at('Targets')).some((target) => invokes(graph, target, handler))) return 'no';
  if (rule.at('ScheduleExpression').raw === undefined) return 'maybe';
  return least(isOn(rule), mayInvoke(graph, handler, 'events.amazonaws.com', graph.arnOf(rule)));
}

/** EventBridge asks the function itself whether it may call it. */
function mayInvoke(graph: Graph, handler: Resource, service: string, source: string): Match {
  const allowed = matches(graph, 'AWS::Lambda::Permission', (permission): Match => {
    if (!certainly(permission.at('FunctionName').text(), (text) => leadsTo(graph, text, handler))) return 'no';
    const action = permission.at('Action').string();
    const principal = permission.at('Principal').string();
    const from = permission.at('SourceArn').text();
    return least(
      action.kind === 'known' ? covers(action.value, 'lambda:InvokeFunction') : 'maybe',
      principal.kind === 'known' ? (principal.value === service ? 'yes' : 'no') : 'maybe',
      from.kind === 'known' ? covers(from.value, source) : from.kind === 'absent' ? 'yes' : 'maybe',
    );
  });
  return most(allowed);
}

/** The scheduler calls with a role. */
function bySchedule(graph: Graph, schedule: Resource, handler: Resource): Match {
  if (!invokes(graph, schedule.at('Target'), handler)) return 'no';
  const access = accessOfRole(graph, roleAt(graph, schedule.at('Target.RoleArn')));
  return least(isOn(schedule), access.may('lambda:InvokeFunction', graph.arnOf(handler)));
}

const CALL_NOBODY = [
  'AWS::Events::Rule',
  'AWS::Scheduler::Schedule',
  'AWS::Lambda::Permission',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Alias',
  'AWS::Lambda::Version',
  'AWS::IAM::Policy',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Role',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Logs::LogGroup',
];

/** Whatever else names the function may call it, and so may a stack that is told of it. */
function bySomethingElse(graph: Graph, handler: Resource): Match {
  const { logicalId, stack } = handler;
  if (isToldToOthers(handler)) return 'maybe';
  const names = (resource: Resource): boolean =>
    resource !== handler &&
    resource.stack === stack &&
    !CALL_NOBODY.includes(resource.type) &&
    mentions(resource.text, logicalId);
  return graph.resources.some(names) ? 'maybe' : 'no';
}

export const WAY_BACK_RULES: readonly Rule[] = [
  {
    code: 'LK504',
    name: 'no-way-back',
    severity: 'error',
    why: 'events lie in the bucket and nobody fetches them: what was spilled never reaches the topic, what a mapping gave up is never parked',
    fix: {
      cdk: 'use SpillStore and EventConsumer, which replay and unpack every minute, or at the `period` of replayOptions and unpackOptions',
      cloudFormation:
        'deploy the replay and unpack handlers with LOSSLESS_REPLAY_ (beside LOSSLESS_PRODUCER_) and LOSSLESS_UNPACK_ variables of the same cluster and topic, an AWS::Events::Rule with a ScheduleExpression, an AWS::Lambda::Permission for events.amazonaws.com, and s3:ListBucket, GetObject, DeleteObject and kms:Decrypt',
    },
    source: lambda('with-eventbridge-scheduler'),
    check: together(forEachPart(PRODUCER_VARIABLE, judgeSpilled), forEachMapping(judgeGivenUp)),
  },
];
