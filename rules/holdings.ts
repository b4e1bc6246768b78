import { CONSUMER_VARIABLE, PRODUCER_VARIABLE, REPLAY_VARIABLE, UNPACK_VARIABLE } from '../lambdas/runtime/contract';
import { partsOf } from './environment';
import { perGraph, type Graph, type Resource } from './graph';
import { CLUSTER, SERVERLESS_CLUSTER, TOPIC } from './kafka';
import { destinationKind, mappingsOf } from './mappings';
import type { Place } from './rule';
import { shown } from './symbols';
import { ABSENT, unknown, type Read, type Value } from './value';

/** Whatever holds events, or the memory of them, and what is needed to read it again. */

export const BUCKET = 'AWS::S3::Bucket';
export const TABLES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'] as const;

/** Something that is used: the resource where it is in the template, else where it is named and why it cannot be seen. */
export type Use = { readonly resource: Resource } | { readonly place: Place; readonly why: string };

/** Buckets for dead letters, spilled events and what a mapping gives up. */
export const eventBuckets = perGraph((graph): readonly Use[] => {
  const fields = [
    [PRODUCER_VARIABLE, ['spill', 'deadLetters']],
    [CONSUMER_VARIABLE, ['deadLetters']],
    [REPLAY_VARIABLE, ['spill', 'deadLetters']],
    [UNPACK_VARIABLE, ['onFailure', 'deadLetters']],
  ] as const;
  const named = fields.flatMap(([prefix, names]) => namedIn(graph, prefix, names, [BUCKET]));
  const destinations = mappingsOf(graph)
    .filter((mapping) => destinationIsBucket(mapping))
    .map(({ resource, destination }) => useOf(graph, { resource, property: DESTINATION }, destination, [BUCKET]));
  return once([...named, ...destinations]);
});

const DESTINATION = 'DestinationConfig.OnFailure.Destination';

function destinationIsBucket(mapping: Parameters<typeof destinationKind>[0]): boolean {
  const kind = destinationKind(mapping);
  return kind.kind === 'known' ? kind.value === 's3' : kind.kind === 'unknown';
}

export const idempotencyTables = (graph: Graph): Use[] =>
  once([CONSUMER_VARIABLE, UNPACK_VARIABLE].flatMap((prefix) => namedIn(graph, prefix, ['table'], TABLES)));

function namedIn(graph: Graph, prefix: string, names: readonly string[], types: readonly string[]): Use[] {
  return partsOf(graph, prefix).flatMap(({ handler, property, fields }) =>
    names
      .map((name) => ({ name, read: fields.at(name).text() }))
      .filter(({ read }) => read.kind !== 'absent')
      .map(({ name, read }) => useOf(graph, { resource: handler, property: `${property}.${name}` }, read, types)),
  );
}

function useOf(graph: Graph, place: Place, read: Read<string>, types: readonly string[]): Use {
  const found = read.kind === 'known' ? graph.find(read.value, ...types) : undefined;
  if (found) return { resource: found };
  const why =
    read.kind === 'known' ? `${shown(read.value)} is not in the template` : read.kind === 'unknown' ? read.why : '';
  return { place, why };
}

/** Each resource once. */
function once(uses: readonly Use[]): Use[] {
  const seen = new Set<Resource>();
  return uses.filter((use) => {
    if (!('resource' in use)) return true;
    const first = !seen.has(use.resource);
    seen.add(use.resource);
    return first;
  });
}

export const inTemplate = (uses: readonly Use[]): Resource[] =>
  uses.flatMap((use) => ('resource' in use ? [use.resource] : []));

/** Where each kind of holder names the key that encrypts it. */
export function keyOf(holder: Resource): Value {
  switch (holder.type) {
    case BUCKET:
      return firstRule(holder).at('ServerSideEncryptionByDefault.KMSMasterKeyID');
    case CLUSTER:
      return holder.at('EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId');
    default:
      return holder.at('SSESpecification.KMSMasterKeyId');
  }
}

const firstRule = (bucket: Resource): Value => {
  const rules = bucket.at('BucketEncryption.ServerSideEncryptionConfiguration');
  const list = rules.list();
  return (list.kind === 'known' ? list.value[0] : undefined) ?? rules;
};

/** What `holdings` may be of. */
export const HOLDING_TYPES = [CLUSTER, SERVERLESS_CLUSTER, TOPIC, BUCKET, ...TABLES, 'AWS::KMS::Key'];

/**
 * Everything that must outlive its stack: what holds events, and its keys. Network and configuration of a cluster that
 * stays need no policy: AWS refuses to delete them while it uses them (docs/decisions).
 */
export function holdings(graph: Graph): Resource[] {
  const holders = [
    ...[CLUSTER, SERVERLESS_CLUSTER].flatMap((type) => graph.ofType(type)),
    ...graph.ofType(TOPIC),
    ...inTemplate(eventBuckets(graph)),
    ...inTemplate(idempotencyTables(graph)),
  ];
  const keys = holders.flatMap((holder) => found(graph, keyOf(holder).text(), 'AWS::KMS::Key'));
  return [...new Set([...holders, ...keys])];
}

export const KEPT = ['Retain', 'RetainExceptOnCreate'];

/** The texts of a list; none where the list is unknown. */
export function texts(value: Value): Read<string>[] {
  const list = value.list();
  if (list.kind === 'unknown') return [unknown(list.why)];
  return list.kind === 'absent' ? [ABSENT] : list.value.map((item) => item.text());
}

function found(graph: Graph, text: Read<string>, type: string): Resource[] {
  const resource = text.kind === 'known' ? graph.find(text.value, type) : undefined;
  return resource ? [resource] : [];
}
