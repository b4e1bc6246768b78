import {
  AGAIN_BACK_MS,
  CE_ID,
  MOST_OBJECTS,
  MOST_REDRIVES,
  RESERVED_PREFIX,
  type AgainRequest,
  type AmendRequest,
  type RedriveRequest,
} from '../contract';
import { LosslessError } from '../contract/errors';
import { isObject, shapeOf } from '../event/wire';
import { NO_GROUP } from './letter-to-send';

/** Whether the function was invoked to send dead letters, and by no schedule. */
export const isRedriveRequest = (event: unknown): boolean => isObject(event) && 'redrive' in event;

/** Whether it was invoked to look at what a topic holds. */
export const isAgainRequest = (event: unknown): boolean => isObject(event) && 'again' in event;

/** The request as it may be carried out. @throws LosslessError INVALID_ARGUMENT, before anything is done */
export function redriveRequest(event: unknown): Required<RedriveRequest['redrive']> {
  const given = isObject(event) ? event['redrive'] : undefined;
  if (!isObject(given)) throw invalid('redrive', shapeOf(given), 'an object');
  const { topic, group, table = '', objects, maxRedrives, behind = [] } = given;
  if (!isText(topic)) throw invalid('redrive.topic', shapeOf(topic), 'the name of the topic');
  if (!isText(group)) throw invalid('redrive.group', shapeOf(group), `the consumer group, or '${NO_GROUP}'`);
  if (group === NO_GROUP ? table !== '' : !isText(table)) {
    throw invalid('redrive.table', shapeOf(table), group === NO_GROUP ? `none for the group '${NO_GROUP}'` : 'the idempotency table of the group'); // prettier-ignore
  }
  if (!isTexts(objects) || objects.length < 1 || objects.length > MOST_OBJECTS) {
    throw invalid('redrive.objects', shapeOf(objects), `1 to ${MOST_OBJECTS} names of dead letters`);
  }
  if (!Number.isSafeInteger(maxRedrives) || Number(maxRedrives) < 1 || Number(maxRedrives) > MOST_REDRIVES) {
    throw invalid('redrive.maxRedrives', String(maxRedrives), `a whole number from 1 to ${MOST_REDRIVES}`);
  }
  if (!isTexts(behind)) throw invalid('redrive.behind', shapeOf(behind), 'a list of texts');
  return { topic, group, table: table as string, objects, maxRedrives: maxRedrives as number, behind };
}

const SMALLEST = { partition: 0, from: 0, to: 0, before: 0, most: 1, maxRedrives: 1 } as const;
const EVENT_IDS = ['cloudevents', 'header', 'handler', 'coordinates'];

/** The same of a request to send again what a topic holds. @throws LosslessError INVALID_ARGUMENT, before anything is done */
export function againRequest(event: unknown, nowMs: number): AgainRequest['again'] {
  const given = isObject(event) ? event['again'] : undefined;
  if (!isObject(given)) throw invalid('again', shapeOf(given), 'an object');
  for (const name of ['topic', 'group', 'table']) {
    if (!isText(given[name])) throw invalid(`again.${name}`, shapeOf(given[name]), 'a text');
  }
  if (given['group'] === NO_GROUP) throw invalid('again.group', NO_GROUP, 'a consumer group: what never reached its topic is not there');
  for (const [name, least] of Object.entries(SMALLEST)) {
    const value = given[name];
    if (!Number.isSafeInteger(value) || Number(value) < least) throw invalid(`again.${name}`, String(value), `a whole number from ${least}`);
  }
  const { from, to, before, most, maxRedrives, eventIds, behind = [] } = given as unknown as AgainRequest['again'];
  if (to < from) throw invalid('again.to', String(to), `an offset from ${from} on`);
  if (most > MOST_OBJECTS) throw invalid('again.most', String(most), `at most ${MOST_OBJECTS}`);
  if (maxRedrives > MOST_REDRIVES) throw invalid('again.maxRedrives', String(maxRedrives), `at most ${MOST_REDRIVES}`);
  if (before > nowMs - AGAIN_BACK_MS) throw invalid('again.before', new Date(before).toISOString(), 'a time ten minutes ago or earlier');
  if (eventIds !== undefined && (!isObject(eventIds) || !EVENT_IDS.includes(String(eventIds.kind)))) {
    throw invalid('again.eventIds', shapeOf(eventIds), `one of ${EVENT_IDS.join(', ')}`);
  }
  if (!isTexts(behind)) throw invalid('again.behind', shapeOf(behind), 'a list of texts');
  return given as unknown as AgainRequest['again'];
} // prettier-ignore

/** A request to amend that was checked. `table`: empty for the group `-`, which has none. */
export type CheckedAmend = AmendRequest['amend'] & { readonly table: string };

/** The same of a request to amend. @throws LosslessError INVALID_ARGUMENT, before anything is done */
export function amendRequest(event: unknown): CheckedAmend {
  const given = isObject(event) ? event['amend'] : undefined;
  if (!isObject(given)) throw invalid('amend', shapeOf(given), 'an object', 'amend');
  for (const name of ['topic', 'group', 'object', 'by']) {
    if (!isText(given[name])) throw invalid(`amend.${name}`, shapeOf(given[name]), 'a text', 'amend');
  }
  const { group, table = '', value, key, headers = [] } = given;
  if (group === NO_GROUP ? table !== '' : !isText(table)) {
    throw invalid('amend.table', shapeOf(table), group === NO_GROUP ? `none for the group '${NO_GROUP}'` : 'the idempotency table of the group', 'amend'); // prettier-ignore
  }
  for (const [name, bytes] of [['value', value], ['key', key]] as const) {
    if (bytes !== undefined && !isBytes(bytes)) throw invalid(`amend.${name}`, shapeOf(bytes), 'base64, or null', 'amend');
  }
  const wrong = (each: unknown) => !Array.isArray(each) || each.length !== 2 || !isText(each[0]) || !isBytes(each[1]) || isOurs(each[0]);
  if (!Array.isArray(headers) || headers.some(wrong)) {
    throw invalid('amend.headers', shapeOf(headers), `pairs of a name and base64 or null; ${CE_ID} follows from the correction, and ${RESERVED_PREFIX} is ours`, 'amend');
  }
  return { ...(given as unknown as AmendRequest['amend']), table: table as string };
} // prettier-ignore

const isBytes = (value: unknown): value is string | null =>
  value === null || (typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value);
const isOurs = (name: string): boolean =>
  name.toLowerCase() === CE_ID || name.toLowerCase().startsWith(RESERVED_PREFIX);

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const invalid = (where: string, got: string, want: string, command = 'redrive'): LosslessError =>
  new LosslessError('INVALID_ARGUMENT', `${where}: got ${got.slice(0, 80)}, want ${want}; let the command \`cdk-lossless-kafka dead-letters ${command}\` invoke this function`); // prettier-ignore
