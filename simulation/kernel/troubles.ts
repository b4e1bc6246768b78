import type { Chance } from '../../faults/random';

/** How often each trouble happens, 0 to 1; what is not named never does. */
export type Rates<Name extends string> = { readonly [Each in Name]?: number };

/** What a part asks before each thing it does. */
export interface Troubles<Name extends string> {
  happens(name: Name): boolean;
}

/** What may go wrong with the single requests of a part: each switched on and off with its rate, and counted. */
export class SeededTroubles<Name extends string> implements Troubles<Name> {
  #rates: Rates<string> = {};
  readonly #counts = new Map<Name, number>();

  constructor(private readonly chance: Chance) {}

  get counts(): ReadonlyMap<Name, number> {
    return this.#counts;
  }

  get isOn(): boolean {
    return Object.keys(this.#rates).length > 0;
  }

  /** From now on these, and no others. */
  set(rates: Rates<Name>): void {
    this.#rates = rates;
  }

  happens(name: Name): boolean {
    const rate = this.#rates[name] ?? 0;
    // What is off draws nothing: to switch it on in one part of a run does not change the parts before.
    if (rate === 0 || this.chance.next() >= rate) return false;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return true;
  }
}
