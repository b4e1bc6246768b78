import type { MeantLetter } from './letters';

/** The newest of any number of letters, and no more in memory than are kept. */
export class Newest {
  private found: MeantLetter[] = [];

  constructor(private readonly most: number) {}

  add(one: MeantLetter): void {
    this.found.push(one);
    if (this.found.length >= 2 * this.most) this.found = this.all();
  }

  all(): MeantLetter[] {
    return [...this.found].sort((a, b) => (b.listed.putAtMs ?? 0) - (a.listed.putAtMs ?? 0)).slice(0, this.most);
  }
}
