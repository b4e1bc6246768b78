import type { Clock } from '../time/clock';
import type { ParkReason } from '../contract';
import type { Decoder } from '../event/decode';
import { timeOf } from '../event/event';
import { attemptsTag, isOpen, type Shown, type Suspect } from '../ledger/breaker-budget';
import { isBlamed, type Evidence } from '../ledger/ruling';
import { haveAppliedSince } from '../ledger/who-is-to-blame';
import { otherLedgers, type LedgerDeps, type PartitionLedger } from '../ledger';
import { joined, type Stretch } from '../ledger/stretch';
import type { Log } from '../watching/log';
import type { Meter } from '../watching/metrics';
import { breakerHolds, keyOrSourceBlamed } from './lines';
import { Courses } from './course';
import { hashesOf, keyHash, rawKey, remember, sourceHash, speakerOf, suspect, type Names } from './suspects';
import { isSettled, type Work } from './work';

/** Decoders that have decoded something: being pure, they show it for whoever uses them. */
const decoders = new WeakSet<object>();

/** Between two looks at the ledgers of other partitions. */
const FIRST_LOOK_MS = 2_000;
const MOST_LOOK_MS = 10_000;
/** Attempts on an event whose key or source is to blame already: the others of it have had theirs. */
const ATTEMPTS_OF_BLAMED = 2;

export interface BreakerDeps extends LedgerDeps {
  readonly meter: Meter;
  readonly log: Log;
  readonly clock: Clock;
  /** Attempts of the handler on one event before it is parked. */
  readonly attempts: number;
  readonly decoder: Decoder<unknown>;
  /** Whether the code has a name: only then does what it has decoded in another sandbox speak for this one. */
  readonly isCodeKnown: boolean;
}

/**
 * Who is to blame in one invocation: what has failed and what has ended well, in the order in which it began (decision
 * 0015), and what the ledgers make of it.
 */
export class Breaker {
  private readonly courses = new Courses();
  private readonly views = new Map<string, View>();
  private watching?: Promise<void>;
  private hasDecoded = false;

  constructor(
    /** By partition, in the order of their offsets. */
    private readonly works: ReadonlyMap<string, readonly Work[]>,
    ledgers: ReadonlyMap<string, PartitionLedger>,
    private readonly deps: BreakerDeps,
    private readonly signal: AbortSignal,
  ) {
    for (const [name, ledger] of ledgers) {
      const view: View = {
        ...{ ledger, failing: new Set(), keys: new Map(), sources: new Map(), questionAt: 0 },
        ...{ seen: new Map(), seenAt: 0, successElsewhere: 0 },
      };
      ledger.show(() => this.shownBy(view));
      this.views.set(name, view);
    }
    const inDoubt = [...this.views.values()].filter(({ ledger }) => ledger.isInDoubt);
    if (inDoubt.length > 0) this.watching = this.watch(0);
    const open = inDoubt.filter(({ ledger }) => isOpen(ledger.code));
    // The metric goes out at once: the function may be killed before its answer.
    open.forEach(() => deps.meter.breakerOpen());
    if (open.length > 0) deps.meter.flush();
  }

  /** The handler's code is about to run on the event. */
  began(work: Work): void {
    this.courses.began(work, this.of(work)?.ledger.asked ?? 0);
  }

  /** The decoder has decoded a value that is no tombstone. */
  decoded(): void {
    this.hasDecoded = true;
    decoders.add(this.deps.decoder);
  }

  /** The event was applied by an attempt of this invocation. */
  succeeded(work: Work): void {
    this.courses.succeeded(work);
    const view = this.of(work);
    if (!view) return;
    view.failing.delete(work);
    view.provenTo = Math.max(view.provenTo ?? 0, this.courses.of(work).budgetBefore);
    if (work.delivery.record.key !== null) remember(view.keys, rawKey(work), () => keyHash(work));
    remember(view.sources, speakerOf(work), () => sourceHash(work));
  }

  /** The event cannot be applied. False while the breaker is open and nothing speaks against it: then it was no attempt. */
  failed(work: Work, stage: Suspect['stage'] = 'handler'): boolean {
    const view = this.of(work);
    if (!view) return true;
    this.fails(view, work, stage);
    const counts =
      view.ledger.ruling(suspect(work, stage), { ...this.evidence(view, work), isAttempt: true }) !== 'held';
    if (!counts) this.hold(view, work);
    return counts;
  }

  hasFailed = (work: Work): boolean => this.courses.of(work).failedAt !== undefined;

  /** Whether attempts of earlier invocations alone may have the event parked. */
  isTriedEnough(work: Work, attempts: number, by: unknown): boolean {
    const view = this.of(work);
    if (!view || by !== attemptsTag(view.ledger.code) || attempts < this.attemptsNeeded(work)) return false;
    return view.ledger.ruling(suspect(work, 'handler'), { ...this.evidence(view, work), isAttempt: true }) !== 'held';
  }

  /** Under what name attempts on the event are counted. */
  tag(work: Work): string {
    const view = this.of(work);
    return view ? attemptsTag(view.ledger.code) : '';
  }

  attemptsNeeded(work: Work): number {
    const { attempts } = this.deps;
    const view = this.of(work);
    const blamed = view && isBlamed(view.ledger.code, suspect(work, 'handler'));
    return blamed ? Math.min(ATTEMPTS_OF_BLAMED, attempts) : attempts;
  }

  /** Whether the event may be parked; undefined when the time margin came first. */
  async mayPark(work: Work, reason: ParkReason): Promise<boolean | undefined> {
    // No deploy is to blame for an id that was used twice, unless it is the deploy that tells the ids.
    if (reason === 'id-conflict' && !work.delivery.isForeign) return true;
    const view = this.of(work);
    if (!view) return undefined;
    const stage = reason === 'undecodable' ? 'decode' : 'handler';
    this.fails(view, work, stage);
    const ruled = await view.ledger.ask(suspect(work, stage), this.evidence(view, work), this.suspects(view));
    if (ruled === undefined) return undefined;
    if (ruled === 'held') this.hold(view, work);
    else view.failing.delete(work);
    return ruled !== 'held';
  }

  /** Whether the breaker of that partition has held something back. */
  hasHeld = (name: string): boolean => this.views.get(name)?.isHeld === true;

  /** Resolves when no look at other ledgers is under way. */
  ended = (): Promise<void> => this.watching ?? Promise.resolve();

  private of = ({ delivery: { record } }: Work): View | undefined =>
    this.views.get(`${record.topic}-${record.partition}`);

  private fails(view: View, work: Work, stage: Suspect['stage']): void {
    this.courses.failed(work, stage);
    view.failing.add(work);
  }

  private suspects = ({ failing }: View): Suspect[] =>
    [...failing].map((work) => suspect(work, this.courses.of(work).failedIn ?? 'handler'));

  private evidence(view: View, work: Work): Evidence {
    const { ledger } = view;
    const { record } = work.delivery;
    return {
      succeededSince: this.courses.hasOthersSucceededSince(work, view.successElsewhere, view.failing),
      hasDecoded: this.hasDecoded || decoders.has(this.deps.decoder),
      // A time that is not known cannot tell that the record is too young for the word.
      parkUpTo: ledger.parksUpTo({ offset: record.offset, timestamp: timeOf(record) ?? 0 }),
    };
  }

  private hold(view: View, { delivery: { record } }: Work): void {
    const { meter, log } = this.deps;
    meter.breakerOpen();
    if (!view.isHeld) {
      meter.flush();
      breakerHolds(log, record);
    }
    view.isHeld = true;
    this.watching ??= this.watch(FIRST_LOOK_MS);
  }

  private shownBy({ keys, sources, provenTo }: View): Shown {
    const hasDecoded = this.hasDecoded && this.deps.isCodeKnown;
    return { provenTo, keys: hashesOf(keys), sources: hashesOf(sources), hasDecoded };
  }

  /** Looks for evidence in other partitions for as long as some breaker is in doubt. */
  private async watch(firstMs: number): Promise<void> {
    await this.deps.clock.sleep(firstMs, this.signal);
    for (let pauseMs = FIRST_LOOK_MS; !this.signal.aborted; pauseMs = Math.min(MOST_LOOK_MS, pauseMs * 1.5)) {
      const inDoubt = [...this.views].filter(([, { ledger }]) => ledger.isInDoubt);
      await Promise.all(inDoubt.map(([name, view]) => this.look(name, view)));
      await this.deps.clock.sleep(pauseMs, this.signal);
    }
  }

  private async look(name: string, view: View): Promise<void> {
    const record = this.works.get(name)?.[0]?.delivery.record;
    if (!record) return;
    const before = this.courses.next();
    let others: Awaited<ReturnType<typeof otherLedgers>>;
    try {
      others = await otherLedgers(record, this.deps);
    } catch {
      // Only evidence is missing: the next look may find it.
      return;
    }
    const at = this.courses.next();
    if (haveAppliedSince(others, view.ledger.code, view.seen)) view.successElsewhere = view.seenAt;
    view.seen = new Map(others.map(({ partition, version }) => [partition, version]));
    view.seenAt = before;
    const wasAsked = view.ledger.code.question !== undefined;
    const blamedBefore = view.ledger.code.blamed.length;
    await view.ledger.look({
      others: this.deps.isCodeKnown ? others : others.map(withoutDecoding),
      succeededHere: this.courses.hasSucceededSince(view.questionAt),
      failing: this.suspects(view),
      failed: this.failedStretches(name, view),
    });
    const { code } = view.ledger;
    if (!wasAsked && code.question) view.questionAt = at;
    if (code.blamed.length > blamedBefore) keyOrSourceBlamed(this.deps.log, record, code.blamed.length);
  }

  /** Where records have failed, with what is settled between them. */
  private failedStretches(name: string, { failing }: View): Stretch[] {
    const stretches: Stretch[] = [];
    let from: number | undefined;
    let to = 0;
    for (const work of this.works.get(name) ?? []) {
      const { offset } = work.delivery.record;
      if (failing.has(work)) {
        from ??= offset;
        to = offset;
      } else if (from !== undefined && !isSettled(work)) {
        stretches.push([from, to]);
        from = undefined;
      }
    }
    return joined(from === undefined ? stretches : [...stretches, [from, to]]);
  }
}

/** One partition in this invocation. */
interface View {
  readonly ledger: PartitionLedger;
  /** What has failed and is not settled. */
  readonly failing: Set<Work>;
  /** Of what was applied. */
  readonly keys: Names;
  readonly sources: Names;
  provenTo?: number;
  /** Since when the partition's question is known here, in the order of begins. */
  questionAt: number;
  /** What the latest look at other partitions found, and when it began. */
  seen: ReadonlyMap<number, number>;
  seenAt: number;
  /** Something that began after this was applied in another partition; 0: that is not known. */
  successElsewhere: number;
  isHeld?: boolean;
}

const withoutDecoding = <T extends { readonly codes: readonly { readonly hasDecoded: boolean }[] }>(other: T): T => ({
  ...other,
  codes: other.codes.map((code) => ({ ...code, hasDecoded: false })),
});
