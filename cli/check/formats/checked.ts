import { RULES } from '../../../rules';
import type { Acknowledgement, Judged } from '../acknowledge';

/** What a check has found. */
export interface Checked {
  readonly findings: readonly Judged[];
  readonly unused: readonly Acknowledgement[];
  /** How many templates were judged. */
  readonly files: number;
  /** One line for each file that could not be judged. */
  readonly unreadable: readonly string[];
}

export interface Summary {
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
  readonly undecided: number;
  readonly acknowledged: number;
  readonly known: number;
  readonly unreadable: number;
}

export function summaryOf({ findings, files, unreadable }: Checked): Summary {
  const count = (matches: (finding: Judged) => boolean) => findings.filter(matches).length;
  return {
    files,
    errors: count(({ status, severity }) => status === 'fail' && severity === 'error'),
    warnings: count(({ status, severity }) => status === 'fail' && severity === 'warning'),
    undecided: count(({ status }) => status === 'undecided'),
    acknowledged: count(({ status }) => status === 'acknowledged'),
    known: count(({ status }) => status === 'known'),
    unreadable: unreadable.length,
  };
}

/** The sums in words; those that are seldom other than nothing only when they are. */
export function sumsOf(checked: Checked): string {
  const { errors, warnings, undecided, acknowledged, known, unreadable } = summaryOf(checked);
  const seldom = [...(known > 0 ? [`${known} known`] : []), ...(unreadable > 0 ? [`${unreadable} unreadable`] : [])];
  const sums = [`${errors} errors`, `${warnings} warnings`, `${undecided} undecided`, `${acknowledged} acknowledged`];
  return [...sums, ...seldom].join(', ');
}

export type Mark = 'error' | 'warning' | 'undecided' | 'acknowledged' | 'known';

/** What a finding is, in one word. */
export const markOf = ({ status, severity }: Judged): Mark => (status === 'fail' ? severity : status);

const ruleOf = (code: string) => RULES.find((rule) => rule.code === code);
export const nameOf = (code: string): string => ruleOf(code)?.name ?? code;
/** What is lost, in one sentence. */
export const whyOf = (code: string): string => ruleOf(code)?.why ?? '';

export const whatOf = ({ property, found, wanted }: Judged): string =>
  `${property === '' ? '' : `${property}: `}got ${found}, want ${wanted}`;

/** Why nobody need answer for it, or how to mend it. */
export function wayOn({ status, reason, fix }: Judged): string {
  switch (status) {
    case 'acknowledged':
      return `accepted: ${reason ?? ''}`;
    case 'known':
      return 'known: it stands in the baseline';
    case 'fail':
    case 'undecided':
      return `fix: ${fix}`;
  }
}
