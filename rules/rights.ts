import { accessOf } from './access';
import type { Graph, Resource } from './graph';
import { BUCKET, keyOf } from './holdings';
import { fail, pass, undecided, type Place, type Verdict } from './rule';
import { shown, symbol } from './symbols';
import { known, map, type Read } from './value';

/** An action and the resource it is needed on. */
export type Need = readonly [action: string, on: Read<string>];

/** Holds what a function's role may do against what it needs. */
export function judgeRights(graph: Graph, place: Place, handler: Resource, needs: readonly Need[]): Verdict {
  const access = accessOf(graph, handler);
  const answers = needs.map(([action, on]) => {
    if (on.kind === 'absent') return { text: action, match: 'maybe' as const };
    const resource = on.kind === 'known' ? on.value : '';
    const match = on.kind === 'known' ? access.may(action, resource) : 'maybe';
    return { text: on.kind === 'known' ? `${action} on ${shown(resource)}` : action, match };
  });
  const want = 'a role that may do what it is there for';
  const refused = answers.filter(({ match }) => match === 'no').map(({ text }) => text);
  if (refused.length > 0) return fail(place, `a role without ${refused.join(', ')}`, want);
  const open = answers.filter(({ match }) => match === 'maybe').map(({ text }) => text);
  return open.length > 0 ? undecided(place, `rights known only at deploy: ${open.join(', ')}`, want) : pass(place);
}

/** What writing into a bucket takes, its key included; `name` is the bucket's name or ARN. */
export function writeNeeds(graph: Graph, name: Read<string>): Need[] {
  const bucket = name.kind === 'known' ? graph.find(name.value, BUCKET) : undefined;
  const objects = map(name, (text) => `${bucketArn(text)}/${symbol('any object')}`);
  return [['s3:PutObject', objects], ...(bucket ? keyNeeds(graph, keyOf(bucket).text()) : [])];
}

export const bucketArn = (name: string): string => (name.startsWith('arn:') ? name : `arn:aws:s3:::${name}`);

/** A key of the template wants a right of its own; one of AWS's does not. */
function keyNeeds(graph: Graph, key: Read<string>): Need[] {
  if (key.kind === 'absent') return [];
  const found = key.kind === 'known' ? graph.find(key.value, 'AWS::KMS::Key') : undefined;
  const arn = found ? graph.arnOf(found) : undefined;
  return arn === undefined ? [] : [['kms:GenerateDataKey', known(arn)]];
}
