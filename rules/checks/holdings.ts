import { CONSUMER_VARIABLE, PRODUCER_VARIABLE, REPLAY_VARIABLE, UNPACK_VARIABLE } from '../../lambdas/runtime/contract';
import { forEachPart, somePart } from './environment';
import { perResource, type Graph, type Resource } from '../reading/graph';
import { CLUSTER, SERVERLESS_CLUSTER, TOPIC } from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import { destinationKind, mappingsOf, SECRET, type Mapping } from '../reading/mappings';
import { forEach, pass, together, undecided, type Judge, type Place, type Subjects, type Verdict } from './rule';
import { shown } from '../reading/symbols';
import { ABSENT, unknown, type Read, type Value } from '../reading/value';

/** Whatever holds events, or the memory of them, and what is needed to read it again. */

export const BUCKET = 'AWS::S3::Bucket';
export const TABLES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'] as const;

/** Which fields of which parts of a function name one. */
type Fields = readonly (readonly [prefix: string, names: readonly string[]])[];
const BUCKET_FIELDS: Fields = [
  [PRODUCER_VARIABLE, ['spill', 'deadLetters']],
  [CONSUMER_VARIABLE, ['deadLetters']],
  [REPLAY_VARIABLE, ['spill', 'deadLetters']],
  [UNPACK_VARIABLE, ['onFailure', 'deadLetters']],
];
const TABLE_FIELDS: Fields = [
  [CONSUMER_VARIABLE, ['table']],
  [UNPACK_VARIABLE, ['table']],
];

const DESTINATION = 'DestinationConfig.OnFailure.Destination';

function destinationIsBucket(mapping: Mapping): boolean {
  const kind = destinationKind(mapping);
  return kind.kind === 'known' ? kind.value === 's3' : kind.kind === 'unknown';
}

/** Whether a bucket is for dead letters, spilled events or what a mapping gives up. */
export const isEventBucket = perResource(
  (graph, bucket) =>
    isNamed(graph, BUCKET_FIELDS, bucket) ||
    mappingsOf(graph).some((mapping) => graph.means(mapping.destination, bucket) && destinationIsBucket(mapping)),
);

export const isIdempotencyTable = perResource((graph, table) => isNamed(graph, TABLE_FIELDS, table));

const isNamed = (graph: Graph, fields: Fields, resource: Resource): boolean =>
  fields.some(([prefix, names]) =>
    somePart(graph, prefix, (part) => names.some((name) => graph.means(part.fields.at(name).text(), resource))),
  );

/** Judges every bucket for events, and says of which others nothing can be seen. */
export const forEachEventBucket = (want: string, judge: Judge<Resource>): Subjects =>
  together(
    forEach(BUCKET, (bucket, graph) => (isEventBucket(graph, bucket) ? judge(bucket, graph) : [])),
    forEachPartOutOfSight(BUCKET_FIELDS, [BUCKET], want),
    forEachMapping((mapping, graph) =>
      destinationIsBucket(mapping)
        ? outOfSight(graph, { resource: mapping.resource, property: DESTINATION }, mapping.destination, [BUCKET], want)
        : [],
    ),
  );

export const forEachIdempotencyTable = (judge: Judge<Resource>): Subjects =>
  forEach(TABLES, (table, graph) => (isIdempotencyTable(graph, table) ? judge(table, graph) : []));

export const forEachTableOutOfSight = (want: string): Subjects => forEachPartOutOfSight(TABLE_FIELDS, TABLES, want);

const forEachPartOutOfSight = (fields: Fields, types: readonly string[], want: string): Subjects =>
  together(
    ...fields.map(([prefix, names]) =>
      forEachPart(prefix, ({ handler, property, fields: values }, graph) =>
        names.flatMap((name) =>
          outOfSight(
            graph,
            { resource: handler, property: `${property}.${name}` },
            values.at(name).text(),
            types,
            want,
          ),
        ),
      ),
    ),
  );

/** Something that is used and is not in the template. */
function outOfSight(graph: Graph, place: Place, read: Read<string>, types: readonly string[], want: string): Verdict[] {
  if (read.kind === 'absent') return [];
  if (read.kind === 'unknown') return [undecided(place, read.why, want)];
  return graph.find(read.value, ...types)
    ? [pass(place)]
    : [undecided(place, `${shown(read.value)} is not in the template`, want)];
}

/** Where each kind of holder names the key that encrypts it. */
export function keyOf(holder: Resource): Value {
  switch (holder.type) {
    case BUCKET:
      return firstRule(holder).at('ServerSideEncryptionByDefault.KMSMasterKeyID');
    case CLUSTER:
      return holder.at('EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId');
    case SECRET:
      return holder.at('KmsKeyId');
    case 'AWS::SQS::Queue':
      return holder.at('KmsMasterKeyId');
    default:
      return holder.at('SSESpecification.KMSMasterKeyId');
  }
}

const firstRule = (bucket: Resource): Value => {
  const rules = bucket.at('BucketEncryption.ServerSideEncryptionConfiguration');
  const list = rules.list();
  return (list.kind === 'known' ? list.value[0] : undefined) ?? rules;
};

/** Whatever holds events, or their memory. */
const HOLDERS = [CLUSTER, SERVERLESS_CLUSTER, TOPIC, BUCKET, ...TABLES];

function isHolder(graph: Graph, resource: Resource): boolean {
  if (resource.type === BUCKET) return isEventBucket(graph, resource);
  return TABLES.some((type) => type === resource.type) ? isIdempotencyTable(graph, resource) : true;
}

/**
 * Judges everything that must outlive its stack: what holds events, and its keys. Network and configuration of a cluster
 * that stays need no policy: AWS refuses to delete them while it uses them (docs/decisions).
 */
export const forEachHolding = (judge: Judge<Resource>): Subjects =>
  together(
    forEach(HOLDERS, (resource, graph) => (isHolder(graph, resource) ? judge(resource, graph) : [])),
    forEach('AWS::KMS::Key', (key, graph) => {
      const encrypts = (holder: Resource) => graph.means(keyOf(holder).text(), key) && isHolder(graph, holder);
      return graph.ofType(...HOLDERS).some(encrypts) ? judge(key, graph) : [];
    }),
  );

export const KEPT = ['Retain', 'RetainExceptOnCreate'];

/** The texts of a list; none where the list is unknown. */
export function texts(value: Value): Read<string>[] {
  const list = value.list();
  if (list.kind === 'unknown') return [unknown(list.why)];
  return list.kind === 'absent' ? [ABSENT] : list.value.map((item) => item.text());
}
