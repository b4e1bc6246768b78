import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from '../function-host';
import type { QueueMappingSettings } from '../template/queue-mappings';
import { eventOf, inEvents, recordOf, type Received } from './event';
import { taken } from './taken';

export interface QueueMappingOptions {
  readonly settings: QueueMappingSettings;
  readonly sqs: Pick<SQSClient, 'send'>;
  readonly queueUrl: string;
  /** Brings a synchronous invocation to its end; never rejects. */
  readonly invoke: (payload: string) => Promise<Outcome>;
  readonly log: (line: string) => void;
}

/** A running event source mapping from one queue to one function. */
export interface QueueMapping {
  /** Ends as pollers that die: what is in flight comes again when its visibility timeout is over. */
  stop(): void;
}

/** The most that one `ReceiveMessage` gives, and one `DeleteMessageBatch` takes. */
const MOST_AT_ONCE = 10;
const LONG_POLL_S = 20;
const AGAIN_MS = 1_000;

/**
 * Starts pollers that hand the messages of a queue to a function and delete what it has taken, as Lambda's do
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). Attempts are counted, and given up, by the queue itself.
 */
export function startQueueMapping(options: QueueMappingOptions): QueueMapping {
  const stopped = new AbortController();
  for (let n = 0; n < options.settings.concurrency; n++) void poll(options, stopped.signal);
  return { stop: () => stopped.abort() };
}

/** Never rejects. */
async function poll(options: QueueMappingOptions, stopped: AbortSignal): Promise<void> {
  const { log, settings } = options;
  while (!stopped.aborted) {
    try {
      await handOver(options, await gather(options, stopped), stopped);
    } catch (error) {
      if (stopped.aborted) return;
      log(`mapping of ${settings.queue.path}: a poll failed and is tried again: ${String(error)}`);
      await wait(AGAIN_MS, undefined, { ref: false });
    }
  }
}

/** What there is at once; with a window what comes until it is over, or until the batch is full. */
async function gather(options: QueueMappingOptions, stopped: AbortSignal): Promise<Received[]> {
  const { batchSize, windowMs } = options.settings;
  const batch = await receive(options, batchSize, LONG_POLL_S, stopped);
  const until = Date.now() + windowMs;
  for (let left = windowMs; batch.length > 0 && batch.length < batchSize && left > 0; left = until - Date.now()) {
    batch.push(...(await receive(options, batchSize - batch.length, Math.floor(left / 1000), stopped)));
  }
  return batch;
}

async function receive(
  { sqs, queueUrl, settings }: QueueMappingOptions,
  most: number,
  WaitTimeSeconds: number,
  abortSignal: AbortSignal,
): Promise<Received[]> {
  const ask = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: Math.min(most, MOST_AT_ONCE),
    WaitTimeSeconds: Math.min(WaitTimeSeconds, LONG_POLL_S),
    MessageSystemAttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  const { Messages = [] } = await sqs.send(ask, { abortSignal });
  return Messages.map((message) => recordOf(message, settings.queue.arn));
}

/** A batch that fits in no event goes in several, one after the other; of a FIFO queue none after one that was not taken whole. */
async function handOver(options: QueueMappingOptions, batch: readonly Received[], stopped: AbortSignal) {
  const { partialResponse, queue } = options.settings;
  for (const messages of inEvents(batch)) {
    const outcome = await invokedUntil(options, eventOf(messages), Date.now() + queue.visibilityMs, stopped);
    if (stopped.aborted) return;
    const ids = taken(
      messages.map(({ id }) => id),
      outcome,
      partialResponse,
    );
    await deleteAll(
      options,
      messages.filter(({ id }) => ids.includes(id)),
    );
    if (queue.isFifo && ids.length < messages.length) return;
  }
}

/** A throttled invocation is tried again for as long as nobody else is shown the messages. */
async function invokedUntil({ invoke }: QueueMappingOptions, event: string, until: number, stopped: AbortSignal) {
  for (;;) {
    const outcome = await invoke(event);
    if (outcome.kind !== 'throttle' || stopped.aborted || Date.now() + AGAIN_MS >= until) return outcome;
    await wait(AGAIN_MS, undefined, { ref: false });
  }
}

async function deleteAll({ sqs, queueUrl, settings, log }: QueueMappingOptions, messages: readonly Received[]) {
  for (let at = 0; at < messages.length; at += MOST_AT_ONCE) {
    const Entries = messages
      .slice(at, at + MOST_AT_ONCE)
      .map(({ receipt }, n) => ({ Id: String(n), ReceiptHandle: receipt }));
    const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    if (Failed.length > 0) log(`mapping of ${settings.queue.path}: ${Failed.length} messages were taken and come again, as SQS did not delete them`); // prettier-ignore
  }
}
