import type { Update } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import { CLAIM_LEASE_MS, RECORD, type DeadLetter, type RecordState } from '../contract';
import { attributes } from '../stores/attributes';
import type { Delivery } from './delivery';
import { foundBy, origin, type Claim, type EventState } from './record';
import type { Transactions } from '../stores/tables';

/** Between two beats of a claim, while its call runs; after one that was not confirmed the next follows sooner. */
export const BEAT_MS = 3_000;
/** Between two looks at another's claim. */
export const LOOK_MS = 1_000;
/** An owner that could not renew its claim for so long stops: before anybody may take it over. */
const STOP_MS = CLAIM_LEASE_MS - LOOK_MS;

export interface ClaimDeps {
  readonly environment: { readonly table: string };
  readonly transactions: Transactions;
  readonly clock: Clock;
}

/** What was seen of another's claim, kept from look to look: since when it stands as it does, by the watcher's own clock. */
export interface Watch {
  seen?: { readonly claim: Claim; readonly sinceMs: number };
}

export type Claimed =
  /** `generation`: of the redrive it was claimed from; 0 for none. `sinceMs`: by the monotonic clock, when the claim was sent; it began no sooner. */
  | { readonly kind: 'mine'; readonly generation: number; readonly sinceMs: number }
  | { readonly kind: 'found'; readonly found: Exclude<EventState, { kind: 'open' | 'claimed' }> }
  /** The store was in the way, or the time margin came first. It may be claimed all the same: its answer may be lost. */
  | { readonly kind: 'trouble'; readonly reason: string; readonly final?: true };

/** It is claimed by another, of whom it is not known that it was killed: to be looked at again in `LOOK_MS`. */
export interface Elsewhere {
  readonly kind: 'elsewhere';
}

/**
 * Claims the event for `owner`, or says what is in the way. Never waits. A claim of another is taken over once owner and
 * beat have stood still for a lease, on condition that they still do. No clock but this one's is looked at.
 */
export async function tryClaim(
  delivery: Delivery,
  owner: string,
  watch: Watch,
  deps: ClaimDeps,
): Promise<Claimed | Elsewhere> {
  const { transactions, clock } = deps;
  const { seen } = watch;
  const sinceMs = clock.monotonic();
  const dead = seen && sinceMs - seen.sinceMs >= CLAIM_LEASE_MS ? seen.claim : undefined;
  const outcome = await transactions.update(claimUpdate(delivery, owner, dead, deps));
  switch (outcome.kind) {
    case 'written':
      return { kind: 'mine', generation: Number(outcome.item[RECORD.generation] ?? 0), sinceMs };
    case 'not met': {
      const found = foundBy(delivery, outcome.item);
      if (found.kind === 'open') return { kind: 'trouble', reason: 'the record changed meanwhile' };
      if (found.kind !== 'claimed') return { kind: 'found', found };
      if (!isSame(seen?.claim, found.claim)) watch.seen = { claim: found.claim, sinceMs: clock.monotonic() };
      return { kind: 'elsewhere' };
    }
    case 'invalid':
      return { kind: 'trouble', reason: `claim: ${outcome.detail}`, final: true };
    case 'refused':
    case 'busy':
    case 'unknown':
      return { kind: 'trouble', reason: `claim: ${outcome.detail}` };
  }
}

/** Whose claim it will be, and until when another's is waited for. */
export interface Claiming {
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Given: another's claim is looked at once and not waited for, as whoever asks has other events to work on. */
  readonly watch?: Watch;
}

export const claimFor = (delivery: Delivery, { owner, signal, watch }: Claiming, deps: ClaimDeps) =>
  watch ? tryClaim(delivery, owner, watch, deps) : claim(delivery, owner, deps, signal);

/** As `tryClaim`, but waits: until the event is claimed, settled, or the signal aborts. */
export async function claim(delivery: Delivery, owner: string, deps: ClaimDeps, signal: AbortSignal): Promise<Claimed> {
  const { clock } = deps;
  const watch: Watch = {};
  for (let failures = 1; !signal.aborted;) {
    const claimed = await tryClaim(delivery, owner, watch, deps);
    switch (claimed.kind) {
      case 'mine':
      case 'found':
        return claimed;
      case 'elsewhere':
        await clock.sleep(LOOK_MS, signal);
        break;
      case 'trouble':
        if (claimed.final) return claimed;
        await clock.sleep(backoffMs(failures++, clock), signal);
    }
  }
  return { kind: 'trouble', reason: 'time margin reached before the event was claimed' };
}

const isSame = (a: Claim | undefined, b: Claim): boolean => a?.owner === b.owner && a.beat === b.beat;

/** Given as the reason: without one each abort makes an error with a stack. */
const OVER = 'over';

/**
 * Works under a claim, which is kept alive meanwhile. The signal that `act` is given also aborts when the claim is lost.
 * @param sinceMs - of the claim
 */
export async function underClaim<R>(
  delivery: Delivery,
  { owner, sinceMs }: { readonly owner: string; readonly sinceMs: number },
  deps: ClaimDeps,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const over = new AbortController();
  const lost = new AbortController();
  // What hangs goes on after the answer, in a sandbox that stays warm: its claim must not.
  const ended = AbortSignal.any([over.signal, lost.signal, signal]);
  const kept = keepClaim(delivery, { owner, sinceMs }, deps, { ended, lost });
  try {
    return await act(AbortSignal.any([signal, lost.signal]));
  } finally {
    over.abort(OVER);
    await kept;
  }
}

/**
 * Keeps the claim alive until `ended` aborts. Aborts `lost` when the claim is another's, and before another may take it
 * over: a beat counts from when it was sent, as nobody can have seen it sooner.
 */
async function keepClaim(
  delivery: Delivery,
  { owner, sinceMs }: { readonly owner: string; readonly sinceMs: number },
  deps: ClaimDeps,
  { ended, lost }: { readonly ended: AbortSignal; readonly lost: AbortController },
): Promise<void> {
  const { transactions, clock } = deps;
  const stopAt = (ms: number) => clock.timer(Math.max(0, ms - clock.monotonic()), () => lost.abort());
  let cancel = stopAt(sinceMs + STOP_MS);
  for (let nextAt = sinceMs + BEAT_MS; ;) {
    await clock.sleep(Math.max(0, nextAt - clock.monotonic()), ended);
    if (ended.aborted) break;
    const sentAt = clock.monotonic();
    const outcome = await transactions.update(beatUpdate(delivery, owner, deps));
    if (outcome.kind === 'not met') lost.abort();
    const isRenewed = outcome.kind === 'written' && !ended.aborted;
    nextAt = sentAt + (isRenewed ? BEAT_MS : LOOK_MS);
    if (!isRenewed) continue;
    cancel();
    cancel = stopAt(sentAt + STOP_MS);
  }
  cancel();
}

/**
 * Undoes a claim of `owner`: the event goes back to the redrive it was claimed from, or is open again. Its beat stays, so
 * that no later claim repeats one. True when it is claimed by `owner` no more.
 */
export async function giveBack(delivery: Delivery, owner: string, deps: ClaimDeps): Promise<boolean> {
  const open = await deps.transactions.update(giveBackUpdate(delivery, owner, 'open', deps));
  if (open.kind !== 'not met') return open.kind === 'written';
  if (!isClaimedBy(owner, foundBy(delivery, open.item))) return true;
  const redriven = await deps.transactions.update(giveBackUpdate(delivery, owner, 'redriven', deps));
  if (redriven.kind !== 'not met') return redriven.kind === 'written';
  return !isClaimedBy(owner, foundBy(delivery, redriven.item));
}

const isClaimedBy = (owner: string, found: EventState): boolean =>
  found.kind === 'claimed' && found.claim.owner === owner;

/**
 * Waits until the event is claimed no more, for an effect that needs no claim: a deploy that made calls may have left one.
 * One that belongs to nobody is taken over and given back. False when the time margin, the store, or another's claim that is not
 * waited for was in the way.
 */
export async function endClaim(delivery: Delivery, claiming: Claiming, deps: ClaimDeps): Promise<boolean> {
  const claimed = await claimFor(delivery, claiming, deps);
  switch (claimed.kind) {
    case 'mine':
      return giveBack(delivery, claiming.owner, deps);
    case 'found':
      return true;
    case 'elsewhere':
    case 'trouble':
      return false;
  }
}

function claimUpdate(
  delivery: Delivery,
  owner: string,
  dead: Claim | undefined,
  { environment, clock }: ClaimDeps,
): Update {
  // Until it is settled the record says by which delivery it is claimed; what a redrive wrote beside that stays.
  const set = {
    ...{ ...origin(delivery, clock.now()), [RECORD.owner]: owner },
    // Whoever parks the event after this claim, by whatever way it ended, says so in its dead letter.
    [RECORD.effect]: 'unknown' satisfies DeadLetter['effect'],
  };
  const names = Object.keys(set);
  return {
    TableName: environment.table,
    Key: attributes({ [RECORD.key]: delivery.key }),
    UpdateExpression: `SET #state = :claimed, ${names.map((name) => `#${name} = :${name}`).join(', ')} ADD #beat :one`,
    ConditionExpression:
      'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content)' +
      // It was this one's already: an answer was lost, or a call is tried again. A claim is never the same as the one before.
      ' OR (#state = :claimed AND #content = :content AND #owner = :owner)' +
      (dead ? ' OR (#state = :claimed AND #content = :content AND #owner = :dead AND #beat = :still)' : ''),
    ExpressionAttributeNames: {
      '#state': RECORD.state,
      '#beat': RECORD.beat,
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: attributes({
      ':claimed': 'claimed' satisfies RecordState,
      ':redriven': 'redriven' satisfies RecordState,
      ':one': 1,
      ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      ...(dead && { ':dead': dead.owner, ':still': dead.beat }),
    }),
  };
}

const beatUpdate = (delivery: Delivery, owner: string, { environment }: ClaimDeps): Update => ({
  ...ifOwned(delivery, environment.table),
  UpdateExpression: 'ADD #beat :one',
  ExpressionAttributeNames: { '#state': RECORD.state, '#owner': RECORD.owner, '#beat': RECORD.beat },
  ExpressionAttributeValues: attributes({
    ':one': 1,
    ':claimed': 'claimed' satisfies RecordState,
    ':owner': owner,
  }),
});

/** What a redrive has left says its generation: nothing else does. */
function giveBackUpdate(delivery: Delivery, owner: string, before: 'open' | 'redriven', deps: ClaimDeps): Update {
  const { ConditionExpression, ...owned } = ifOwned(delivery, deps.environment.table);
  const isOpen = before === 'open';
  return {
    ...owned,
    UpdateExpression: isOpen ? 'REMOVE #state, #owner' : 'SET #state = :before REMOVE #owner',
    ConditionExpression: `${ConditionExpression} AND attribute_${isOpen ? 'not_' : ''}exists(#generation)`,
    ExpressionAttributeNames: { '#state': RECORD.state, '#owner': RECORD.owner, '#generation': RECORD.generation },
    ExpressionAttributeValues: attributes({
      ':claimed': 'claimed' satisfies RecordState,
      ':owner': owner,
      ...(!isOpen && { ':before': 'redriven' satisfies RecordState }),
    }),
  };
}

const ifOwned = (delivery: Delivery, table: string) => ({
  TableName: table,
  Key: attributes({ [RECORD.key]: delivery.key }),
  ConditionExpression: '#state = :claimed AND #owner = :owner',
});
