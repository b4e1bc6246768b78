import { InvokeCommand, LambdaClient, type InvokeCommandOutput, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { LosslessError } from '../contract/errors';

/** Calls a function and waits for its answer. */
export interface FunctionCaller {
  /**
   * @param payload - JSON
   * @returns what the function answered: JSON
   * @throws LosslessError FUNCTION_REFUSED when it has not run, FUNCTION_UNAVAILABLE when it failed, or may have run
   */
  call(functionName: string, payload: string): Promise<string>;
}

/** One try a call, which takes longer than an ingest function lives. */
const CLIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 35_000, throwOnRequestTimeout: true },
};

/** Lambda as a `FunctionCaller`. Nothing is opened before the first call. */
export function lambdaCaller(
  config: Pick<LambdaClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
): FunctionCaller {
  let client: LambdaClient | undefined;
  return {
    call: async (functionName, payload) => {
      client ??= new LambdaClient({ ...CLIENT, ...config });
      let answer: InvokeCommandOutput;
      try {
        answer = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: payload }));
      } catch (error) {
        throw notCalled(functionName, error);
      }
      const text = Buffer.from(answer.Payload ?? []).toString('utf8');
      if (answer.FunctionError === undefined) return text;
      throw new LosslessError('FUNCTION_UNAVAILABLE', `function ${functionName}: got ${answer.FunctionError} ${text.slice(0, 300)}, want an answer; look at its log`); // prettier-ignore
    },
  };
}

function notCalled(functionName: string, cause: unknown): LosslessError {
  const { name = 'Error', $metadata } = cause as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const isRefused = status !== undefined && status >= 400 && status < 500 && status !== 408;
  const fix = status === 429 ? 'it is throttled: the next call may find a free execution' : 'grant lambda:InvokeFunction on it and name it as it is'; // prettier-ignore
  const got = `function ${functionName}: got ${name}${status === undefined ? '' : ` (${status})`}, want an answer`;
  return isRefused
    ? new LosslessError('FUNCTION_REFUSED', `${got}; ${fix}`, { cause })
    : new LosslessError('FUNCTION_UNAVAILABLE', `${got}; call it again`, { cause });
}
