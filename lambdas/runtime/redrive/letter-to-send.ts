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
export interface LetterToSend {
  readonly object: string;
  readonly letter: DeadLetter;
  readonly message: KafkaMessage;
  /** Key of its record in the idempotency table. */
  readonly key: string;
  /** Key of the event whose id it shares; given for an `id-conflict` alone. */
  readonly rival?: string;
  readonly content: string;
  /** The number of the redrive that its own record says it comes from. */
  readonly bears: number;
  /** The record brought no id of its own. */
  readonly isForeign: boolean;
  /** Those of one have an order; undefined: it has no key. */
  readonly orderedBy?: string;
}

export type ReadLetter =
  ({ readonly kind: 'to send' } & LetterToSend) | Extract<LetterFate, { readonly kind: 'refused' }>;

export interface LetterOf extends Pick<RedriveRequest['redrive'], 'topic' | 'group'> {
  readonly cluster: string;
}

const refused = (reason: RedriveRefusal, detail: string): ReadLetter => ({ kind: 'refused', reason, detail });

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
  const owner = (['cluster', 'topic', 'group'] as const).find((part) => letter[part] !== of[part]);
  if (owner !== undefined) {
    return refused('foreign', `got a letter of the ${owner} ${letter[owner]}, want one of ${of[owner]}; send it by the function and group it belongs to`); // prettier-ignore
  }
  if (deadLetterName(letter) !== object) {
    return refused('not-a-letter', 'got content that belongs to another name, want it as the runtime put it; look at the object by hand'); // prettier-ignore
  }
  if (letter.raw !== undefined) {
    return refused('undecodable', 'its record could not be read, so that nobody can send it as it was; read it from `raw`, and publish the event anew'); // prettier-ignore
  }
  return known(object, letter, messageOf(letter), of);
}

function known(object: string, letter: DeadLetter, message: KafkaMessage, of: LetterOf): ReadLetter {
  const orderedBy = message.key === null ? undefined : hashOf(message.key).slice(0, 32);
  const delivery = deliveryOf({ ...letter, ...message }, of);
  const { content, isForeign, generation: bears } = delivery;
  // Which id a foreign record was given only the letter knows: the consumer's own code may have told it.
  const own = isForeign ? hashOf(of.cluster, of.group, letter.source, letter.id) : delivery.key;
  const isConflict = letter.reason === 'id-conflict';
  const key = isConflict ? conflictKeyOf({ ...delivery, key: own }) : own;
  const rival = isConflict ? own : undefined;
  const found = { object, letter, message, key, rival, content, bears, isForeign, orderedBy };
  const copy = deliveryOf({ ...letter, ...copyOf(found, 1) }, of);
  if (of.group !== NO_GROUP && (copy.key !== own || copy.content !== content)) {
    return refused('other-id', 'sent again its record would be known as another event, as its headers contradict each other; publish the event anew'); // prettier-ignore
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
