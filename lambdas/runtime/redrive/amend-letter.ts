import {
  amendment,
  letterEnd,
  RECORD,
  type AmendFate,
  type AmendRefusal,
  type AmendWait,
  type Amendment,
  type DeadLetter,
  type LetterEnd,
} from '../contract';
import { messageOf } from '../dead-letters/letter';
import { endOf } from '../dead-letters/letter-end';
import { hashOf } from '../event/event';
import type { KafkaMessage } from '../event/message';
import { amendedUpdate } from '../idempotency/ended';
import { stateOfLetter } from '../idempotency/redriven';
import type { KafkaPort } from '../kafka/port';
import type { Pipe } from '../producer/pipe';
import { resent, type Resent } from '../producer/resending';
import { contentBytes, recordBytes, undeliverable } from '../producer/size';
import type { ObjectStore } from '../stores/object-store';
import type { Item, Transactions } from '../stores/tables';
import { triedAgain, updated } from '../stores/tried-again';
import type { Clock } from '../time/clock';
import { inWords } from '../time/within';
import { amendedMessage, isCorrection } from './amended-message';
import { NO_GROUP, ownLetter, type LetterRecord } from './letter-to-send';
import { DUE_AGAIN, isDueAgain } from './mark-again';
import type { CheckedAmend } from './request';
import { CONCLUDE_MS, PIPE_ANSWER_MS, TRY_MS, untaken } from './sending';

/** Milliseconds the table is asked. */
const ASK_MS = 10_000;

export interface AmendDeps {
  readonly store: ObjectStore;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly pipe: Pipe;
  readonly port: KafkaPort;
  readonly deadLetters: string;
  readonly cluster: string;
  /** Milliseconds until the answer is due. */
  readonly leftMs: () => number;
}

type Stays = Extract<AmendFate, { readonly kind: 'refused' | 'waits' }>;

/** The correction takes the event's place. `in`: the letter with which the event ended, of which alone a note is kept. */
interface Named {
  readonly kind: 'named';
  readonly in: string;
}

const refused = (reason: AmendRefusal, detail: string): Stays => ({ kind: 'refused', reason, detail });
const waits = (reason: AmendWait, detail: string): Stays => ({ kind: 'waits', reason, detail });

/**
 * Publishes a corrected event in place of a parked one: the correction is stored, then the table names its id, then it is published, then the
 * letter is deleted. Killed at any point and run again, also without the correction, it goes on with the one that the table names.
 * Never rejects.
 */
export async function amendLetter(request: CheckedAmend, deps: AmendDeps): Promise<AmendFate> {
  try {
    const { object, group } = request;
    const text = await read(object, deps);
    if (text === undefined) return await gone(object, deps);
    const found = ownLetter(object, text, { ...request, cluster: deps.cluster });
    if ('kind' in found) return found;
    const begun = isCorrection(request) ? undefined : await nameBegun(object, group, request.table, found.record, deps);
    const amended = begun === undefined
      ? amendedMessage(found.letter, found.record, request, { ...request, cluster: deps.cluster })
      : await stored(object, begun, deps);
    if ('kind' in amended) return amended;
    return await settle(object, { ...found, amended, request }, deps);
  } catch (error) {
    return waits('unavailable', inWords(error));
  }
} // prettier-ignore

interface Amending {
  readonly letter: DeadLetter;
  readonly record: LetterRecord;
  readonly amended: Amendment;
  readonly request: CheckedAmend;
}

async function settle(object: string, amending: Amending, deps: AmendDeps): Promise<AmendFate> {
  const { amended, request, letter, record } = amending;
  const message = messageOf(amended);
  const unfit = await untakeable(message, request.topic, deps);
  if (unfit !== undefined) return unfit;
  const place = placeOf(object, amended.id);
  // Before anything says so: whoever goes on with it needs no file of the person's.
  await put(place, amended, deps);
  const isUnsent = letter.group === NO_GROUP;
  const end = endOf(object, letter, {
    ...{ kind: 'amended', record: isUnsent ? undefined : record.key, content: record.content },
    ...{ by: request.by, amendedAs: amended.id, atMs: deps.clock.now() },
  });
  const named = isUnsent ? await nameInNote(end, deps) : await nameInTable(object, amending, deps);
  if (named.kind !== 'named') {
    await triedAgain(() => deps.store.delete(deps.deadLetters, place), deps.clock);
    return named;
  }
  if (!isUnsent && named.in === object) await put(letterEnd(object), end, deps);
  const result = await publish(message, deps);
  if (result.kind !== 'acked') return untaken(result);
  const at = { id: amended.id, partition: result.partition, offset: result.offset };
  for (const name of [object, place]) {
    const removed = await triedAgain(() => deps.store.delete(deps.deadLetters, name), deps.clock);
    if ('failed' in removed) return { kind: 'undeleted', ...at, detail: removed.failed };
  }
  return { kind: 'amended', ...at };
}

/** @throws Error where S3 does not answer: whoever asked runs it again */
async function read(name: string, { store, deadLetters, clock }: AmendDeps): Promise<string | undefined> {
  const got = await triedAgain(() => store.get(deadLetters, name), clock);
  if ('failed' in got) throw new Error(got.failed);
  return got.value;
}

async function put(name: string, what: Amendment | LetterEnd, { store, deadLetters, clock }: AmendDeps): Promise<'written' | 'exists'> {
  const done = await triedAgain(() => store.putIfAbsent(deadLetters, name, JSON.stringify(what)), clock);
  if ('failed' in done) throw new Error(done.failed);
  return done.value;
} // prettier-ignore

const placeOf = (object: string, id: string): string => amendment(object, hashOf(id).slice(0, 32));

async function gone(object: string, deps: AmendDeps): Promise<AmendFate> {
  const end = await noteOf(object, deps);
  return { kind: 'gone', ...(end?.amendedAs !== undefined && { id: end.amendedAs }) };
}

async function noteOf(object: string, deps: AmendDeps): Promise<LetterEnd | undefined> {
  const text = await read(letterEnd(object), deps);
  return text === undefined ? undefined : (JSON.parse(text) as LetterEnd);
}

/** Id of the correction that was begun; undefined: none was. */
async function nameBegun(
  object: string,
  group: string,
  table: string,
  { key, conflictKey, content }: LetterRecord,
  deps: AmendDeps,
): Promise<string | undefined> {
  if (group === NO_GROUP) return (await noteOf(object, deps))?.amendedAs;
  for (const each of new Set([key, conflictKey])) {
    const state = stateOfLetter({ object, content }, await deps.transactions.read(table, each));
    if (state.kind === 'amended') return state.as;
  }
  return undefined;
}

async function stored(object: string, id: string, deps: AmendDeps): Promise<Amendment | Stays> {
  const text = await read(placeOf(object, id), deps);
  return text === undefined
    ? refused('amended-otherwise', `its correction ${id} was begun and is not there; give the same correction again`)
    : (JSON.parse(text) as Amendment);
}

/** What Kafka, or the mapping, would never take must not come to stand in the table. */
async function untakeable(message: KafkaMessage, topic: string, { port }: AmendDeps): Promise<Stays | undefined> {
  const content = contentBytes(message);
  const why = undeliverable(message, content);
  if (why !== undefined) return refused('rejected', why);
  const { maxMessageBytes } = await port.describe(topic);
  const bytes = recordBytes(content, message.headers.length);
  if (maxMessageBytes === undefined || bytes <= maxMessageBytes) return undefined;
  return refused('rejected', `event size: got ${bytes} bytes, want at most the ${maxMessageBytes} of the topic; make it smaller`); // prettier-ignore
}

async function nameInTable(
  object: string,
  amending: Amending,
  deps: AmendDeps,
  isConflict = false,
): Promise<Stays | Named> {
  const { letter, record, amended: { id: as }, request: { table, by } } = amending; // prettier-ignore
  const { transactions, clock, leftMs } = deps;
  const { content, conflictKey } = record;
  const key = isConflict ? conflictKey : record.key;
  const end = clock.monotonic() + Math.min(ASK_MS, leftMs() - CONCLUDE_MS);
  const to = () => amendedUpdate({ table, key, object, content, by, as, nowMs: clock.now() });
  const outcome = await updated(transactions, to, { clock, leftMs: () => end - clock.monotonic() });
  switch (outcome.kind) {
    case 'written':
      return { kind: 'named', in: object };
    case 'not met':
      // Carried out and its answer lost, or made with another letter, it is found as `amended` with its own id.
      if (outcome.item?.[RECORD.amendedAs] === as) return { kind: 'named', in: String(outcome.item[RECORD.object]) };
      if (key !== conflictKey) {
        if (await isDueAgain({ object, content, letter }, outcome.item, deps)) return TO_BE_SENT;
        if (outcome.item?.[RECORD.content] !== content) return nameInTable(object, amending, deps, true);
      }
      return found({ object, content }, outcome.item);
    case 'failed':
      return waits('unavailable', outcome.detail);
  }
}

function found(of: { readonly object: string; readonly content: string }, item: Item | undefined): Stays {
  const state = stateOfLetter(of, item);
  switch (state.kind) {
    case 'amended':
    case 'amended elsewhere':
      return otherwise(state.as);
    case 'discarded':
    case 'discarded elsewhere':
      return DISCARDED;
    case 'done':
      return refused('applied', 'its event is applied as it is; `dead-letters redrive` removes the letter');
    case 'claimed':
      return waits('claimed', 'a call is under way for it; run it again');
    case 'redriven':
    case 'redriven elsewhere':
      return refused('under-way', 'it was sent back, and may yet be applied as it is; let `dead-letters redrive` end that, and amend it if it is parked again'); // prettier-ignore
    case 'parked elsewhere':
      return refused('parked-elsewhere', `its event is parked in ${state.object}; amend that letter`);
    case 'parked here':
      return waits('unavailable', 'its table changed meanwhile');
    case 'open':
    case 'other content':
      return refused('not-parked', 'its table does not say that it is parked in this letter; leave it, or look at it with `dead-letters show`'); // prettier-ignore
    case 'not known':
      return refused('not-parked', `its record is in state ${state.state}, which this version does not know`);
  }
}

const otherwise = (id: string): Stays =>
  refused('amended-otherwise', `another correction of it was begun first, as ${id}; end that one: \`dead-letters amend\` with its name alone`); // prettier-ignore
const TO_BE_SENT = refused('to-be-sent', `${DUE_AGAIN}, and amend it if it is parked then`);
const DISCARDED = refused('discarded', 'its event was discarded; `dead-letters discard` removes the letter');

/** Of what never reached the topic the note decides, as it can be put once. */
async function nameInNote(end: LetterEnd, deps: AmendDeps): Promise<Stays | Named> {
  const named: Named = { kind: 'named', in: end.object };
  if ((await put(letterEnd(end.object), end, deps)) === 'written') return named;
  const before = await noteOf(end.object, deps);
  if (before?.amendedAs === end.amendedAs) return named;
  return before?.amendedAs === undefined ? DISCARDED : otherwise(before.amendedAs);
}

async function publish(message: KafkaMessage, { pipe, clock, leftMs }: AmendDeps): Promise<Resent> {
  const deadlineAt = clock.monotonic() + Math.max(0, Math.min(TRY_MS, leftMs() - CONCLUDE_MS));
  const [outcome] = await pipe.submit([{ message, partition: null }], {
    deadlineAt,
    answerBy: deadlineAt + PIPE_ANSWER_MS,
  });
  return resent(outcome);
}
