import type { Graph, Resource } from '../reading/graph';
import type { Match } from '../reading/matching';
import { brief, type Read } from '../reading/value';

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
  readonly check: Check;
}

/**
 * What a rule asks: of one subject after another, so that each is judged by what it depends on alone (`forEach` and its
 * like), or of a template as a whole, where there is no subject. One verdict for everything judged; what is right has one
 * too.
 */
export type Check = Subjects | ((graph: Graph) => readonly Verdict[]);

/** Says what there is to judge. Only what the templates say in every case decides which judgements there are. */
export interface Subjects {
  readonly judgements: (graph: Graph) => readonly Judgement[];
}

export interface Judgement {
  /** Without it, a template as a whole. */
  readonly subject?: Resource;
  readonly judge: () => readonly Verdict[];
}

export type Judge<S> = (subject: S, graph: Graph) => Verdict | readonly Verdict[];

/** Judges every resource of a type, or of several. */
export const forEach = (types: string | readonly string[], judge: Judge<Resource>): Subjects => ({
  judgements: (graph) =>
    [types].flat().flatMap((type) =>
      graph.everyOfType(type).map((subject) => ({
        subject,
        judge: () => (subject.isThere ? [judge(subject, graph)].flat() : []),
      })),
    ),
});

/** Several checks of one rule. */
export const together = (...checks: readonly Check[]): Subjects => ({
  judgements: (graph) => checks.flatMap((check) => judgementsOf(check, graph)),
});

export const judgementsOf = (check: Check, graph: Graph): readonly Judgement[] =>
  typeof check === 'function' ? [{ judge: () => check(graph) }] : check.judgements(graph);

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

/** What is said of a place that is not right, or may not be. */
export type Told = Exclude<Verdict, { status: 'pass' }>;

export const pass = ({ resource, property }: Place): Verdict => ({ resource, property, status: 'pass' });
export const fail = ({ resource, property }: Place, found: string, wanted: string, severity?: Severity): Told => ({
  resource,
  property,
  status: 'fail',
  found,
  wanted,
  ...(severity && { severity }),
});
export const undecided = ({ resource, property }: Place, found: string, wanted: string): Told => ({
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

/** Of what holds, does not hold, or may: what is found in either of the last. */
export function judgeMatch(
  place: Place,
  match: Match,
  { want, no, maybe }: { readonly want: string; readonly no: string; readonly maybe: string },
): Verdict {
  switch (match) {
    case 'yes':
      return pass(place);
    case 'maybe':
      return undecided(place, maybe, want);
    case 'no':
      return fail(place, no, want);
  }
}

/** A verdict that counts only where the premise holds; where that is in doubt, a failure is in doubt too. */
export function provided(premise: Read<boolean>, verdict: Verdict): Verdict {
  if (verdict.status === 'pass' || (premise.kind === 'known' && premise.value)) return verdict;
  if (premise.kind === 'unknown') return undecided(verdict, premise.why, verdict.wanted);
  return pass(verdict);
}

/** The verdict that says most: what fails, then what is undecided; several failures of one subject are one. */
export function worst(verdicts: readonly Verdict[]): Verdict | undefined {
  const [first, ...others] = verdicts.filter(({ status }) => status === 'fail');
  if (first?.status === 'fail') {
    const found = [first, ...others].flatMap((verdict) => (verdict.status === 'fail' ? [verdict.found] : []));
    return { ...first, found: [...new Set(found)].join('; ') };
  }
  return verdicts.find(({ status }) => status === 'undecided') ?? verdicts[0];
}
