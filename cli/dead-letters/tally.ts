import Table from 'cli-table3';
import { printable } from '../check/printable';
import type { Surroundings } from './surroundings';

/** Letters named for each thing that went wrong. */
const EXAMPLES = 3;

interface Trouble {
  count: number;
  readonly detail: string;
  readonly objects: string[];
}

interface Outcome<Kind> {
  readonly object: string;
  readonly kind: Kind;
  readonly reason?: string;
  /** Given where something went wrong. */
  readonly detail?: string;
}

interface ManyOutcomes<Kind> extends Omit<Outcome<Kind>, 'object'> {
  readonly count: number;
  readonly objects: readonly string[];
}

/** Counts what became of letters; of those that stay a few are named. */
export class Tally<Kind extends string> {
  private readonly counts = new Map<Kind, number>();
  private readonly troubles = new Map<string, Trouble>();
  private readonly beganMs: number;
  private done = 0;

  constructor(
    private total: number,
    /** What each kind of outcome means, in the order in which they are shown. */
    private readonly words: Readonly<Record<Kind, string>>,
    private readonly around: Pick<Surroundings, 'progress' | 'nowMs'>,
    private readonly noun = 'letters',
  ) {
    this.beganMs = around.nowMs();
  }

  add(outcomes: readonly Outcome<Kind>[]): void {
    for (const { object, ...outcome } of outcomes) this.note({ ...outcome, objects: [object], count: 1 });
    this.show(outcomes.length);
  }

  /** The same of several that share their outcome, of which some are named. */
  addMany(outcome: ManyOutcomes<Kind>): void {
    this.note(outcome);
    this.show(outcome.count);
  }

  countOf(kind: Kind): number {
    return this.counts.get(kind) ?? 0;
  }

  /** There are no more than those that were added. */
  endsHere(): void {
    this.total = this.done;
  }

  private note({ kind, count, objects, detail, reason = 'not deleted' }: ManyOutcomes<Kind>): void {
    this.counts.set(kind, this.countOf(kind) + count);
    if (detail === undefined) return;
    const known = this.troubles.get(`${kind} ${reason}`) ?? { count: 0, detail, objects: [] };
    known.count += count;
    known.objects.push(...objects.slice(0, EXAMPLES - known.objects.length));
    this.troubles.set(`${kind} ${reason}`, known);
  }

  private show(more: number): void {
    this.done += more;
    this.around.progress.count(this.done, this.total, this.noun, this.pace());
  }

  /** Hands on the letters that are meant. All gone through, they are the total: some of those that were counted may have gone meanwhile. */
  async *through<T>(letters: AsyncIterable<T>): AsyncIterable<T> {
    let found = 0;
    for await (const letter of letters) {
      found += 1;
      yield letter;
    }
    this.total = found;
  }

  /** Nothing is left to be done. */
  get isClean(): boolean {
    return this.troubles.size === 0 && this.done >= this.total;
  }

  /** One JSON object: the fields are public and stable. */
  asJson(): string {
    const troubles = [...this.troubles].map(([name, { count, detail, objects }]) => ({ what: name, count, detail, objects })); // prettier-ignore
    return `${JSON.stringify({ meant: this.total, done: this.done, ...Object.fromEntries(this.counts), troubles })}\n`;
  }

  asTable(): string {
    const table = new Table({ head: [this.noun, 'what became of them'], style: { head: [], border: [] }, colAligns: ['right', 'left'] }); // prettier-ignore
    for (const [kind, words] of Object.entries(this.words) as [Kind, string][]) {
      if (this.counts.has(kind)) table.push([this.counts.get(kind) ?? 0, words]);
    }
    if (this.done < this.total)
      table.push([this.total - this.done, `${this.total - this.done === 1 ? 'was' : 'were'} not tried: run it again`]);
    const troubles = [...this.troubles].map(([name, { count, detail, objects }]) =>
      [`${count} ${name}: ${printable(detail)}`, ...objects.map((object) => `  ${printable(object)}`)].join('\n'),
    );
    return [table.toString(), ...troubles, ''].join('\n');
  }

  private pace(): string {
    const seconds = (this.around.nowMs() - this.beganMs) / 1_000;
    if (seconds < 1 || this.done === 0) return 'just begun';
    const rate = this.done / seconds;
    return `${rate.toFixed(0)} a second, ${Math.ceil((this.total - this.done) / rate)} s left`;
  }
}
