import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import { limit } from '../time/limit';
import type { Item, Transactions, UpdateOutcome } from '../stores/tables';
import type { Log } from '../watching/log';
import { closing, codeState, isOpen, spent } from './breaker-budget';
import { ruling } from './ruling';
import { keyBlamed, lookedAt } from './who-is-to-blame';
import type { CodeState, Shown, Suspect } from './breaker-budget';
import type { Evidence, Ruling } from './ruling';
import type { Look, Other } from './who-is-to-blame';
import { beganUpdate, keyOf, otherOf, stateOf, stateUpdate, type LedgerAt, type LedgerTable } from './item';
import { begun, Sightings, type Marker } from './markers';
import { isStruck, marked, signOf, type Sign } from './strikes';
import { parksUpTo } from './park-up-to';
import { codeChanged, EMPTY, ended, isRedelivery, withShown, type BatchEnd, type LedgerState } from './state';
import type { Stretch } from './stretch';

export type { SettledAs } from './state';

/** Where the ledgers of one consumer group are. */
export interface LedgerDeps extends LedgerTable {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly log?: Log;
}

/** The records of one partition that an invocation is given, and the code that works on them. */
export interface LedgerBatch extends LedgerAt {
  readonly stretch: Stretch;
  readonly id: string;
  /** Milliseconds that its function lives at most, from now. */
  readonly lifeMs: number;
  /** @default '' - one that nobody named */
  readonly code?: string;
}

/** The ledger of one partition, while one batch is worked on. Every method resolves to undefined when the signal aborted first. */
export interface PartitionLedger {
  /** Three batches with some of these records have not ended: take one record at a time. */
  readonly isStruck: boolean;
  /** Some of these records were delivered before: their events may be in the table. */
  readonly isRedelivery: boolean;
  /** What the circuit breaker knows of this batch's code: by what was last written, and by this batch. */
  readonly code: CodeState;
  /** Whether another partition's evidence is asked for. */
  readonly isInDoubt: boolean;
  /** Says that this record alone is worked on from now, unless it has three marks: then whether they are known to be kills. */
  mark(offset: number, isSettled: (offset: number) => boolean): Promise<Sign | undefined>;
  /** Whether what fails speaks against the event. Asks nobody, and spends nothing. */
  ruling(suspect: Suspect, evidence: Evidence): Ruling;
  /** Asks whether the event may be parked; spends one of the circuit breaker's budget where nothing speaks against it. */
  ask(suspect: Suspect, evidence: Evidence, failing: readonly Suspect[]): Promise<Ruling | undefined>;
  /** A person's word covers the record. */
  parksUpTo(record: { readonly offset: number; readonly timestamp: number }): boolean;
  /** Takes up what the other partitions' ledgers show. */
  look(look: Look): Promise<boolean>;
  /** Uses of the budget by this code, as far as they are known. */
  readonly asked: number;
  /** The breaker was open when this batch began, by this code or by the one before it, and something has closed it since. */
  readonly hasClosed: boolean;
  /** Tells how to know what this batch has shown by now: it counts at once, and is written with whatever is written next. */
  show(shown: () => Shown): void;
  /** Counts what was settled and ends the batch; true once it is in the table. Until then nothing of it is settled. */
  end(outcome: Pick<BatchEnd, 'prefix' | 'unsettledFrom'>, signal: AbortSignal): Promise<boolean>;
}

/** Begins a batch in its partition's ledger; undefined when the signal aborted before that was confirmed. */
export async function beginBatch(
  batch: LedgerBatch,
  deps: LedgerDeps,
  signal: AbortSignal,
): Promise<PartitionLedger | undefined> {
  const { transactions, clock } = deps;
  const [from, to] = batch.stretch;
  const { id, lifeMs, code } = batch;
  const marker: Marker = { id, from, to, leftMs: lifeMs, until: clock.now() + lifeMs, code };
  const attempt = async (): Promise<UpdateOutcome> => {
    const outcome = await transactions.update(beganUpdate(batch, marker, deps));
    return outcome.kind === 'not met' ? { kind: 'written', item: outcome.item ?? {} } : outcome;
  };
  const item = await answered(attempt, { ...deps, signal });
  if (!item) return undefined;
  const state = stateOf(item, clock.now());
  if (state.open.some(({ id }) => id === batch.id)) return partitionLedger(batch, marker, state, deps, signal);
  // As many markers as there may be: those that have served make room.
  const appended = (now: LedgerState) => ({ ...now, open: begun(now.open, marker, clock.now()) });
  const next = await advance(batch, state, appended, deps, signal);
  return next && partitionLedger(batch, marker, next, deps, signal);
}

/**
 * Counts what was settled outside of any batch: records out of an on-failure object.
 * True once it is in the table; counting the same again changes nothing.
 */
export async function countSettled(
  at: LedgerAt,
  prefix: BatchEnd['prefix'],
  deps: LedgerDeps,
  signal: AbortSignal,
): Promise<boolean> {
  const nowMs = deps.clock.now();
  const change = (state: LedgerState) =>
    // Each record by itself: what lies between them may still be delivered.
    prefix.reduce(
      (sum, record) => ended(sum, { id: '', batch: [record.offset, record.offset], prefix: [record], nowMs }),
      state,
    );
  return (await advance(at, EMPTY, change, deps, signal)) !== undefined;
}

/** Other partitions whose ledgers are looked at: the nearest by number. */
const LOOKED_AT = 50;

/** The ledgers of other partitions of the topic. Rejects when the table did not answer. */
export async function otherLedgers({ topic, partition }: LedgerAt, deps: LedgerDeps): Promise<readonly Other[]> {
  const first = Math.max(0, partition - LOOKED_AT / 2);
  const near = Array.from({ length: LOOKED_AT + 1 }, (_, i) => first + i).filter((other) => other !== partition);
  const keys = new Map(near.map((other) => [keyOf({ topic, partition: other }, deps), other]));
  const found = await deps.transactions.readMany(deps.environment.table, [...keys.keys()]);
  return [...found].map(([key, item]) => otherOf(keys.get(key) ?? partition, item));
}

function partitionLedger(
  batch: LedgerBatch,
  marker: Marker,
  begunAs: LedgerState,
  deps: LedgerDeps,
  aborted: AbortSignal,
): PartitionLedger {
  const { code = '' } = batch;
  const { clock } = deps;
  let state = begunAs;
  let seen = (): Shown => ({ keys: [], sources: [], hasDecoded: false });
  // One write at a time: each is computed from what the one before left.
  const inTurn = limit(1);
  const sightings = new Sightings(clock);
  sightings.aged(begunAs.open);
  const current = (of: LedgerState) => withShown(of, code, seen(), begunAs.version);
  const change = (transition: (state: LedgerState) => LedgerState, signal = aborted): Promise<boolean> =>
    inTurn(async () => {
      const aged = (now: LedgerState) => ({ ...now, open: sightings.aged(now.open) });
      const next = await advance(batch, state, (now) => aged(transition(aged(current(now)))), deps, signal);
      state = next ?? state;
      return next !== undefined;
    });
  const known = () => codeState(current(state).codes, code);
  const hasClosed = closing(begunAs.codes, code);
  return {
    isStruck: isStruck(begunAs, batch.stretch, { id: batch.id, nowMs: clock.now() }),
    isRedelivery: isRedelivery(begunAs, batch.id, batch.stretch),
    get code() {
      return known();
    },
    get asked() {
      return codeState(state.codes, code).asked;
    },
    get hasClosed() {
      return hasClosed(known());
    },
    get isInDoubt() {
      return isOpen(known()) || known().question !== undefined;
    },
    mark: async (offset, isSettled) => {
      const own = { ...marker, at: offset };
      if (!(await change((now) => marked(now, own, isSettled, clock.now())))) return undefined;
      return signOf(state, own, clock.now());
    },
    ruling: (suspect, evidence) => ruling(known(), suspect, evidence),
    ask: (suspect, evidence, failing) => asked({ suspect, evidence, failing }, code, () => current(state), change),
    parksUpTo: (record) => parksUpTo(state.parkUpTo, record, clock.now()),
    look: async (look) => {
      const looked = (now: LedgerState) => codeChanged(now, code, (before) => lookedAt(before, now.recent, look));
      const now = current(state);
      return looked(now) === now ? true : change(looked);
    },
    show: (shown) => {
      seen = shown;
    },
    end: (outcome, signal) =>
      change((now) => ended(now, { id: batch.id, batch: batch.stretch, nowMs: clock.now(), ...outcome }), signal),
  };
}

interface Asked {
  readonly suspect: Suspect;
  readonly evidence: Evidence;
  readonly failing: readonly Suspect[];
}

/** What costs nothing is ruled without a write; what spends the budget, or blames a key, is written first. */
async function asked(
  { suspect, evidence, failing }: Asked,
  code: string,
  current: () => LedgerState,
  change: (transition: (state: LedgerState) => LedgerState) => Promise<boolean>,
): Promise<Ruling | undefined> {
  const state = current();
  const known = codeState(state.codes, code);
  const convicted = keyBlamed(known, state.recent, failing);
  const first = ruling(convicted, suspect, evidence);
  if (first === 'held' || (first === 'own fault' && convicted === known)) return first;
  let ruled: Ruling = first;
  const written = await change((now) =>
    codeChanged(now, code, (before) => {
      const after = keyBlamed(before, now.recent, failing);
      ruled = ruling(after, suspect, evidence);
      return ruled === 'within budget' ? spent(after, suspect) : after;
    }),
  );
  return written ? ruled : undefined;
}

/** Writes the next state over the one it was computed from, however often another batch comes in between. */
async function advance(
  at: LedgerAt,
  from: LedgerState,
  transition: (state: LedgerState) => LedgerState,
  deps: LedgerDeps,
  signal: AbortSignal,
): Promise<LedgerState | undefined> {
  const { transactions, clock } = deps;
  let state = from;
  const attempt = async () => {
    const outcome = await transactions.update(stateUpdate(at, state, transition(state), deps));
    if (outcome.kind === 'not met') state = outcome.item ? stateOf(outcome.item, clock.now()) : EMPTY;
    return outcome;
  };
  const item = await answered(attempt, { ...deps, signal });
  return item && stateOf(item, clock.now());
}

/** Tries until it is written. A condition that was not met is tried again at once: the attempt knows more by then. */
async function answered(
  attempt: () => Promise<UpdateOutcome>,
  { clock, signal, log }: Pick<LedgerDeps, 'clock' | 'log'> & { readonly signal: AbortSignal },
): Promise<Item | undefined> {
  for (let failures = 1; !signal.aborted;) {
    const outcome = await attempt();
    switch (outcome.kind) {
      case 'written':
        return outcome.item;
      case 'not met':
        break;
      case 'invalid':
      case 'refused':
      case 'busy':
      case 'unknown':
        // Nothing of the partition moves on meanwhile: said once for each write.
        if (failures === 1)
          log?.warn('ledger not written, tried again', { outcome: outcome.kind, detail: outcome.detail });
        await clock.sleep(backoffMs(failures++, clock), signal);
    }
  }
  return undefined;
}
