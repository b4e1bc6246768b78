import type { Disposition } from '../disposition';
import { giveBack, type ClaimDeps, type Elsewhere } from '../../idempotency/claim';
import { within } from '../../time/within';
import { limit } from '../../time/limit';
import type { Work } from '../work';

/** Claims given back at once, at the time margin. */
const AT_ONCE = 50;

/**
 * The claims of one invocation. None is left behind by a call that has ended: the next delivery would wait a lease for
 * each. What hangs keeps its claim, as it may still reach the other system.
 */
export class HeldClaims {
  /** May be claimed by this invocation: the answer to a claim can be lost. */
  private readonly held = new Set<Work>();
  private readonly underWay = new Map<Work, Promise<unknown>>();

  constructor(private readonly deps: ClaimDeps) {}

  /** Said before a claim is asked for. */
  add(work: Work): void {
    this.held.add(work);
  }

  /** Does what needs the claim, and then lets go of it. To be parked an event stays claimed. */
  async during<D extends Disposition | Elsewhere>(work: Work, act: () => Promise<D>): Promise<D> {
    const acting = act().then(async (disposition) => {
      await this.after(work, disposition);
      return disposition;
    });
    this.underWay.set(work, acting);
    try {
      return await acting;
    } finally {
      this.underWay.delete(work);
    }
  }

  /** At the time margin: gives back what is claimed and not settled. Resolves after `patienceMs` at the latest. */
  async giveUp(isSettled: (work: Work) => boolean, patienceMs: number): Promise<void> {
    const inTurn = limit(AT_ONCE);
    const all = [...this.held].map(async (work) => {
      await this.underWay.get(work)?.catch(() => undefined);
      if (!isSettled(work)) await inTurn(() => this.release(work));
    });
    await within(Promise.all(all), patienceMs, { clock: this.deps.clock });
  }

  private async after(work: Work, { kind }: Disposition | Elsewhere): Promise<void> {
    switch (kind) {
      case 'done':
      case 'elsewhere':
        this.held.delete(work);
        return;
      case 'park':
        return;
      case 'retry':
        return this.release(work);
    }
  }

  private async release(work: Work): Promise<void> {
    // Called, and its record perhaps on its way: that has a lease to arrive before the event is called again.
    if (work.hasCalled || !this.held.has(work)) return;
    if (await giveBack(work.delivery, work.owner, this.deps)) this.held.delete(work);
  }
}
