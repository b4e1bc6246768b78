import Table from 'cli-table3';
import type { LetterFate, RedriveOutcome } from '../../lambdas/runtime/contract';
import { printable } from '../check/printable';
import type { Surroundings } from './surroundings';

/** Letters named for each thing that went wrong. */
const EXAMPLES = 3;

interface Trouble {
  count: number;
  readonly detail: string;
  readonly objects: string[];
}

const WORDS: Readonly<Record<LetterFate['kind'], string>> = {
  redriven: 'sent back, their letters deleted',
  undeleted: 'sent back, their letters still there',
  removed: 'had nothing to send, their letters deleted',
  gone: 'were gone already',
  refused: 'stay: they take a person',
  waits: 'stay for now: run it again',
};

/** Counts what became of letters; of those that stay a few are named. */
export class Tally {
  private readonly counts = new Map<LetterFate['kind'], number>();
  private readonly troubles = new Map<string, Trouble>();
  private readonly beganMs: number;
  private done = 0;

  constructor(
    private readonly total: number,
    private readonly around: Pick<Surroundings, 'progress' | 'nowMs'>,
  ) {
    this.beganMs = around.nowMs();
  }

  add(outcomes: readonly RedriveOutcome[]): void {
    for (const outcome of outcomes) {
      const { kind, object } = outcome;
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      if (!('detail' in outcome)) continue;
      const reason = 'reason' in outcome ? outcome.reason : 'not deleted';
      const known = this.troubles.get(`${kind} ${reason}`) ?? { count: 0, detail: outcome.detail, objects: [] };
      known.count += 1;
      if (known.objects.length < EXAMPLES) known.objects.push(object);
      this.troubles.set(`${kind} ${reason}`, known);
    }
    this.done += outcomes.length;
    this.around.progress.count(this.done, this.total, 'letters', this.pace());
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
    const table = new Table({ head: ['letters', 'what became of them'], style: { head: [], border: [] }, colAligns: ['right', 'left'] }); // prettier-ignore
    for (const [kind, words] of Object.entries(WORDS) as [LetterFate['kind'], string][]) {
      if (this.counts.has(kind)) table.push([this.counts.get(kind) ?? 0, words]);
    }
    if (this.done < this.total) table.push([this.total - this.done, 'were not tried: run it again']);
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
