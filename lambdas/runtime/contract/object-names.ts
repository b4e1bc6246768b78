/** ARNs hold `:` and `/`; in an object's name every part is one folder, of characters S3 calls safe. */
export const objectPart = (text: string): string =>
  text.replace(/[^A-Za-z0-9._=-]/g, (char) => `!${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What `objectPart` made a folder of. */
export const fromObjectPart = (part: string): string =>
  part.replace(/!([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** `<cluster>/<group>/<topic>/<partition>/<offset>-<hash>`: lists in log order. */
export function parkedObject(at: {
  cluster: string;
  group: string;
  topic: string;
  partition: number;
  offset: number;
  hash: string;
}): string {
  const folder = parkedFolder(at.cluster, at.group, at.topic);
  return `${folder}${padded(at.partition, 6)}/${padded(at.offset, 19)}-${at.hash}`;
}

/** `<cluster>/-/<topic>/-/<time>-<hash>`: events that never reached the topic; here the object decides. */
export function unsentObject(at: { cluster: string; topic: string; atMs: number; hash: string }): string {
  return `${parkedFolder(at.cluster, '-', at.topic)}-/${padded(at.atMs, 15)}-${at.hash}`;
}

export interface LetterPlace {
  readonly cluster: string;
  /** `-` for what never reached the topic. */
  readonly group: string;
  readonly topic: string;
  /** −1 for what never reached the topic. */
  readonly partition: number;
}

/** Where the event of a dead letter was parked, by the letter's name; undefined for an object of another name. */
export function letterPlace(name: string): LetterPlace | undefined {
  const [, cluster, group, topic, partition] =
    /^([^/]+)\/([^/]+)\/([^/]+)\/(\d{6,}|-)\/\d{15,}-[0-9a-f]{64}$/.exec(name) ?? [];
  if (cluster === undefined || group === undefined || topic === undefined || partition === undefined) return undefined;
  if ((group === '-') !== (partition === '-')) return undefined;
  return {
    ...{ cluster: fromObjectPart(cluster), group: fromObjectPart(group), topic: fromObjectPart(topic) },
    partition: partition === '-' ? -1 : Number(partition),
  };
}

export const parkedFolder = (cluster: string, group: string, topic: string): string =>
  `${objectPart(cluster)}/${group === '-' ? '-' : objectPart(group)}/${objectPart(topic)}/`;

/** Where it is kept how people ended parked events: no letters. */
export const ENDS = 'ended/';

/** `ended/<name of the letter>`: how its event was ended. */
export const letterEnd = (letter: string): string => `${ENDS}${letter}`;

/** Where corrected events lie until they are published: no letters. */
export const AMENDMENTS = 'amendments/';

/** `amendments/<name of the letter>/<id>`: one correction of it; `id` is of characters S3 calls safe. */
export const amendment = (letter: string, id: string): string => `${AMENDMENTS}${letter}/${id}`;

/** `<cluster>/<topic>/<time>-<unique>`: oldest first in a listing. */
export const spillObject = (at: { cluster: string; topic: string; atMs: number; unique: string }): string =>
  `${spillFolder(at.cluster, at.topic)}${padded(at.atMs, 15)}-${at.unique}`;

export const spillFolder = (cluster: string, topic: string): string => `${objectPart(cluster)}/${objectPart(topic)}/`;

/** Where the leases of replaying workers lie, in the spill store's bucket: no spilled events. */
export const LEASES = 'leases/';

/** `leases/<cluster>/<topic>/<number>`: the right to be the only worker of a topic's spilled events. */
export const leaseFolder = (cluster: string, topic: string): string => `${LEASES}${spillFolder(cluster, topic)}`;
