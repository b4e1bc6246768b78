import type { Stretch } from './stretch';

/** So many events of a partition are parked without evidence; then the circuit breaker is open. Decision 0015. */
export const BUDGET = 20;
/** One cause has to have used up this much of the budget; the rest may be a poison or two beside it. */
const MOST_OF_BUDGET = 18;
/** Codes a ledger knows of: those that take turns, and the one before. */
const CODES = 4;
const BLAMED = 8;
/** Distinct keys and sources of a run that are told apart; of more, no single one is to blame. */
const TOLD_APART = 4;
const RECENT = { keys: 32, sources: 16 } as const;

/** What one code has shown in one partition. Hashes stand for keys and sources. */
export interface CodeState {
  readonly code: string;
  /** Events let through on the budget, ever. */
  readonly asked: number;
  /** So many of them had been when the attempt began that was the latest to end well. */
  readonly proven: number;
  /** How often its breaker has opened here: attempts before that are no evidence. */
  readonly openings: number;
  /** Version of the ledger at which the latest delivery began that applied something; 0: none has. */
  readonly appliedIn: number;
  /** It has decoded a value here. */
  readonly hasDecoded: boolean;
  readonly run: Run;
  /** Keys and sources found to blame: what fails of them is parked. */
  readonly blamed: readonly string[];
  readonly question?: Question;
  /** Failed before something else was applied: attempts on them count. */
  readonly answered: readonly Stretch[];
}

/** Whose events used up the budget since the last success, with how often. */
export interface Run {
  readonly keys: readonly Tally[];
  readonly sources: readonly Tally[];
  /** None of them could be decoded. */
  readonly undecodable: boolean;
}
type Tally = readonly [hash: string, times: number];

/** These have failed. Has anything been applied by a delivery that began after that? */
export interface Question {
  readonly failed: readonly Stretch[];
  /** Versions of the other partitions' ledgers then. */
  readonly seen: readonly (readonly [partition: number, version: number])[];
}

/** Keys and sources to which something was applied last in the partition, by any code; the latest first. */
export interface Recent {
  readonly keys: readonly string[];
  readonly sources: readonly string[];
}

/** An event that cannot be applied. */
export interface Suspect {
  readonly offset: number;
  readonly stage: 'decode' | 'handler';
  /** Of source and key; undefined without a key: that is nobody's. */
  readonly key?: string;
  readonly source: string;
}

/** What this invocation knows by itself. */
export interface Evidence {
  /** An attempt that began after the event had failed has ended well, and nothing shows that code or downstream have gone since. */
  readonly succeededSince: boolean;
  /** This very decoder has decoded another value. */
  readonly hasDecoded: boolean;
  /** A person says so. */
  readonly parkUpTo: boolean;
  /** Whether an attempt counts is asked, and not whether the event may be parked. */
  readonly isAttempt?: true;
}

/** Another partition's ledger, as it was looked at. */
export interface Other {
  readonly partition: number;
  readonly version: number;
  readonly codes: readonly CodeState[];
  readonly recent: Recent;
}

const NO_RUN: Run = { keys: [], sources: [], undecodable: true };
export const NOTHING_RECENT: Recent = { keys: [], sources: [] };
const UNKNOWN_CODE: Omit<CodeState, 'code'> = {
  asked: 0,
  proven: 0,
  openings: 0,
  appliedIn: 0,
  hasDecoded: false,
  run: NO_RUN,
  blamed: [],
  answered: [],
};

/** Events parked on the budget that nothing has succeeded since. */
export const failuresOf = ({ asked, proven }: CodeState): number => asked - proven;
export const isOpen = (code: CodeState): boolean => failuresOf(code) >= BUDGET;

/** Attempts on an event count together while this stays the same. */
export const attemptsTag = ({ code, openings }: CodeState): string => `${code}/${openings}`;

/**
 * What that code has shown. A new one finds the breaker as the one before left it, but for three events of the budget, fewer after
 * each code that failed: a poison that stands before all else must not keep a good deploy from its first success, which closes it.
 */
export function codeState(codes: readonly CodeState[], code: string): CodeState {
  const known = codes.find((each) => each.code === code);
  const last = codes.at(-1);
  if (known) return known;
  return last && isOpen(last)
    ? { ...UNKNOWN_CODE, code, asked: BUDGET - Math.max(1, CODES - codes.filter(isOpen).length), run: last.run }
    : { ...UNKNOWN_CODE, code };
}

/**
 * Tells of what is known of that code later whether the breaker has been closed since. It was open where it was this code's own,
 * or left so by one before, and neither this one nor one between them had applied anything.
 */
export function closing(codes: readonly CodeState[], code: string): (now: CodeState) => boolean {
  const own = codeState(codes, code);
  const before = codes.findLast((each) => each.code !== code && (isOpen(each) || each.appliedIn > 0));
  const wasLeftOpen = own.appliedIn === 0 && before !== undefined && isOpen(before);
  return (now) => !isOpen(now) && (isOpen(own) || (wasLeftOpen && now.appliedIn > 0));
}

/** The code that wrote last stands last. */
export const withCode = (codes: readonly CodeState[], next: CodeState): readonly CodeState[] =>
  [...codes.filter(({ code }) => code !== next.code), next].slice(-CODES);

/** Whether an event may be parked, and on what grounds. */
export type Ruling = 'own fault' | 'within budget' | 'held';

export function ruling(code: CodeState, suspect: Suspect, evidence: Evidence): Ruling {
  const { offset } = suspect;
  const isPlain =
    evidence.parkUpTo ||
    evidence.succeededSince ||
    (suspect.stage === 'decode' && (evidence.hasDecoded || code.hasDecoded)) ||
    isBlamed(code, suspect) ||
    // What was well when another partition was asked may be away again: parking takes newer evidence, or the budget.
    (evidence.isAttempt === true && code.answered.some(([from, to]) => from <= offset && offset <= to));
  if (isPlain) return 'own fault';
  return isOpen(code) ? 'held' : 'within budget';
}

export const isBlamed = ({ blamed }: CodeState, { key, source }: Pick<Suspect, 'key' | 'source'>): boolean =>
  blamed.includes(source) || (key !== undefined && blamed.includes(key));

/** One more on the budget. With the last of it the breaker opens. */
export function spent(code: CodeState, { key = NOBODY, source, stage }: Suspect): CodeState {
  const run: Run = {
    keys: tallied(code.run.keys, key),
    sources: tallied(code.run.sources, source),
    undecodable: code.run.undecodable && stage === 'decode',
  };
  const next = { ...code, run, asked: code.asked + 1 };
  return isOpen(next) ? { ...next, openings: code.openings + 1 } : next;
}

/** An event without a key, or of the fifth key and more. */
const NOBODY = '';

function tallied(tallies: readonly Tally[], hash: string): Tally[] {
  const known = tallies.some(([other]) => other === hash);
  const name = known || tallies.length < TOLD_APART ? hash : NOBODY;
  if (!known && !tallies.some(([other]) => other === name)) return [...tallies, [name, 1]];
  return tallies.map(([other, times]) => [other, other === name ? times + 1 : times]);
}

/** The key that used up the budget, where no others fail beside it now. */
function mainKey({ keys }: Run, failing: readonly Suspect[]): string | undefined {
  const [main] = keys.find(([hash, times]) => hash !== NOBODY && times >= MOST_OF_BUDGET) ?? [];
  return failing.filter(({ key }) => key !== main).length <= BUDGET - MOST_OF_BUDGET ? main : undefined;
}

/**
 * Blames the key that used up the budget, if nothing was applied to it lately; and if its events cannot even be decoded, or
 * this code has applied others.
 * @param failing - in this delivery, of this partition
 */
export function keyBlamed(code: CodeState, recent: Recent, failing: readonly Suspect[]): CodeState {
  const key = mainKey(code.run, failing);
  if (!isOpen(code) || key === undefined || recent.keys.includes(key)) return code;
  return code.run.undecodable || code.appliedIn > 0 ? blaming(code, [key]) : code;
}

/**
 * Blames the sources that used up the budget, if nothing of them was applied lately anywhere, while others were; not where
 * known sources fail in other partitions.
 */
export function sourcesBlamed(code: CodeState, own: Recent, { others, failing }: Look): CodeState {
  if (!isOpen(code)) return code;
  const recent = new Set([own, ...others.map((other) => other.recent)].flatMap(({ sources }) => sources));
  const unheardOf = ({ sources }: Run) => sources.filter(([hash]) => hash !== NOBODY && !recent.has(hash));
  const isMostOf = (run: Run) => unheardOf(run).reduce((sum, [, times]) => sum + times, 0) >= MOST_OF_BUDGET;
  const elsewhere = others.flatMap(({ codes }) => codes.filter((each) => each.code === code.code && isOpen(each)));
  const known = failing.filter(({ source }) => recent.has(source)).length;
  const isTheirs =
    isMostOf(code.run) && known <= BUDGET - MOST_OF_BUDGET && elsewhere.every(({ run }) => isMostOf(run));
  if (recent.size === 0 || !isTheirs) return code;
  return blaming(
    code,
    unheardOf(code.run).map(([hash]) => hash),
  );
}

const withBlamed = ({ blamed }: CodeState, hashes: readonly string[]): readonly string[] =>
  [...new Set([...blamed, ...hashes])].slice(-BLAMED);

/** What they have used of the budget is given back; what others have used beside them stays used, or it would be parked twice. */
function blaming(code: CodeState, hashes: readonly string[]): CodeState {
  const { keys, sources, undecodable } = code.run;
  const theirs = [...keys, ...sources].reduce((sum, [hash, times]) => sum + (hashes.includes(hash) ? times : 0), 0);
  const proven = Math.min(code.asked, code.proven + theirs);
  const rest: readonly Tally[] = [[NOBODY, code.asked - proven]];
  return {
    ...code,
    blamed: withBlamed(code, hashes),
    proven,
    run: proven === code.asked ? NO_RUN : { keys: rest, sources: rest, undecodable },
  };
}

/** What this delivery has applied and decoded. */
export interface Shown {
  /** Of the budget's uses, those that lay before the attempt began that was the latest to end well; undefined: none has. */
  readonly provenTo?: number;
  /** Hashes, the latest last. */
  readonly keys: readonly string[];
  readonly sources: readonly string[];
  readonly hasDecoded: boolean;
}

/** @param begunAt - version of the ledger at which the delivery began */
export function shown(code: CodeState, { provenTo, keys, sources, hasDecoded }: Shown, begunAt: number): CodeState {
  const decoded = { ...code, hasDecoded: code.hasDecoded || hasDecoded };
  if (provenTo === undefined) return decoded;
  const proven = Math.max(code.proven, provenTo);
  const cleared = new Set([...keys, ...sources]);
  return {
    ...decoded,
    proven,
    run: proven === code.asked ? NO_RUN : code.run,
    appliedIn: Math.max(code.appliedIn, begunAt),
    blamed: code.blamed.filter((hash) => !cleared.has(hash)),
  };
}

export const withRecent = (recent: Recent, { keys, sources }: Pick<Shown, 'keys' | 'sources'>): Recent => ({
  keys: latest(keys, recent.keys, RECENT.keys),
  sources: latest(sources, recent.sources, RECENT.sources),
});

const latest = (hashes: readonly string[], before: readonly string[], most: number): readonly string[] =>
  hashes.length === 0 ? before : [...new Set([...[...hashes].reverse(), ...before])].slice(0, most);

/** A look at the other partitions' ledgers. */
export interface Look {
  readonly others: readonly Other[];
  /** An attempt of this invocation that began after the question was known has ended well. */
  readonly succeededHere: boolean;
  /** Of this partition, in this delivery. */
  readonly failing: readonly Suspect[];
  /** Their offsets; with those that are settled between them. */
  readonly failed: readonly Stretch[];
}

/** What a look comes to, where the breaker is open or a question is. */
export function lookedAt(code: CodeState, recent: Recent, look: Look): CodeState {
  const { others, succeededHere, failed } = look;
  const isLearnt = !code.hasDecoded && others.some((other) => ofCode(other, code)?.hasDecoded);
  const learnt = isLearnt ? { ...code, hasDecoded: true } : code;
  const { question } = learnt;
  if (!question) {
    const blamed = blamedBy(learnt, recent, look);
    if (failed.length === 0 || !isOpen(blamed)) return blamed;
    return { ...blamed, question: { failed, seen: others.map(versionOf) } };
  }
  const seen = new Map(question.seen);
  if (succeededHere || haveAppliedSince(others, code, seen)) return answeredWith(learnt, question, look.failing);
  const added = others.filter(({ partition }) => !seen.has(partition));
  const asking: Question = { ...question, seen: [...question.seen, ...added.map(versionOf)] };
  return blamedBy(added.length === 0 ? learnt : { ...learnt, question: asking }, recent, look);
}

const ofCode = ({ codes }: Other, { code }: CodeState) => codes.find((each) => each.code === code);

/** Whether a delivery of this code has applied something in another partition that began after its ledger was at this version. */
export const haveAppliedSince = (
  others: readonly Other[],
  code: CodeState,
  versions: ReadonlyMap<number, number>,
): boolean =>
  others.some(
    (other) => (ofCode(other, code)?.appliedIn ?? 0) > (versions.get(other.partition) ?? Number.POSITIVE_INFINITY),
  );

const blamedBy = (code: CodeState, recent: Recent, look: Look): CodeState =>
  sourcesBlamed(keyBlamed(code, recent, look.failing), recent, look);

const versionOf = ({ partition, version }: Other) => [partition, version] as const;

const ANSWERED = 50;

/** Attempts on whatever the question named count, the budget is given back, and a key that used it up is to blame. */
function answeredWith({ question: _, ...code }: CodeState, question: Question, failing: readonly Suspect[]): CodeState {
  const key = mainKey(code.run, failing);
  return {
    ...code,
    answered: [...code.answered, ...question.failed].slice(-ANSWERED),
    blamed: key === undefined ? code.blamed : withBlamed(code, [key]),
    proven: code.asked,
    run: NO_RUN,
  };
}
