import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { S3Client } from '@aws-sdk/client-s3';
import { INGEST_VARIABLE, type DirectRequest } from '../lambdas/runtime/contract';
import type { LocalStack } from '../local';
import { GIVEN_UP } from '../local/failure-destination';
import { localClient } from '../local/stores';
import { objects } from './final-read/stores';
import { accepted, type Answer, type CallersDoor } from './load';

const ANSWER_TIMEOUT_MS = 40_000;
/** What the rule of the stack asks for. */
const BUS_SOURCE = 'shop';

/** Every way into the stack: over HTTP, by its queues, by its bus, by invoking its function. */
export function doorsOf(stack: LocalStack): readonly CallersDoor[] {
  const [http] = stack.doors;
  if (!http) throw new Error('the template has no HTTP door; add one with addIngest');
  const queues = doorQueues(stack).map(({ url, isFifo }) => queueDoor(stack.endpoints.sqs, url, isFifo));
  const endpoint = stack.clientVariables['AWS_ENDPOINT_URL'] ?? '';
  const buses = stack.busRules.length > 0 ? [busDoor(endpoint)] : [];
  const others = [...queues, ...buses];
  // Every ingest function can be invoked: by a stack with HTTP alone its callers are heard by that.
  const direct = others.length > 0 ? ingestFunctions(stack).map(({ id }) => directDoor(endpoint, id)) : [];
  return [httpDoor(http.url), ...others, ...direct];
}

/** A batch of CloudEvents in one request. */
export const httpDoor =
  (url: string): CallersDoor =>
  async (events, signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    const body = (await response.json()) as { results?: Answer[]; detail?: string; message?: string };
    // A problem is the door's own, a message alone is API Gateway's.
    if (!body.results) throw new Error(`HTTP ${response.status}: ${body.detail ?? body.message ?? 'no results'}`);
    return response.status === 202 ? body.results.map(accepted) : body.results;
  };

/** A message for each, in one call of SQS. */
function queueDoor(endpoint: string, QueueUrl: string, isFifo: boolean): CallersDoor {
  const sqs = new SQSClient(localClient(endpoint));
  return async (events, abortSignal) => {
    const Entries = events.map((event, n) => ({
      ...{ Id: String(n), MessageBody: JSON.stringify(event) },
      ...(isFifo ? { MessageGroupId: event.partitionkey, MessageDeduplicationId: event.id } : {}),
    }));
    const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }), { abortSignal });
    const taken = new Set(Successful.map(({ Id }) => Id));
    return events.map((_, n) =>
      taken.has(String(n)) ? QUEUED : { outcome: 'unknown', reason: 'SQS did not take it' },
    );
  };
}

const QUEUED: Answer = { outcome: 'queued' };

/** An entry for each, in one PutEvents. */
const busDoor =
  (endpoint: string): CallersDoor =>
  async (events, signal) => {
    const Entries = events.map((event) => ({
      ...{ Source: BUS_SOURCE, DetailType: event.type ?? 'none', Detail: JSON.stringify(event) },
    }));
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSEvents.PutEvents' },
      body: JSON.stringify({ Entries }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
    const put = (await response.json()) as { Entries?: { EventId?: string; ErrorCode?: string }[]; message?: string };
    if (!put.Entries) throw new Error(`PutEvents: HTTP ${response.status}: ${put.message ?? 'no entries'}`);
    return put.Entries.map(({ EventId, ErrorCode }) => (EventId ? QUEUED : { outcome: 'unknown', reason: ErrorCode }));
  };

/** One invocation for all, as whoever waits for their outcomes makes it. */
function directDoor(endpoint: string, FunctionName: string): CallersDoor {
  const lambda = new LambdaClient({ ...localClient(endpoint), maxAttempts: 1 });
  return async (events, signal) => {
    const request: DirectRequest = { publish: { events: JSON.stringify(events) } };
    const invoke = new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) });
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const { FunctionError, Payload = new Uint8Array() } = await lambda.send(invoke, { abortSignal });
    const text = Buffer.from(Payload).toString('utf8');
    if (FunctionError !== undefined) throw new Error(`invocation: ${FunctionError}: ${text.slice(0, 200)}`);
    return (JSON.parse(text) as { readonly results: readonly Answer[] }).results;
  };
}

const ingestFunctions = ({ functions }: Pick<LocalStack, 'functions'>): LocalStack['functions'] =>
  functions.filter(({ environment }) => INGEST_VARIABLE in environment);

/** Queues whose messages become events. */
export function doorQueues({ queues, functions }: Pick<LocalStack, 'queues' | 'functions'>): LocalStack['queues'] {
  const ingest = new Set(ingestFunctions({ functions }).map(({ id }) => id));
  return queues.filter(({ readBy }) => readBy !== undefined && ingest.has(readBy));
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** Messages of the doors' queues, and events of Lambda's own queue, that no door has taken yet. */
export async function waitingAtDoors(stack: LocalStack): Promise<number> {
  const sqs = new SQSClient(localClient(stack.endpoints.sqs));
  try {
    const counts = await Promise.all(
      doorQueues(stack).map(async ({ url: QueueUrl }) => {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
        );
        return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
      }),
    );
    return counts.reduce((sum, count) => sum + count, stack.eventsUnderWay());
  } finally {
    sqs.destroy();
  }
}

/** Ids of the events that doors keep: dead letters of their queues, what a bus did not hand over, and calls that were given up. */
export const keptAtDoors = async (stack: LocalStack): Promise<readonly string[]> =>
  (await Promise.all([keptInQueues(stack), keptInBuckets(stack)])).flat();

/** Those that nothing reads. */
async function keptInQueues(stack: LocalStack): Promise<readonly string[]> {
  const sqs = new SQSClient(localClient(stack.endpoints.sqs));
  const ids: string[] = [];
  try {
    for (const { url: QueueUrl } of stack.queues.filter(({ readBy }) => readBy === undefined)) {
      for (;;) {
        const ask = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
        const { Messages = [] } = await sqs.send(ask);
        if (Messages.length === 0) break;
        ids.push(...Messages.map(({ Body = '' }) => idIn(JSON.parse(Body) as Kept)));
      }
    }
    return ids;
  } finally {
    sqs.destroy();
  }
}

/** Calls that Lambda gave up. */
async function keptInBuckets({ buckets, endpoints }: LocalStack): Promise<readonly string[]> {
  const s3 = new S3Client({ ...localClient(endpoints.s3), forcePathStyle: true });
  try {
    const kept = await Promise.all(buckets.map(({ name }) => objects<Kept>(s3, name, GIVEN_UP)));
    return kept.flat().map(({ body }) => idIn(body));
  } finally {
    s3.destroy();
  }
}

/** Of a CloudEvent, of an event of EventBridge with one as its detail, or of the call that was made with such a one. */
const idIn = ({ id, detail, requestPayload }: Kept): string => requestPayload?.detail?.id ?? detail?.id ?? id ?? '';

interface Kept {
  readonly id?: string;
  readonly detail?: { readonly id?: string };
  readonly requestPayload?: Kept;
}
