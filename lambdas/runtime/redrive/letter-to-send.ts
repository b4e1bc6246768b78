import {
  CE_ID,
  CE_SOURCE,
  REDRIVE_HEADER,
  type DeadLetter,
  type LetterFate,
  type RedriveRefusal,
  type RedriveRequest,
} from '../contract';
import { deadLetterName, messageOf, parseDeadLetter } from '../dead-letters/letter';
import { hashOf } from '../event/event';
import type { KafkaHeader, KafkaMessage } from '../event/message';
import { conflictKeyOf, deliveryOf } from '../idempotency/delivery';
import { inWords } from '../time/within';

/** Group of letters of what never reached the topic. */
export const NO_GROUP = '-';

/** A dead letter that can be sent, and by what its event is known. */
export interface LetterToSend extends LetterRecord {
  readonly object: string;
  readonly letter: DeadLetter;
  readonly message: KafkaMessage;
  /** Those of one have an order; undefined: it has no key. */
  readonly orderedBy?: string;
}

export type ReadLetter =
  ({ readonly kind: 'to send' } & LetterToSend) | Extract<LetterFate, { readonly kind: 'refused' }>;

export interface LetterOf extends Pick<RedriveRequest['redrive'], 'topic' | 'group'> {
  readonly cluster: string;
}

interface Refused<Reason extends RedriveRefusal> {
  readonly kind: 'refused';
  readonly reason: Reason;
  readonly detail: string;
}
/** An object that is no letter of whoever asks. */
export type Stranger = Refused<'not-a-letter' | 'foreign'>;

const refused = <Reason extends RedriveRefusal>(reason: Reason, detail: string): Refused<Reason> => ({
  kind: 'refused',
  reason,
  detail,
});

/** Reads an object of the dead letters' bucket. Never throws: what cannot be sent says why, and what to do. */
export function letterToSend(object: string, text: string, of: LetterOf): ReadLetter {
  let letter: DeadLetter;
  try {
    letter = parseDeadLetter(text, object);
  } catch (error) {
    return refused('not-a-letter', inWords(error));
  }
  return sendable(object, letter, of);
}

/** The same of a letter that is read. */
export function sendable(object: string, letter: DeadLetter, of: LetterOf): ReadLetter {
  const stranger = strange(object, letter, of);
  if (stranger !== undefined) return stranger;
  if (letter.raw !== undefined) {
    return refused('undecodable', 'its record could not be read, so that nobody can send it as it was; read it from `raw`, and correct it with `dead-letters amend`'); // prettier-ignore
  }
  return known(object, letter, messageOf(letter), of);
}

/** A letter, also one that cannot be sent, and by what the table knows its event. Never throws. */
export function ownLetter(
  object: string,
  text: string,
  of: LetterOf,
): { readonly letter: DeadLetter; readonly record: LetterRecord } | Stranger {
  try {
    const letter = parseDeadLetter(text, object);
    return strange(object, letter, of) ?? { letter, record: recordOf(letter, of) };
  } catch (error) {
    return refused('not-a-letter', inWords(error));
  }
}

/** What belongs to others, or under another name. */
function strange(object: string, letter: DeadLetter, of: LetterOf): Stranger | undefined {
  const owner = (['cluster', 'topic', 'group'] as const).find((part) => letter[part] !== of[part]);
  if (owner !== undefined) {
    return refused('foreign', `got a letter of the ${owner} ${letter[owner]}, want one of ${of[owner]}; send it by the function and group it belongs to`); // prettier-ignore
  }
  if (deadLetterName(letter) !== object) {
    return refused('not-a-letter', 'got content that belongs to another name, want it as the runtime put it; look at the object by hand'); // prettier-ignore
  }
  return undefined;
}

/** By what the table knows the event of a letter. */
export interface LetterRecord {
  /** Key of its record in the idempotency table. */
  readonly key: string;
  /** Key of the event whose id it shares; given for an `id-conflict` alone. */
  readonly rival?: string;
  /** Key under which it is parked where its own belongs to other content: a letter may have been put before that was known. */
  readonly conflictKey: string;
  readonly content: string;
  /** The number of the redrive that its own record says it comes from. */
  readonly bears: number;
  /** The record brought no id of its own. */
  readonly isForeign: boolean;
}

/** The same of every letter, also of one that cannot be sent. */
function recordOf(letter: DeadLetter, of: LetterOf): LetterRecord {
  const { raw } = letter;
  const isRecord = letter.group !== NO_GROUP;
  const undecodable = raw !== undefined && isRecord ? { raw, detail: letter.detail } : undefined;
  const delivery = deliveryOf({ ...letter, ...messageOf({ ...letter, raw: undefined }), undecodable }, of);
  const { isForeign, generation: bears } = delivery;
  // What lay in a spill store and was no event is known by its text.
  const content = raw !== undefined && !isRecord ? hashOf(raw) : delivery.content;
  // Which id a foreign record was given only the letter knows: the consumer's own code may have told it.
  const own = isForeign ? hashOf(of.cluster, of.group, letter.source, letter.id) : delivery.key;
  const conflictKey = conflictKeyOf({ ...delivery, key: own });
  const known = { conflictKey, content, bears, isForeign };
  return letter.reason === 'id-conflict' ? { ...known, key: conflictKey, rival: own } : { ...known, key: own };
}

function known(object: string, letter: DeadLetter, message: KafkaMessage, of: LetterOf): ReadLetter {
  const orderedBy = message.key === null ? undefined : hashOf(message.key).slice(0, 32);
  const record = recordOf(letter, of);
  const found = { object, letter, message, ...record, orderedBy };
  const copy = deliveryOf({ ...letter, ...copyOf(found, 1) }, of);
  if (of.group !== NO_GROUP && (copy.key !== (record.rival ?? record.key) || copy.content !== record.content)) {
    return refused('other-id', 'sent again its record would be known as another event, as its headers contradict each other; correct them with `dead-letters amend`'); // prettier-ignore
  }
  return { kind: 'to send', ...found };
}

/**
 * The record that is sent: as it was, under the id it is known by, and with the number of this redrive alone. One of what never
 * reached the topic is sent as it is.
 */
export function copyOf(
  { letter, message, isForeign }: Pick<LetterToSend, 'letter' | 'message' | 'isForeign'>,
  generation: number,
): KafkaMessage {
  if (letter.group === NO_GROUP) return message;
  const header = (name: string, value: string): KafkaHeader => [name, Buffer.from(value)];
  return {
    ...message,
    headers: [
      // What another redrive wrote, or a forger, would speak in the place of this one.
      ...message.headers.filter(([name]) => name !== REDRIVE_HEADER),
      // Of several headers of a name the last counts. Its source is its topic, whatever `ce_source` says.
      ...(isForeign ? [header(CE_ID, letter.id), header(CE_SOURCE, letter.source)] : []),
      header(REDRIVE_HEADER, `${letter.group}:${generation}`),
    ],
  };
}
