import { acceptanceOf, type Accepted } from './accepted';
import { copied, fresh, judged, outcomeOf, type Kind, type Mutant, type Outcome } from './mutant';
import { mutantsOf } from './mutants';
import type { Variant } from './variants';

/** What became of one mutant. */
export interface Result {
  readonly variant: string;
  readonly mutant: Mutant;
  readonly outcome: Outcome | 'no hazard';
  /** Findings that the mutant has and the safe variant has not. */
  readonly said: readonly string[];
  readonly accepted?: Accepted;
}

/** Judges every mutant of a variant, or every n-th. */
export function resultsOf(variant: Variant, every = 1): Result[] {
  const before = judged(copied(variant.templates), variant.nesting);
  return mutantsOf(variant)
    .filter((_, n) => n % every === 0)
    .map((mutant) => {
      const templates = copied(variant.templates);
      mutant.apply(templates);
      const findings = fresh(before, judged(templates, variant.nesting));
      const outcome = outcomeOf(mutant, findings);
      const accepted = outcome === 'missed' ? acceptanceOf(mutant) : undefined;
      const said = findings.map(({ code, status, logicalId, found }) => `${code} ${status} ${logicalId}: ${found}`);
      return {
        variant: variant.name,
        mutant,
        outcome: accepted ? 'no hazard' : outcome,
        said,
        ...(accepted && { accepted }),
      };
    });
}

export const isWrong = ({ outcome }: Result): boolean => outcome === 'missed' || outcome === 'false alarm';

/** One line of a wrong answer. */
export function lineOf({ variant, mutant, outcome, said }: Result): string {
  const { kind, at, change, loses } = mutant;
  const what = loses === undefined ? '' : ` (${loses})`;
  const answer = said.length === 0 ? '' : `\n    said: ${said.join('; ').slice(0, 400)}`;
  return `${outcome}: [${variant}] ${kind}: ${at} → ${change}${what}${answer}`;
}

/** A table of Markdown: a row for each kind of change. */
export function tableOf(results: readonly Result[]): string[] {
  const kinds = [...new Set(results.map(({ mutant }) => mutant.kind))];
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const part = (title: string, columns: readonly Result['outcome'][], isOf: (kind: Kind) => boolean): string[] => {
    const count = (of: readonly Result[]) =>
      columns.map((column) => of.filter(({ outcome }) => outcome === column).length);
    const own = kinds.filter(isOf).map((kind) => ({ kind, of: results.filter(({ mutant }) => mutant.kind === kind) }));
    const all = own.flatMap(({ of }) => of);
    return [
      row([title, 'mutants', ...columns]),
      row(['---', '---:', ...columns.map(() => '---:')]),
      ...own.map(({ kind, of }) => row([kind, of.length, ...count(of)])),
      row(['all', all.length, ...count(all)]),
    ];
  };
  const harmless = (kind: Kind) => results.some(({ mutant }) => mutant.kind === kind && mutant.loses === undefined);
  return [
    ...part('dangerous', ['caught', 'no hazard', 'missed'], (kind) => !harmless(kind)),
    '',
    ...part('harmless', ['quiet', 'false alarm'], harmless),
  ];
}
