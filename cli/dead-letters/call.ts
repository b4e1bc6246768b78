import { explained } from './errors';
import type { Surroundings } from './surroundings';

/** Calls in a row of which none is answered, and the run ends. */
const CALLS = 6;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

interface Expected<A> {
  /** The answer in a payload; undefined for what is none. */
  readonly read: (payload: unknown) => A | undefined;
  /** What it is, in words. */
  readonly want: string;
  /** What a version that answers otherwise came before. */
  readonly since: string;
}

/**
 * What the replay function answers. Where a call is not answered it may have run: the same is asked for again, which is harmless.
 * @throws Error in one sentence where the function cannot be called, or refuses the request
 */
export async function answerOf<A>(
  replay: string,
  request: unknown,
  { invoke, sleep }: Pick<Surroundings, 'invoke' | 'sleep'>,
  expected: Expected<A>,
): Promise<A> {
  const what = `function ${replay}`;
  for (let calls = 1; ; calls++) {
    let error: unknown;
    try {
      const invoked = await invoke(replay, JSON.stringify(request));
      if (invoked.kind === 'answer') return answer(invoked.payload, what, expected);
      if (!/Timedout|ExitError/i.test(invoked.type)) throw new Refused(`${what}: got ${invoked.type}: ${invoked.message}`); // prettier-ignore
      error = new Error(`${invoked.type}: ${invoked.message}`);
    } catch (thrown) {
      if (thrown instanceof Refused) throw thrown;
      if (isForGood(thrown)) throw explained(what, thrown);
      error = thrown;
    }
    if (calls === CALLS) throw explained(what, error);
    await sleep(pauseMs(calls));
  }
}

export const pauseMs = (tries: number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));

/** The function ran and refused the request: no other one would do. */
class Refused extends Error {}

/** What no further try would change; a throttled call, or one without an answer, is tried again. */
const isForGood = (error: unknown): boolean =>
  /ResourceNotFound|AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|CredentialsProvider|Region is missing|RequestTooLarge|InvalidParameter/.test(
    `${(error as Error).name} ${(error as Error).message}`,
  );

function answer<A>(payload: string, what: string, { read, want, since }: Expected<A>): A {
  let parsed: unknown;
  try {
    parsed = JSON.parse(payload);
  } catch {
    // What it is instead is said below.
  }
  const found = read(parsed);
  if (found !== undefined) return found;
  throw new Refused(`${what}: got ${payload.slice(0, 200)}, want ${want}; it is no replay function, or one of a version before ${since}: deploy the stack again`); // prettier-ignore
}
