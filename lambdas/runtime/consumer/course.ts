import { BUDGET, type Suspect } from '../ledger/breaker-budget';
import type { Work } from './work';

/** When the handler's code began and failed on one event, in the order of one invocation. */
export interface Course {
  /** Its latest begin; 0: never. */
  readonly beganAt: number;
  /** Its first begin. */
  readonly firstBeganAt?: number;
  /** Uses of the circuit breaker's budget that were known at the latest begin. */
  readonly budgetBefore: number;
  /** Its first failure, and in what it failed last. */
  readonly failedAt?: number;
  readonly failedIn?: Suspect['stage'];
}

const UNTRIED: Course = { beganAt: 0, budgetBefore: 0 };

/** The order in which attempts of one invocation began and failed: what began later has the higher number. */
export class Courses {
  private order = 0;
  /** Of all attempts that ended well, the latest begin. */
  private latest = 0;
  private readonly courses = new Map<Work, Course>();

  of = (work: Work): Course => this.courses.get(work) ?? UNTRIED;

  /** The next number, for a moment that others are compared with. */
  next(): number {
    return ++this.order;
  }

  began(work: Work, budgetBefore: number): void {
    const before = this.of(work);
    const beganAt = this.next();
    this.courses.set(work, { ...before, beganAt, firstBeganAt: before.firstBeganAt ?? beganAt, budgetBefore });
  }

  failed(work: Work, failedIn: Suspect['stage']): void {
    const before = this.of(work);
    this.courses.set(work, { ...before, failedAt: before.failedAt ?? this.next(), failedIn });
  }

  succeeded(work: Work): void {
    this.latest = Math.max(this.latest, this.of(work).beganAt);
  }

  /** Whether an attempt that ended well began after that moment. */
  hasSucceededSince = (moment: number): boolean => this.latest > moment;

  /**
   * Whether something that began after the event had failed, here or in another partition, ended well; unless a whole budget of
   * others that were tried for the first time after that have all failed: then code or downstream have gone since, between two
   * attempts on this event.
   *
   * @param elsewhere - something that began after this moment was applied in another partition; 0: that is not known
   */
  hasOthersSucceededSince(work: Work, elsewhere: number, failing: Iterable<Work>): boolean {
    const latest = Math.max(this.latest, elsewhere);
    const { failedAt } = this.of(work);
    if (failedAt === undefined || latest <= failedAt) return false;
    let failedSince = 0;
    for (const each of failing) {
      if ((this.of(each).firstBeganAt ?? 0) > latest) failedSince += 1;
      if (failedSince === BUDGET) return false;
    }
    return true;
  }
}
