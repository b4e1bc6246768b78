import {
  AMENDS_HEADER,
  CE_ID,
  CE_SOURCE,
  REDRIVE_HEADER,
  type AmendRefusal,
  type AmendRequest,
  type Amendment,
  type DeadLetter,
} from '../contract';
import { messageOf, storedMessage } from '../dead-letters/letter';
import { hashOf } from '../event/event';
import type { KafkaHeader } from '../event/message';
import { deliveryOf } from '../idempotency/delivery';
import { clipped } from '../watching/clipped';
import type { LetterOf, LetterRecord } from './letter-to-send';

/** What a person changes of a letter's event; what is left out stays as it is. */
export type Correction = Pick<AmendRequest['amend'], 'value' | 'key' | 'headers'>;

type Unfit = { readonly kind: 'refused'; readonly reason: AmendRefusal; readonly detail: string };

export const isCorrection = ({ value, key, headers = [] }: Correction): boolean =>
  value !== undefined || key !== undefined || headers.length > 0;

/** Most characters of the old id in the new one. */
const SHOWN = 200;
/** What tells the corrections of one event apart. */
const MARK = '.amended-';

/**
 * The corrected event. Its id follows from what it is made of: the same correction of the same event has the same id, whoever makes
 * it, and whichever group has parked it.
 */
export function amendedMessage(
  letter: DeadLetter,
  record: Pick<LetterRecord, 'content' | 'isForeign'>,
  correction: Correction,
  of: LetterOf,
): Amendment | Unfit {
  if (letter.raw !== undefined && correction.value === undefined) {
    return unfit('undecodable', 'its record could not be read, so that nobody knows its value; give --value, and --key and --header for what `show` prints of them'); // prettier-ignore
  }
  // Under an id of its own the same content is another event, where its id was what was wrong.
  if (!isCorrection(correction) && letter.reason !== 'id-conflict') {
    return unfit('unchanged', 'got nothing that changes, want a corrected event; give --value, --key or --header, or use `dead-letters redrive`'); // prettier-ignore
  }
  const key = correction.key === undefined ? letter.key : correction.key;
  const value = correction.value === undefined ? letter.value : correction.value;
  const others = headersOf(letter, record, correction);
  const parts = [letter.source, letter.id, record.content, key, value, JSON.stringify(storedHeaders(others))];
  const id = `${clipped(letter.id, SHOWN)}${MARK}${hashOf(...parts).slice(0, 16)}`;
  const headers = storedHeaders([...others, textHeader(CE_ID, id), textHeader(AMENDS_HEADER, letter.id)]);
  const amended: Amendment = { version: 1, id, key, value, headers };
  const { event, isForeign, undecodable } = deliveryOf({ ...letter, ...messageOf(amended) }, of);
  if (isForeign || event.id !== id || undecodable !== undefined) {
    return unfit('other-id', 'the corrected record would not be known by its new id: its value, or its headers, say another (as structured events do); give it in binary mode, with --value and --header content-type=application/json'); // prettier-ignore
  }
  return amended;
}

const unfit = (reason: AmendRefusal, detail: string): Unfit => ({ kind: 'refused', reason, detail });

/** In the place of the old id, and of what a redrive or an earlier correction wrote, comes what is new. */
const REPLACED: ReadonlySet<string> = new Set([CE_ID, REDRIVE_HEADER, AMENDS_HEADER]);

function headersOf(
  letter: DeadLetter,
  { isForeign }: Pick<LetterRecord, 'isForeign'>,
  { headers: given = [] }: Correction,
): KafkaHeader[] {
  const replaced = new Set([...REPLACED, ...given.map(([name]) => name.toLowerCase())]);
  // The source of a record without an id is its topic, whatever `ce_source` says.
  const source = isForeign && letter.source !== '' && !replaced.has(CE_SOURCE) ? [textHeader(CE_SOURCE, letter.source)] : []; // prettier-ignore
  if (source.length > 0) replaced.add(CE_SOURCE);
  const kept = messageOf({ ...letter, raw: undefined }).headers.filter(([name]) => !replaced.has(name.toLowerCase()));
  const added = given.flatMap(([name, value]) => (value === null ? [] : [[name, Buffer.from(value, 'base64')] as const])); // prettier-ignore
  return [...kept, ...source, ...added];
}

const textHeader = (name: string, text: string): KafkaHeader => [name, Buffer.from(text)];
const storedHeaders = (headers: readonly KafkaHeader[]) => storedMessage({ key: null, value: null, headers }).headers;
