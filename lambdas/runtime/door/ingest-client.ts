import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { MOST_DIRECT_EVENTS, type DirectAnswer, type DirectOutcome, type DirectRequest } from '../contract';
import { LosslessError } from '../contract/errors';
import { jsonOf } from '../event/json/data';
import { InvalidEventError, type NewEvent } from '../event/new-event';

export interface IngestClientOptions {
  /** Name or ARN of the ingest function; whoever sends needs `lambda:InvokeFunction` on it. */
  readonly functionName: string;
  /** @default - a client of the SDK that tries once and waits for 35 seconds, longer than the function takes */
  readonly client?: Pick<LambdaClient, 'send'>;
}

export interface IngestClient {
  /**
   * Sends events to the ingest function and waits. One outcome for each, in the same order. A lost answer is `unknown`: send the
   * same events again under the same ids.
   * @throws LosslessError INVALID_ARGUMENT for more than 1,000 events, or more bytes than an invocation takes: nothing was sent
   */
  send(events: readonly NewEvent[]): Promise<DirectOutcome[]>;
}

/** Bytes of an invocation for which its caller waits. */
const MOST_BYTES = 6 * 1024 * 1024;
const WAIT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 35_000, throwOnRequestTimeout: true },
};

/**
 * Sends events to an ingest function by invoking it. Make it outside the handler.
 *
 * @example
 * ```ts
 * import { ingestClient } from 'cdk-lossless-kafka/runtime';
 *
 * const orders = ingestClient({ functionName: process.env.INGEST ?? '' });
 *
 * export async function handler(order: { id: string; customer: string }) {
 *   const [outcome] = await orders.send([{ id: order.id, type: 'order.placed', key: order.customer, data: order }]);
 *   if (outcome?.outcome === 'rejected' || outcome?.outcome === 'unknown') throw new Error(outcome.reason);
 * }
 * ```
 */
export function ingestClient({ functionName, client }: IngestClientOptions): IngestClient {
  let opened = client;
  const invoke = async (events: readonly string[]): Promise<readonly DirectOutcome[]> => {
    const request: DirectRequest = { publish: { events: `[${events.join(',')}]` } };
    const payload = JSON.stringify(request);
    requireRoom(events.length, Buffer.byteLength(payload));
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    opened ??= new LambdaClient(WAIT);
    try {
      return resultsIn(await opened.send(new InvokeCommand({ FunctionName: functionName, Payload: payload })));
    } catch (error) {
      const ended = failed(error);
      return events.map(() => ended);
    }
  };
  return {
    send: async (events) => {
      const texts = events.map(inText);
      const valid = texts.filter((text) => typeof text === 'string');
      const results = valid.length === 0 ? [] : await invoke(valid);
      // An answer that does not fit says nothing of any event.
      const inOrder = (results.length === valid.length ? results : []).values();
      return texts.map((text, n): DirectOutcome => {
        const id = idOf(events[n]);
        if (typeof text !== 'string') return { id, outcome: 'rejected', code: text.code, reason: text.message };
        return { ...(inOrder.next().value ?? unknown('no answer that says how it ended')), id };
      });
    },
  };
}

const idOf = (event: NewEvent | undefined): string => {
  const { id } = Object(event) as { readonly id?: unknown };
  return typeof id === 'string' ? id : '';
};

const unknown = (got: string): DirectOutcome => ({
  id: '',
  outcome: 'unknown',
  reason: `ingest function: got ${got}; it may have been taken: send it again under the same id`,
});

/** The event in structured mode. Its data is written here, so that the function publishes it byte for byte. */
function inText(event: NewEvent): string | InvalidEventError {
  const { key, data, contentType: datacontenttype, extensions, headers, ...attributes } = event;
  if (headers !== undefined || key instanceof Uint8Array) {
    return new InvalidEventError(
      'event: got headers or a key of bytes, want neither, as a CloudEvent in structured mode has no place for them; make the key a text, and headers extensions',
    );
  }
  const bytes = data instanceof Uint8Array ? { data_base64: Buffer.from(data).toString('base64') } : { data };
  const json = jsonOf({ ...extensions, ...attributes, specversion: '1.0', datacontenttype, partitionkey: key ?? undefined, ...bytes }); // prettier-ignore
  if ('text' in json) return json.text;
  return new InvalidEventError(`event${json.path}: got a value that JSON cannot hold (${json.what}), want plain data; ${json.fix}`); // prettier-ignore
}

function requireRoom(events: number, bytes: number): void {
  if (events <= MOST_DIRECT_EVENTS && bytes <= MOST_BYTES) return;
  throw new LosslessError(
    'INVALID_ARGUMENT',
    `send: got ${events} events in ${bytes} bytes, want at most ${MOST_DIRECT_EVENTS} in ${MOST_BYTES}; send several requests`,
  );
}

/** @returns none where the function failed, or its answer is none */
function resultsIn({ FunctionError, Payload }: InvokeCommandOutput): readonly DirectOutcome[] {
  if (FunctionError !== undefined || Payload === undefined) return [];
  const { results } = Object(JSON.parse(Buffer.from(Payload).toString('utf8'))) as Partial<DirectAnswer>;
  return Array.isArray(results) ? (results as DirectOutcome[]) : [];
}

/** Lambda's own no, before the function ran; of anything else nobody knows whether it did. */
function failed(error: unknown): DirectOutcome {
  const { name = 'Error', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === 429) {
    return {
      id: '',
      outcome: 'rejected',
      code: 'UNAVAILABLE',
      reason: 'ingest function: got throttled; send it again',
    };
  }
  if (status === undefined || status < 400 || status >= 500 || status === 408) return unknown(name);
  const reason = `ingest function: got ${name} (${status}), want it invoked; grant lambda:InvokeFunction and name the function as it is`;
  return { id: '', outcome: 'rejected', code: 'FUNCTION_REFUSED', reason };
}
