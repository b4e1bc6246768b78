import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { MESSAGE_TYPE } from '../contract';
import { ingestEnvironment } from '../contract/environment';
import { InvalidEventError, type NewEvent } from '../event/new-event';
import { powertoolsLog } from '../watching/log';
import type { Outcome, Producer } from '../producer';
import type { DoorOptions } from './index';
import type { ParsedEvent } from './cloudevents-http';
import { sourceBeneath } from './caller';
import { OneContent } from './one-content';
import { isTaken, published, type NotTaken } from './publishing';
import { readText } from './structured-text';

type SqsHandler = (
  event: Pick<SQSEvent, 'Records'>,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<SQSBatchResponse>;

/**
 * The SQS door: publishes each message as one event and answers which are to stay in the queue (`ReportBatchItemFailures`, which
 * the mapping must have on). A message leaves the queue only when its event is accepted, or dealt with as `onRejected` says.
 * What was refused, what may have been taken and what was not sent in time stays, each under its own message id: the queue
 * hands it over again, and after `maxReceiveCount` its dead-letter queue has it. The log says why.
 *
 * A body that is a CloudEvent in structured mode is that event; without an id it has the message's. Any other body is the data of
 * an event with the message's id. `source` is the queue's ARN, and beneath it what the event says. In a FIFO queue the group is
 * the key, and a message is sent only once those before it in its group were taken.
 *
 * @example
 * ```ts
 * import { producer, sqsDoor } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = sqsDoor(producer({ topic: 'orders' }));
 * ```
 */
export function sqsDoor(producer: Pick<Producer, 'publishAll'>, options: DoorOptions = {}): SqsHandler {
  let { environment, log } = options;
  const oneContent = new OneContent();
  return async ({ Records: messages }, context) => {
    environment ??= ingestEnvironment(process.env);
    const types = new Map(environment.queues?.map(({ queue, type }) => [queue, type]));
    const held = oneContent.hold(messages.map((message) => eventIn(message, types)));
    const outcomes = await sentInOrder(producer, linesOf(messages), held.events, context);
    held.ended(outcomes.map((outcome) => (outcome.kind === 'unsent' ? undefined : outcome)));
    const left = messages.flatMap(({ messageId }, n) => {
      const outcome = outcomes[n] as Ended;
      return isLeft(outcome) ? [{ messageId, ...whyLeft(outcome) }] : [];
    });
    for (const line of inLines(left)) {
      log ??= powertoolsLog();
      log.warn('messages left in the queue', { queue: messages[0]?.eventSourceARN, ...line });
    }
    return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/** Of a message that was not sent, as one before it in its group was not taken, or as there was no time left. */
interface Unsent {
  readonly kind: 'unsent';
  readonly because: 'behind' | 'no-time';
}
type Ended = Outcome | Unsent;

function eventIn(message: SQSRecord, types: ReadonlyMap<string, string>): ParsedEvent {
  const { messageId, eventSourceARN, attributes } = message;
  const body = Buffer.from(message.body, 'utf8');
  const read = readText(body, messageId);
  const event = read.kind === 'event' ? read.event : plainEvent(message, body, read.kind, types.get(eventSourceARN));
  if (event instanceof InvalidEventError) return event;
  return {
    ...event,
    source: sourceBeneath(eventSourceARN, event.source),
    // The same at each delivery of the message.
    time: event.time ?? new Date(Number(attributes.SentTimestamp)).toISOString(),
    key: event.key ?? groupOf(message),
  };
}

/** Its attributes become headers as they are; one whose name is an event's own is refused with its event. */
function plainEvent(
  { messageId, messageAttributes }: SQSRecord,
  data: Buffer,
  kind: 'json' | 'text',
  type = MESSAGE_TYPE,
): NewEvent {
  const { 'content-type': told, ...others } = messageAttributes;
  const headers = Object.entries(others).map(([name, { stringValue, binaryValue }]) => [
    name,
    stringValue ?? Buffer.from(binaryValue ?? '', 'base64'),
  ]);
  return {
    id: messageId,
    type,
    data,
    contentType: told?.stringValue ?? (kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8'),
    headers: Object.fromEntries(headers) as Record<string, string | Uint8Array>,
  };
}

/** Of a message in a FIFO queue. In others a group is about fairness and says nothing of order. */
const groupOf = ({ eventSourceARN, attributes }: SQSRecord): string | undefined =>
  eventSourceARN.endsWith('.fifo') ? attributes.MessageGroupId : undefined;

/** Messages that are sent together, by their indices: each list once the one before it was taken. */
type Line = readonly (readonly number[])[];

/** For each group of a FIFO queue one after the other; of other queues all at once. */
function linesOf(messages: readonly SQSRecord[]): Line[] {
  const groups = new Map<string, number[][]>();
  const together: number[] = [];
  for (const [n, message] of messages.entries()) {
    const group = groupOf(message);
    if (group === undefined) together.push(n);
    else groups.set(group, [...(groups.get(group) ?? []), [n]]);
  }
  return [...groups.values(), ...(together.length > 0 ? [[together]] : [])];
}

/** Milliseconds: with less left an event would be spilled before Kafka is tried, out of its order. It stays in the queue. */
const LEAST_MS = 8_000;

/** @throws what `publishAll` throws, once nothing is under way any more */
async function sentInOrder(
  producer: Pick<Producer, 'publishAll'>,
  lines: readonly Line[],
  events: readonly ParsedEvent[],
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Ended[]> {
  const outcomes = events.map((): Ended => ({ kind: 'unsent', because: 'behind' }));
  const send = async (line: Line) => {
    for (const [turn, step] of line.entries()) {
      const remainingMs = context.getRemainingTimeInMillis();
      if (turn > 0 && remainingMs < LEAST_MS) {
        for (const n of line.slice(turn).flat()) outcomes[n] = { kind: 'unsent', because: 'no-time' };
        return;
      }
      const ended = await published(
        producer,
        step.map((n) => events[n] as ParsedEvent),
        remainingMs,
      );
      step.forEach((n, at) => (outcomes[n] = ended[at] as Outcome));
      if (!ended.every(isTaken)) return;
    }
  };
  const sent = await Promise.allSettled(lines.map(send));
  const failed = sent.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes;
}

const isLeft = (outcome: Ended): outcome is NotTaken | Unsent => outcome.kind === 'unsent' || !isTaken(outcome);

function whyLeft(outcome: NotTaken | Unsent): { readonly code: string; readonly reason: string } {
  switch (outcome.kind) {
    case 'rejected':
      return { code: outcome.code, reason: outcome.reason };
    case 'unknown':
      return { code: 'UNKNOWN', reason: outcome.reason };
    case 'unsent':
      return outcome.because === 'behind'
        ? { code: 'BEHIND', reason: 'one before it in its group was not taken' }
        : { code: 'NO_TIME', reason: 'too little of the invocation was left to send it' };
  }
}

/** Ids that a line names. */
const NAMED = 10;

/** One line for each reason, however many messages it has left there. */
function inLines(left: readonly { readonly messageId: string; readonly code: string; readonly reason: string }[]) {
  const lines = new Map<string, { code: string; reason: string; messages: number; ids: string[] }>();
  for (const { messageId, code, reason } of left) {
    const name = JSON.stringify([code, reason]);
    const line = lines.get(name) ?? { code, reason, messages: 0, ids: [] };
    line.messages += 1;
    if (line.ids.length < NAMED) line.ids.push(messageId);
    lines.set(name, line);
  }
  return [...lines.values()];
}
