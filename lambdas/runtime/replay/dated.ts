import { SPILLED_HEADER } from '../contract/headers';
import type { KafkaMessage } from '../event/message';
import { contentBytes, recordBytes, undeliverable } from '../producer/size';

/** Kafka counts the head of the batch, too. */
const BATCH_HEAD_BYTES = 64;

/**
 * The message with the time at which it was spilled, unless that may make too large what the producer has accepted.
 *
 * @param maxMessageBytes - of the topic; undefined where nobody may read it
 */
export function dated(message: KafkaMessage, spilledAt: string, maxMessageBytes: number | undefined): KafkaMessage {
  const told = { ...message, headers: [...message.headers, [SPILLED_HEADER, Buffer.from(spilledAt)] as const] };
  const content = contentBytes(told);
  const isWithin = recordBytes(content, told.headers.length) + BATCH_HEAD_BYTES <= (maxMessageBytes ?? 0);
  return isWithin && undeliverable(told, content) === undefined ? told : message;
}
