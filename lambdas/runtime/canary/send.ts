import type { CanaryAnswer, CanaryRequest } from '../contract';
import { LosslessError } from '../contract/errors';
import type { FunctionCaller } from '../stores/function-caller';

/**
 * Has an ingest function send a canary to each partition of its topic.
 * @throws LosslessError as `FunctionCaller.call`
 */
export async function sendCanaries(ingest: string, name: string, functions: FunctionCaller): Promise<CanaryAnswer> {
  const request: CanaryRequest = { canary: { name } };
  const answer = read(await functions.call(ingest, JSON.stringify(request)));
  if (answer !== undefined) return answer;
  throw new LosslessError(
    'FUNCTION_UNAVAILABLE',
    `function ${ingest}: got an answer that says nothing of canaries, want how the sending of each ended; it is no ingest function, or one of an earlier version: deploy its stack again`,
  );
}

function read(payload: string): CanaryAnswer | undefined {
  const { partitions, canaries } = Object(parsed(payload)) as Partial<CanaryAnswer>;
  const fits = Number.isSafeInteger(partitions) && Array.isArray(canaries) && canaries.length === partitions;
  return fits ? { partitions: Number(partitions), canaries } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What it is instead is said by whoever asks.
    return undefined;
  }
}
