import { randomUUID } from 'node:crypto';
import type { Clock } from '../lambdas/runtime/time/clock';
import type { Outcome } from './sandbox/sandbox';
import type { FunctionSpec } from './template/functions';
import { NO_CONFIG, type Destination, type InvokeConfig } from './template/invoke-configs';

/** Lambda's own queue of events for which nobody waits (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). */
export interface Asynchronous {
  /** Takes an event; what becomes of it no caller hears. */
  take(functionId: string, payload: string): void;
  /** Events that were taken and have not ended. */
  readonly underWay: number;
  /** Those that wait to be tried again are given up. */
  stop(): void;
}

export interface AsynchronousOptions {
  readonly functions: readonly Pick<FunctionSpec, 'logicalId' | 'arn'>[];
  /** By logical id. @default - Lambda's own for every function */
  readonly configs?: ReadonlyMap<string, InvokeConfig>;
  /** Brings an invocation to its end; never rejects. */
  readonly invoke: (functionId: string, payload: string) => Promise<Outcome>;
  /** Puts what was given up where the function's configuration says. */
  readonly keep: (destination: Destination, failure: Failure) => Promise<void>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly log: (line: string) => void;
}

/** What an on-failure destination is given: the record, in JSON, of a function. */
export interface Failure {
  readonly functionId: string;
  readonly requestId: string;
  readonly record: string;
}

/** Waits before the second and the third try. */
const RETRY_AFTER_MS = [60_000, 120_000];

export function startAsynchronous(options: AsynchronousOptions): Asynchronous {
  const stopped = new AbortController();
  let underWay = 0;
  return {
    take: (id, payload) => {
      underWay += 1;
      brought(options, { id, payload, requestId: randomUUID(), since: options.clock.now() }, stopped.signal)
        .catch((error: unknown) => options.log(`function ${id}: an event of its queue is lost: ${String(error)}`))
        .finally(() => (underWay -= 1));
    },
    get underWay() {
      return underWay;
    },
    stop: () => stopped.abort(),
  };
}

interface Taken {
  readonly id: string;
  readonly payload: string;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** To its end: a function that took it, or the destination for what was given up. */
async function brought(options: AsynchronousOptions, event: Taken, stopped: AbortSignal): Promise<void> {
  const { invoke, clock, configs } = options;
  const config = configs?.get(event.id) ?? NO_CONFIG;
  for (let tries = 1; ; tries++) {
    const outcome = await invoke(event.id, event.payload);
    if (outcome.kind === 'success' || stopped.aborted) return;
    const pauseMs = RETRY_AFTER_MS[tries - 1] ?? 0;
    if (tries > config.retries) return givenUp(options, event, { condition: 'RetriesExhausted', tries, outcome });
    if (clock.now() + pauseMs > event.since + config.maxAgeMs) {
      return givenUp(options, event, { condition: 'EventAgeExceeded', tries, outcome });
    }
    await clock.sleep(pauseMs, stopped);
    if (stopped.aborted) return;
  }
}

interface End {
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
  readonly tries: number;
  readonly outcome: Exclude<Outcome, { kind: 'success' }>;
}

async function givenUp({ configs, keep, log, functions, clock }: AsynchronousOptions, event: Taken, end: End) {
  const { id, requestId } = event;
  const onFailure = configs?.get(id)?.onFailure;
  log(`function ${id}: an event of its queue was given up after ${end.tries} tries (${end.condition}), ${onFailure ? `and is in ${onFailure.name}` : 'as Lambda gives it up, and is gone'}`); // prettier-ignore
  if (!onFailure) return;
  const arn = functions.find(({ logicalId }) => logicalId === id)?.arn ?? id;
  await keep(onFailure, { functionId: id, requestId, record: recordOf(event, end, arn, new Date(clock.now())) });
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function recordOf({ payload, requestId }: Taken, { condition, tries, outcome }: End, arn: string, now: Date): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: { requestId, functionArn: `${arn}:$LATEST`, condition, approximateInvokeCount: tries },
    requestPayload: JSON.parse(payload || '{}') as unknown,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: responseOf(outcome),
  });
}

function responseOf(outcome: End['outcome']): { readonly errorType?: string; readonly errorMessage: string } {
  switch (outcome.kind) {
    case 'error':
      return { errorType: outcome.errorType, errorMessage: outcome.errorMessage };
    case 'timeout':
    case 'crash':
      return { errorMessage: outcome.detail };
    case 'throttle':
      return { errorMessage: 'Rate Exceeded.' };
  }
}
