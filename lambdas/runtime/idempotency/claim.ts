import type { Update } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../backoff';
import type { Clock } from '../clock';
import { RECORD, type RecordState } from '../contract';
import { attributes } from './attributes';
import type { Delivery } from './delivery';
import { foundBy, origin, type Claim, type Found } from './record';
import type { Transactions } from './transactions';

/** A claim whose beat stood still for so long belongs to nobody: its owner was killed. By the watcher's own clock alone. */
export const LEASE_MS = 10_000;
/** Between two beats of a claim, while its call runs. */
export const BEAT_MS = 3_000;
/** Between two looks at another's claim. */
const LOOK_MS = 1_000;

export interface ClaimPlace {
  readonly environment: { readonly table: string };
  readonly transactions: Transactions;
  readonly clock: Clock;
}

export type Claimed =
  /** `generation`: of the redrive it was claimed from; 0 for none. */
  | { readonly kind: 'mine'; readonly generation: number }
  | { readonly kind: 'found'; readonly found: Exclude<Found, { kind: 'open' | 'claimed' }> }
  /** The time margin came first, or the store refused the request. */
  | { readonly kind: 'trouble'; readonly reason: string };

/**
 * Claims the event for `owner`. A claim of another is waited for: until it is settled, or until its beat has stood still
 * for a lease, and then taken over on condition that it still stands there. No clock but this one's is looked at.
 */
export async function claim(
  delivery: Delivery,
  owner: string,
  place: ClaimPlace,
  signal: AbortSignal,
): Promise<Claimed> {
  const { transactions, clock } = place;
  let seen: { readonly claim: Claim; readonly sinceMs: number } | undefined;
  for (let failures = 1; !signal.aborted;) {
    const dead = seen && clock.monotonic() - seen.sinceMs >= LEASE_MS ? seen.claim : undefined;
    const outcome = await transactions.update(claimUpdate(delivery, owner, dead, place));
    switch (outcome.kind) {
      case 'written':
        return { kind: 'mine', generation: Number(outcome.item[RECORD.generation] ?? 0) };
      case 'not met': {
        const found = foundBy(delivery, outcome.item);
        if (found.kind === 'claimed') {
          // An answer was lost: the claim is this one's.
          if (found.claim.owner === owner) return { kind: 'mine', generation: found.claim.generation };
          seen = isSame(seen?.claim, found.claim) ? seen : { claim: found.claim, sinceMs: clock.monotonic() };
          await clock.sleep(LOOK_MS, signal);
        } else if (found.kind !== 'open') {
          return { kind: 'found', found };
        }
        break;
      }
      case 'invalid':
        return { kind: 'trouble', reason: `claim: ${outcome.detail}` };
      case 'refused':
      case 'busy':
      case 'unknown':
        await clock.sleep(backoffMs(failures++, clock), signal);
    }
  }
  return { kind: 'trouble', reason: 'time margin reached before the event was claimed' };
}

const isSame = (a: Claim | undefined, b: Claim): boolean => a?.owner === b.owner && a.beat === b.beat;

/** Given as the reason: without one each abort makes an error with a stack. */
const OVER = 'over';

/** Works under a claim, which is kept alive meanwhile. The signal that `act` is given also aborts when the claim is lost. */
export async function underClaim<R>(
  delivery: Delivery,
  owner: string,
  place: ClaimPlace,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const over = new AbortController();
  const lost = new AbortController();
  // What hangs goes on after the answer, in a sandbox that stays warm: its claim must not.
  const kept = keepClaim(delivery, owner, place, { ended: AbortSignal.any([over.signal, signal]), lost });
  try {
    return await act(AbortSignal.any([signal, lost.signal]));
  } finally {
    over.abort(OVER);
    await kept;
  }
}

/**
 * Keeps the claim alive until `ended` aborts. Aborts `lost` when the claim is another's, or could not be renewed for a
 * lease: whoever works under it has to stop.
 */
async function keepClaim(
  delivery: Delivery,
  owner: string,
  place: ClaimPlace,
  { ended, lost }: { readonly ended: AbortSignal; readonly lost: AbortController },
): Promise<void> {
  const { transactions, clock } = place;
  let renewedAt = clock.monotonic();
  for (let beat = 1; ; beat++) {
    await clock.sleep(BEAT_MS, ended);
    if (ended.aborted) return;
    const outcome = await transactions.update(beatUpdate(delivery, owner, beat, place));
    if (outcome.kind === 'written') renewedAt = clock.monotonic();
    if (outcome.kind === 'not met' || clock.monotonic() - renewedAt >= LEASE_MS) {
      lost.abort();
      return;
    }
  }
}

/** Undoes a claim of `owner`: the event goes back to the redrive it was claimed from, or is open again. */
export async function giveBack(
  delivery: Delivery,
  { owner, generation }: Pick<Claim, 'owner' | 'generation'>,
  { transactions, environment }: ClaimPlace,
): Promise<boolean> {
  const before = generation > 0 ? 'redriven' : 'open';
  const outcome = await transactions.update({
    ...ifOwned(delivery, environment.table),
    UpdateExpression: before === 'open' ? 'REMOVE #state, #owner, #beat' : 'SET #state = :before REMOVE #owner, #beat',
    ExpressionAttributeNames: { '#state': RECORD.state, '#owner': RECORD.owner, '#beat': RECORD.beat },
    ExpressionAttributeValues: attributes({
      ':claimed': 'claimed' satisfies RecordState,
      ':owner': owner,
      ...(before === 'redriven' && { ':before': before satisfies RecordState }),
    }),
  });
  if (outcome.kind === 'not met') return foundBy(delivery, outcome.item).kind === before;
  return outcome.kind === 'written';
}

/**
 * Waits until the event is claimed no more, for an effect that needs no claim: a deploy that made calls may have left one.
 * One that belongs to nobody is taken over and given back. False when the time margin or the store was in the way.
 */
export async function endClaim(
  delivery: Delivery,
  owner: string,
  place: ClaimPlace,
  signal: AbortSignal,
): Promise<boolean> {
  const claimed = await claim(delivery, owner, place, signal);
  switch (claimed.kind) {
    case 'mine':
      return giveBack(delivery, { owner, generation: claimed.generation }, place);
    case 'found':
      return true;
    case 'trouble':
      return false;
  }
}

function claimUpdate(
  delivery: Delivery,
  owner: string,
  dead: Claim | undefined,
  { environment, clock }: ClaimPlace,
): Update {
  // Until it is settled the record says by which delivery it is claimed; what a redrive wrote beside that stays.
  const set = { ...origin(delivery, clock.now()), [RECORD.owner]: owner, [RECORD.beat]: 0 };
  const names = Object.keys(set);
  return {
    TableName: environment.table,
    Key: attributes({ [RECORD.key]: delivery.key }),
    UpdateExpression: `SET #state = :claimed, ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression:
      'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content)' +
      (dead ? ' OR (#state = :claimed AND #content = :content AND #owner = :dead AND #beat = :still)' : ''),
    ExpressionAttributeNames: {
      '#state': RECORD.state,
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: attributes({
      ':claimed': 'claimed' satisfies RecordState,
      ':redriven': 'redriven' satisfies RecordState,
      ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      ...(dead && { ':dead': dead.owner, ':still': dead.beat }),
    }),
  };
}

const beatUpdate = (delivery: Delivery, owner: string, beat: number, { environment }: ClaimPlace): Update => ({
  ...ifOwned(delivery, environment.table),
  UpdateExpression: 'SET #beat = :beat',
  ExpressionAttributeNames: { '#state': RECORD.state, '#owner': RECORD.owner, '#beat': RECORD.beat },
  ExpressionAttributeValues: attributes({
    ':beat': beat,
    ':claimed': 'claimed' satisfies RecordState,
    ':owner': owner,
  }),
});

const ifOwned = (delivery: Delivery, table: string) => ({
  TableName: table,
  Key: attributes({ [RECORD.key]: delivery.key }),
  ConditionExpression: '#state = :claimed AND #owner = :owner',
});
