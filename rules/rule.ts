import type { Graph, Resource } from './graph';
import { brief, type Read } from './value';

export type Severity = 'error' | 'warning';

/** One way to lose an accepted event, and how a template is asked about it. */
export interface Rule {
  /** Stable for ever. */
  readonly code: string;
  readonly name: string;
  readonly severity: Severity;
  /** What is lost, in one sentence. */
  readonly why: string;
  readonly fix: { readonly cdk: string; readonly cloudFormation: string };
  /** Page of AWS, or of Apache Kafka, that says so. */
  readonly source: string;
  /** One verdict for every subject; a subject that is right has one too. */
  check(graph: Graph): readonly Verdict[];
}

/** What was judged. */
export interface Place {
  readonly resource: Resource;
  /** Path below `Properties`, or `DeletionPolicy` and its like. */
  readonly property: string;
}

export type Verdict = Place &
  (
    | { readonly status: 'pass' }
    | { readonly status: 'fail'; readonly found: string; readonly wanted: string; readonly severity?: Severity }
    | { readonly status: 'undecided'; readonly found: string; readonly wanted: string }
  );

export const pass = ({ resource, property }: Place): Verdict => ({ resource, property, status: 'pass' });
export const fail = ({ resource, property }: Place, found: string, wanted: string, severity?: Severity): Verdict => ({
  resource,
  property,
  status: 'fail',
  found,
  wanted,
  ...(severity && { severity }),
});
export const undecided = ({ resource, property }: Place, found: string, wanted: string): Verdict => ({
  resource,
  property,
  status: 'undecided',
  found,
  wanted,
});

export interface Expectation<T> {
  /** In words, after "want". */
  readonly want: string;
  readonly ok: (value: T) => boolean;
  /** What the service takes when nothing is said; left out, saying nothing fails. */
  readonly byDefault?: T;
}

/** Holds a value against what is wanted of it. */
export function judge<T>(place: Place, read: Read<T>, { want, ok, byDefault }: Expectation<T>): Verdict {
  switch (read.kind) {
    case 'known':
      return ok(read.value) ? pass(place) : fail(place, brief(read.value), want);
    case 'unknown':
      return undecided(place, read.why, want);
    case 'absent':
      if (byDefault === undefined) return fail(place, 'nothing', want);
      return ok(byDefault) ? pass(place) : fail(place, `nothing, which means ${brief(byDefault)}`, want);
  }
}

/** A verdict that counts only where the premise holds; where that is in doubt, a failure is in doubt too. */
export function provided(premise: Read<boolean>, verdict: Verdict): Verdict {
  if (verdict.status === 'pass' || (premise.kind === 'known' && premise.value)) return verdict;
  if (premise.kind === 'unknown') return undecided(verdict, premise.why, verdict.wanted);
  return pass(verdict);
}
