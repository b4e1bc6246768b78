import type { Additions } from './additions';
import { failureDestination, INVOCATION_OF_PIPE } from './doors';
import type { Graph, Resource } from '../reading/graph';
import { sameCluster } from '../reading/kafka';
import { UNSAID_TIMEOUT_SECONDS } from '../reading/lambda-limits';
import { functionNamed, mappingsOf } from '../reading/mappings';
import { fail, forEach, judge, pass, undecided, type Place, type Verdict } from './rule';
import { judgeSight } from './safekeeping';
import { shown } from '../reading/symbols';
import { certainly, known, map, or, then, type Read } from '../reading/value';

/** EventBridge Pipes, Amazon Data Firehose and MSK Replicator, where they read topics. */

const PIPE = 'AWS::Pipes::Pipe';
const FIREHOSE = 'AWS::KinesisFirehose::DeliveryStream';
const REPLICATOR = 'AWS::MSK::Replicator';

const PARAMETERS = ['ManagedStreamingKafkaParameters', 'SelfManagedKafkaParameters'].map(
  (name) => `SourceParameters.${name}`,
);

/** A pipe that reads Kafka, or may do so. */
interface KafkaPipe {
  readonly resource: Resource;
  readonly source: Read<string>;
  readonly group: Read<string>;
  /** Path of what it says of Kafka. */
  readonly parameters: string;
}

function kafkaPipe(resource: Resource): KafkaPipe | undefined {
  const source = resource.at('Source').text();
  const said = PARAMETERS.find((path) => resource.at(path).raw !== undefined);
  const isKafka = certainly(source, (text) => /^arn:[^:]*:kafka:|^smk:/.test(text));
  const isOther = certainly(source, (text) => /^arn:[^:]*:(?!kafka:)[a-z0-9]+:/.test(text));
  if (isOther || !(isKafka || said !== undefined)) return undefined;
  const parameters = said ?? PARAMETERS[0] ?? '';
  return { resource, source, group: resource.at(`${parameters}.ConsumerGroupID`).text(), parameters };
}

export const kafkaPipes = (graph: Graph): KafkaPipe[] =>
  graph.ofType(PIPE).flatMap((resource) => kafkaPipe(resource) ?? []);

const ofPipe = (judgeOne: (pipe: KafkaPipe, graph: Graph) => Verdict | readonly Verdict[]) =>
  forEach(PIPE, (resource, graph) => {
    const pipe = kafkaPipe(resource);
    return pipe ? judgeOne(pipe, graph) : [];
  });

const EARLIEST = 'TRIM_HORIZON';

/** No page says where a pipe starts that does not say it; the console proposes the end. */
function judgePipeStart({ resource, parameters }: KafkaPipe): Verdict {
  const place: Place = { resource, property: `${parameters}.StartingPosition` };
  const position = resource.at(place.property).string();
  if (position.kind === 'absent') return undecided(place, 'nothing, and the service chooses', EARLIEST);
  return judge(place, position, { want: EARLIEST, ok: (text) => text !== 'LATEST' });
}

const groupOf = ({ resource, parameters }: KafkaPipe): Place => ({
  resource,
  property: `${parameters}.ConsumerGroupID`,
});

/** Mappings, and the pipes before this one in the template. */
function judgePipeGroup(pipe: KafkaPipe, graph: Graph): Verdict {
  const place = groupOf(pipe);
  const pipes = kafkaPipes(graph);
  const others = [
    ...mappingsOf(graph).map(({ resource, group, clusterArn }) => ({ resource, group, source: clusterArn })),
    ...pipes.slice(
      0,
      pipes.findIndex(({ resource }) => resource === pipe.resource),
    ),
  ];
  const group = pipe.group.kind === 'known' ? pipe.group.value : undefined;
  const alike = others.filter((other) => group !== undefined && certainly(other.group, (text) => text === group));
  const want = 'a group of its own';
  const twin = alike.find(({ source }) => sameCluster(graph, source, pipe.source) === 'yes');
  if (twin) return fail(place, `${shown(group ?? '')}, which ${twin.resource.logicalId} has too`, want);
  const doubt = alike.find(({ source }) => sameCluster(graph, source, pipe.source) === 'maybe');
  return doubt
    ? undecided(place, `the group of ${doubt.resource.logicalId}, perhaps on its cluster`, want)
    : pass(place);
}

/** A pipe waits for what it calls, and calls it again with the batch that was not done in time. */
function judgeCalled({ resource }: KafkaPipe, graph: Graph): Verdict[] {
  return ['Enrichment', 'Target'].flatMap((property): Verdict[] => {
    const called = then(resource.at(property).text(), (text) => functionNamed(graph, text));
    if (called.kind !== 'known') return [];
    const timeout = or(called.value.at('Timeout').number(), () => known(UNSAID_TIMEOUT_SECONDS));
    const want = { want: 'a timeout of 30 s or more', ok: (seconds: number) => seconds >= 30 };
    return [judge({ resource, property }, timeout, want)];
  });
}

/** A pipe is done with what it does not wait for; Lambda drops it after three tries that fail. */
function judgeFired({ resource }: KafkaPipe, graph: Graph): Verdict {
  const place: Place = { resource, property: INVOCATION_OF_PIPE };
  const want = 'REQUEST_RESPONSE, or a failure destination of the function';
  const type = resource.at(INVOCATION_OF_PIPE).string();
  const verdict = judge(place, type, { want, ok: (text) => text !== 'FIRE_AND_FORGET', byDefault: 'REQUEST_RESPONSE' });
  if (verdict.status === 'pass') return verdict;
  const called = then(resource.at('Target').text(), (text) => functionNamed(graph, text));
  if (called.kind !== 'known') return undecided(place, 'a function that is not in the template', want);
  const destination = failureDestination(graph, called.value);
  if (destination.kind === 'known') return pass(place);
  return destination.kind === 'unknown' ? undecided(place, destination.why, want) : verdict;
}

const EPOCH = '1970-01-01T00:00:00Z';
const TIMESTAMP = 'MSKSourceConfiguration.ReadFromTimestamp';

const ofFirehose = (judgeOne: (stream: Resource, place: Place, graph: Graph) => Verdict) =>
  forEach(FIREHOSE, (stream, graph) => {
    const isKafka =
      stream.at('MSKSourceConfiguration').raw !== undefined ||
      certainly(stream.at('DeliveryStreamType').string(), (type) => type === 'MSKAsSource');
    return isKafka ? [judgeOne(stream, { resource: stream, property: TIMESTAMP }, graph)] : [];
  });

/** Milliseconds since 1970. */
const startOf = (stream: Resource): Read<number> => map(stream.at(TIMESTAMP).string(), (text) => Date.parse(text));

function judgeStreamStart(stream: Resource, place: Place): Verdict {
  const start = startOf(stream);
  return start.kind === 'absent'
    ? fail(place, 'nothing, which means the time at which the stream becomes active', EPOCH)
    : judge(place, start, { want: EPOCH, ok: () => true });
}

function judgeReplicas(replicator: Resource): Verdict[] {
  const property = 'ReplicationInfoList';
  const list = or(replicator.at(property).list(), () => known([]));
  const off = { want: 'EARLIEST', ok: (text: string) => text !== 'LATEST', byDefault: 'LATEST' };
  if (list.kind !== 'known')
    return [
      judge(
        { resource: replicator, property },
        map(list, () => ''),
        off,
      ),
    ];
  return list.value.map((info, n) => {
    const path = 'TopicReplication.StartingPosition.Type';
    return judge({ resource: replicator, property: `${property}.${n}.${path}` }, info.at(path).string(), off);
  });
}

/** What other readers add to the rules for mappings. */
export const PIPE_CHECKS: Additions = {
  LK112: [
    ofPipe(({ resource, source }, graph) => judgeSight(graph, { resource, property: 'Source' }, source)),
    ofFirehose((stream, _place, graph) => {
      const property = 'MSKSourceConfiguration.MSKClusterARN';
      return judgeSight(graph, { resource: stream, property }, stream.at(property).text());
    }),
  ],
  LK301: [ofPipe(judgePipeStart), ofFirehose(judgeStreamStart), forEach(REPLICATOR, judgeReplicas)],
  LK302: [ofPipe(judgeFired)],
  LK305: [ofPipe((pipe) => judge(groupOf(pipe), pipe.group, { want: 'a consumer group', ok: () => true }))],
  LK308: [
    ofPipe(({ resource }) => {
      const property = 'SourceParameters.FilterCriteria';
      const filters = map(
        or(resource.at(`${property}.Filters`).list(), () => known([])),
        (list) => list.length,
      );
      return judge({ resource, property }, filters, { want: 'no filters', ok: (count) => count === 0 });
    }),
  ],
  LK313: [
    ofPipe(({ resource }) => {
      const property = 'DesiredState';
      const state = resource.at(property).string();
      return judge({ resource, property }, state, {
        want: 'RUNNING',
        ok: (text) => text === 'RUNNING',
        byDefault: 'RUNNING',
      });
    }),
  ],
  LK317: [ofPipe(judgeCalled)],
  LK318: [
    ofFirehose((stream, place) => judge(place, startOf(stream), { want: EPOCH, ok: (ms) => ms === 0, byDefault: 0 })),
  ],
  LK319: [ofPipe(judgePipeGroup)],
};
