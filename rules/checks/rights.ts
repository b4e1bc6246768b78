import { accessOf, KEY, type Access } from '../reading/access';
import { through, type Facts } from '../reading/facts';
import type { Graph, Resource } from '../reading/graph';
import { BUCKET, keyOf, TABLES } from './holdings';
import { fail, pass, undecided, type Place, type Verdict } from './rule';
import { most, type Match } from '../reading/matching';
import { atom, isOpaque, shown, split, splitLater, joinLater, symbol, isKnown } from '../reading/symbols';
import { known, map, then, type Read, type Value } from '../reading/value';
import { objectPart } from '../../lambdas/runtime/contract';

/**
 * An action, or several of which one is enough; the resource it is needed on, or several texts by which one may be
 * meant; and what is known of the request.
 */
export type Need = readonly [action: string | readonly string[], on: Read<string | readonly string[]>, facts?: Facts];

/** Holds what a function's role may do against what it needs. */
export const judgeRights = (graph: Graph, place: Place, handler: Resource, needs: readonly Need[]): Verdict =>
  judgeAccess(accessOf(graph, handler), place, needs);

export function judgeAccess(access: Access, place: Place, needs: readonly Need[]): Verdict {
  const answers = needs.map((need) => answer(access, need));
  const want = 'a role that may do what it is there for';
  const refused = answers.filter(({ match }) => match === 'no').map(({ text }) => text);
  if (refused.length > 0) return fail(place, `a role without ${refused.join(', ')}`, want);
  const open = answers.filter(({ match }) => match === 'maybe').map(({ text }) => text);
  return open.length > 0 ? undecided(place, `rights known only at deploy: ${open.join(', ')}`, want) : pass(place);
}

function answer(access: Access, [action, on, facts]: Need): { text: string; match: Match } {
  const actions = typeof action === 'string' ? [action] : action;
  const text = actions.join(' or ');
  if (on.kind !== 'known') return { text, match: 'maybe' };
  const resources = typeof on.value === 'string' ? [on.value] : on.value;
  const match = most(actions.flatMap((each) => resources.map((resource) => access.may(each, resource, facts))));
  return { text: `${text} on ${shown(resources[0] ?? '')}`, match };
}

// ── Buckets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const bucketArn = (name: string): string => (name.startsWith('arn:') ? name : `arn:aws:s3:::${name}`);

/** The runtime says of every object that it is to be a new one; whoever else writes does not. */
const OF_OURS: Facts = { 's3:if-none-match': '*' };

/**
 * What writing into a bucket takes, its key included.
 *
 * @param name - the bucket's name or ARN
 * @param ours - the function itself writes, by the runtime; else Lambda, by the function's role
 * @param folder - the objects lie below it
 */
export function writeNeeds(graph: Graph, name: Read<string>, ours: boolean, folder = ''): Need[] {
  const objects = map(name, (text) => `${bucketArn(text)}/${folder}${symbol('any object')}`);
  return [['s3:PutObject', objects, ours ? OF_OURS : {}], ...bucketKeyNeeds(graph, name, 'kms:GenerateDataKey')];
}

/** What it takes to empty a bucket. */
export function sweepNeeds(graph: Graph, name: Read<string>): Need[] {
  const objects = map(name, (text) => `${bucketArn(text)}/${symbol('any object')}`);
  return [
    ['s3:ListBucket', map(name, bucketArn)],
    ['s3:GetObject', objects],
    ['s3:DeleteObject', objects],
    ...bucketKeyNeeds(graph, name, 'kms:Decrypt'),
  ];
}

function bucketKeyNeeds(graph: Graph, name: Read<string>, action: string): Need[] {
  const bucket = name.kind === 'known' ? graph.find(name.value, BUCKET) : undefined;
  return bucket ? keyNeeds(graph, keyOf(bucket), action, 's3') : [];
}

/**
 * A part of an object's name, as `objectPart` of the contract and the constructs write it: of what is known only at
 * deploy, the two characters of an ARN that no name holds.
 */
export function folderOf(text: string): string {
  if (isKnown(text)) return objectPart(text);
  const replaced = (whole: string, separator: string, by: string): string =>
    split(separator, whole)?.join(by) ?? joinLater(by, splitLater(separator, whole));
  return replaced(replaced(text, ':', '!003a'), '/', '!002f');
}

/** The folder of folders of these names, with its slash; empty, for the whole bucket, where one of them is not seen. `-` stays. */
export function folderBelow(names: readonly Read<string>[]): string {
  const folders = names.map((name) => then(name, (text) => known(text === '-' ? text : folderOf(text))));
  return folders.every((each) => each.kind === 'known')
    ? `${folders.map((each) => (each.kind === 'known' ? each.value : '')).join('/')}/`
    : '';
}

// ── Networks, tables, keys ────────────────────────────────────────────────────────────────────────────────────────────

const INTERFACES = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DeleteNetworkInterface'];

/** What it takes to stand in a network, and to see more of it. Who describes cannot be bound to one resource. */
export const networkNeeds = (more: readonly string[] = []): Need[] =>
  [...INTERFACES, ...more].map((action) => [
    `ec2:${action}`,
    known(action.startsWith('Describe') ? '*' : `${here('ec2')}:network-interface/${atom('network interface')}`),
  ]);

const REMEMBER = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'];

/** What the runtime does with its idempotency table. */
export function tableNeeds(graph: Graph, name: Read<string>): Need[] {
  const table = name.kind === 'known' ? graph.find(name.value, ...TABLES) : undefined;
  const arn = map(name, (text) => (table ? graph.arnOf(table) : tableArn(text)));
  return [
    ...REMEMBER.map((action): Need => [`dynamodb:${action}`, arn]),
    ...(table ? keyNeeds(graph, keyOf(table), 'kms:Decrypt', 'dynamodb') : []),
  ];
}

const here = (service: string): string => `arn:aws:${service}:${atom('AWS::Region')}:${atom('AWS::AccountId')}`;
const tableArn = (name: string): string => (name.startsWith('arn:') ? name : `${here('dynamodb')}:table/${name}`);

/** A key of somebody's own wants a right of its own; one of AWS's does not. */
export function keyNeeds(graph: Graph, key: Value, action: string, service: string): Need[] {
  const text = key.text();
  const need = (on: Read<string>): Need[] => [[action, on, through(service)]];
  if (text.kind === 'absent') return [];
  if (text.kind === 'unknown') return need(text);
  const alias = graph.find(text.value, 'AWS::KMS::Alias');
  if (alias) return keyNeeds(graph, alias.at('TargetKeyId'), action, service);
  const own = graph.find(text.value, KEY);
  if (own) return need(known(graph.arnOf(own)));
  const named = /(?:^|:)alias\/(.*)$/s.exec(text.value)?.[1];
  if (named?.startsWith('aws/')) return [];
  // Rights are given on a key, never on one of its names.
  if (named !== undefined) return need(known(`${here('kms')}:key/${symbol(`the key of alias ${named}`)}`));
  const isArn = text.value.startsWith('arn:') || isOpaque(text.value);
  return need(known(isArn ? text.value : `${here('kms')}:key/${text.value}`));
}
