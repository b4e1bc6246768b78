import {
  EVERY_KEY,
  type LetterFate,
  type RedriveAnswer,
  type RedriveOutcome,
  type RedriveRequest,
} from '../../lambdas/runtime/contract';
import { explained } from './errors';
import type { ListedLetter } from './letters';
import type { RedriveOptions } from './options';
import type { Place } from './places';
import type { Surroundings } from './surroundings';
import type { Tally } from './tally';

/** Calls in a row of which none is answered, and the run ends. */
const CALLS = 6;
/** Tries of letters that wait, in one run. */
const TRIES = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Sends the letters of one partition, chunk after chunk, by calls of the replay function. */
export class Lane {
  private behind: readonly string[] = [];

  constructor(
    private readonly place: Place & { readonly topic: string; readonly group: string },
    private readonly options: RedriveOptions,
    private readonly around: Surroundings,
    private readonly tally: Tally<LetterFate['kind']>,
  ) {}

  /** @throws Error in one sentence where the function cannot be called, or refuses the request: nothing more can be sent */
  async send(letters: readonly ListedLetter[]): Promise<void> {
    const { signal, sleep, nowMs } = this.around;
    let objects: readonly string[] = letters.map(({ name }) => name);
    const before = this.behind;
    for (let tries = 1; objects.length > 0; tries++) {
      if (signal.aborted) return;
      const began = nowMs();
      const answer = await this.call({ ...this.request(objects), behind: before });
      this.behind = answer.behind;
      const waiting = answer.outcomes.filter(({ kind }) => kind === 'waits');
      const isLast = tries >= TRIES || isHopeless(waiting, before);
      this.tally.add(isLast ? answer.outcomes : answer.outcomes.filter(({ kind }) => kind !== 'waits'));
      await this.keepRate(answer.outcomes.length, began);
      if (isLast) return;
      objects = waiting.map(({ object }) => object);
      if (objects.length > 0) await sleep(pauseMs(tries));
    }
  }

  private request(objects: readonly string[]): RedriveRequest['redrive'] {
    const { topic, group, table } = this.place;
    const { maxRedrives } = this.options;
    return { topic, group, table: group === '-' ? undefined : table, objects, maxRedrives };
  }

  /** Where a call is not answered it may have run: the same letters are asked for again, which is harmless. */
  private async call(redrive: RedriveRequest['redrive']): Promise<RedriveAnswer> {
    const { invoke, sleep } = this.around;
    const { replay = '' } = this.place;
    const what = `function ${replay}`;
    for (let calls = 1; ; calls++) {
      let error: unknown;
      try {
        const invoked = await invoke(replay, JSON.stringify({ redrive } satisfies RedriveRequest));
        if (invoked.kind === 'answer') return answerOf(invoked.payload, what);
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

  private async keepRate(sent: number, began: number): Promise<void> {
    const { rate, concurrency } = this.options;
    const { nowMs, sleep } = this.around;
    if (rate === undefined) return;
    const dueMs = (sent * 1_000 * concurrency) / rate;
    await sleep(Math.max(0, dueMs - (nowMs() - began)));
  }
}

/** The function ran and refused the request: no other one would do. */
class Refused extends Error {}

/** What no further try would change; a throttled call, or one without an answer, is tried again. */
const isForGood = (error: unknown): boolean =>
  /ResourceNotFound|AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|CredentialsProvider|Region is missing|RequestTooLarge|InvalidParameter/.test(
    `${(error as Error).name} ${(error as Error).message}`,
  );

/** They wait for one that an earlier chunk left behind: trying again in this one would show nothing new. */
const isHopeless = (waiting: readonly RedriveOutcome[], before: readonly string[]): boolean =>
  before.includes(EVERY_KEY) && waiting.every((each) => each.kind === 'waits' && each.reason === 'behind');

const pauseMs = (tries: number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));

function answerOf(payload: string, what: string): RedriveAnswer {
  let answer: Partial<RedriveAnswer> | null = null;
  try {
    answer = JSON.parse(payload) as Partial<RedriveAnswer> | null;
  } catch {
    // What it is instead is said below.
  }
  if (Array.isArray(answer?.outcomes) && Array.isArray(answer.behind)) return answer as RedriveAnswer;
  throw new Refused(`${what}: got ${payload.slice(0, 200)}, want what became of each letter; it is no replay function, or one of a version before redrives: deploy the stack again`); // prettier-ignore
}
