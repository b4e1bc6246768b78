import {
  EVERY_KEY,
  type LetterFate,
  type RedriveAnswer,
  type RedriveOutcome,
  type RedriveRequest,
} from '../../lambdas/runtime/contract';
import { answerOf, pauseMs } from './call';
import type { RedriveOptions } from './options';
import type { Place } from './places';
import type { Surroundings } from './surroundings';
import type { Tally } from './tally';

/** Tries of letters that wait, in one run. */
const TRIES = 4;

/** Sends the letters of one partition, chunk after chunk, by calls of the replay function. */
export class Lane {
  /** Keys of which a letter waits, by a hash. */
  behind: readonly string[] = [];

  constructor(
    private readonly place: Place & { readonly topic: string; readonly group: string },
    private readonly options: Pick<RedriveOptions, 'maxRedrives' | 'rate' | 'concurrency'>,
    private readonly around: Surroundings,
    private readonly tally: Pick<Tally<LetterFate['kind']>, 'add'>,
  ) {}

  /** @throws Error in one sentence where the function cannot be called, or refuses the request: nothing more can be sent */
  async send(letters: readonly string[]): Promise<void> {
    const { signal, sleep, nowMs } = this.around;
    let objects = letters;
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

  private call(redrive: RedriveRequest['redrive']): Promise<RedriveAnswer> {
    const request: RedriveRequest = { redrive };
    const expected = { read: answerIn, want: 'what became of each letter', since: 'redrives' };
    return answerOf(this.place.replay ?? '', request, this.around, expected);
  }

  private async keepRate(sent: number, began: number): Promise<void> {
    const { rate, concurrency } = this.options;
    const { nowMs, sleep } = this.around;
    if (rate === undefined) return;
    const dueMs = (sent * 1_000 * concurrency) / rate;
    await sleep(Math.max(0, dueMs - (nowMs() - began)));
  }
}

/** They wait for one that an earlier chunk left behind: trying again in this one would show nothing new. */
const isHopeless = (waiting: readonly RedriveOutcome[], before: readonly string[]): boolean =>
  before.includes(EVERY_KEY) && waiting.every((each) => each.kind === 'waits' && each.reason === 'behind');

/** As the function answers. */
function answerIn(payload: unknown): RedriveAnswer | undefined {
  const answer = payload as Partial<RedriveAnswer> | null | undefined;
  return Array.isArray(answer?.outcomes) && Array.isArray(answer.behind) ? (answer as RedriveAnswer) : undefined;
}
