import type { InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { LosslessError } from '../contract/errors';

/** What the runtime asks of Lambda, and no more. */
export interface FunctionInvoker {
  /**
   * Invokes asynchronously: done once Lambda has taken the payload (JSON) into its queue.
   * @throws LosslessError FUNCTION_REFUSED when it will not take place, FUNCTION_UNAVAILABLE when it may
   */
  invokeAsync(functionName: string, payload: string): Promise<void>;
}

/** True when Lambda itself said no: the invocation will not take place. */
export const isInvocationRefusal = (error: unknown): boolean =>
  LosslessError.is(error) && error.code === 'FUNCTION_REFUSED';

/** One try a call: the caller knows how much time there is. */
const CLIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

type Client = Pick<LambdaClient, 'send'>;

/** Lambda as a `FunctionInvoker`. The SDK's client is loaded at the first call: few producers forward. */
export function lambdaInvoker(open?: () => Client): FunctionInvoker {
  let client: Client | undefined;
  return {
    invokeAsync: async (functionName, payload) => {
      const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
      client ??= open?.() ?? new LambdaClient(CLIENT);
      const command = new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: payload });
      let answer: InvokeCommandOutput;
      try {
        answer = await client.send(command);
      } catch (error) {
        throw failure(functionName, error);
      }
      if (answer.StatusCode !== 202) throw failure(functionName, { name: `status ${answer.StatusCode}` });
    },
  };
}

/** Answers that are no refusal for good: a timeout, a conflict with an update of the function, throttling. */
const TRY_AGAIN = new Set([408, 409, 429]);

function failure(functionName: string, cause: unknown): LosslessError {
  const { name = 'Error', $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const refused = status !== undefined && status >= 400 && status < 500 && !TRY_AGAIN.has(status);
  const got = `invocation of ${functionName}: got ${name}${status === undefined ? '' : ` (${status})`}, want it queued`;
  return refused
    ? new LosslessError('FUNCTION_REFUSED', `${got}; grant this function lambda:InvokeFunction and send at most 1 MB`, {
        cause,
      })
    : new LosslessError('FUNCTION_UNAVAILABLE', `${got}; it may be carried out, try again`, { cause });
}
