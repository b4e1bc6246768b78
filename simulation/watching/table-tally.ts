import type { Item, Transactions } from '../../lambdas/runtime/stores/tables';
import { LEDGER, RECORD, type RecordState } from '../../lambdas/runtime/contract';
import type { Asked } from '../../faults/states';

const CLAIMED = 'claimed' satisfies RecordState;

/** Reads off what functions ask of DynamoDB, and what it answers, where consumers have come: as the proxies of a real run do. */
export class TableTally {
  #lookUps = 0;
  #marks = 0;
  #takenOver = 0;
  #claimsMet = 0;
  /** Owner of each claim, as the store last said it. */
  readonly #owners = new Map<string, unknown>();

  get asked(): Asked {
    return { lookUps: this.#lookUps, marks: this.#marks, claimsMet: this.#claimsMet, claimsTakenOver: this.#takenOver };
  }

  watch(transactions: Transactions): Transactions {
    return {
      ...transactions,
      readMany: (table, keys) => {
        this.#lookUps++;
        return transactions.readMany(table, keys);
      },
      update: async (input, patienceMs) => {
        const outcome = await transactions.update(input, patienceMs);
        if (outcome.kind === 'written') this.#updated(outcome.item);
        if (outcome.kind === 'not met' && outcome.item?.[RECORD.state] === CLAIMED) this.#claimsMet++;
        return outcome;
      },
      transact: async (items, patienceMs) => {
        const outcome = await transactions.transact(items, patienceMs);
        if (outcome.kind === 'cancelled')
          this.#claimsMet += outcome.reasons.filter(({ item }) => item?.[RECORD.state] === CLAIMED).length;
        return outcome;
      },
    };
  }

  /** Every update of ours asks for what the item is then. */
  #updated(item: Item): void {
    const key = String(item[RECORD.key]);
    const open = item[LEDGER.open];
    if (Array.isArray(open) && open.some((each) => (Object(each) as { readonly at?: unknown }).at !== undefined))
      this.#marks++;
    const owner = item[RECORD.owner];
    if (owner === undefined || item[RECORD.state] !== CLAIMED) return void this.#owners.delete(key);
    const before = this.#owners.get(key);
    if (before !== undefined && before !== owner) this.#takenOver++;
    this.#owners.set(key, owner);
  }
}
