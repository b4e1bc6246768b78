import type { Stretch } from './stretch';

/** The circuit breaker's budget: so many events of a partition are parked without evidence, then it is open. Decision 0015. */
export const BUDGET = 20;
/** One cause has to have used up this much of the budget; the rest may be a poison or two beside it. */
export const MOST_OF_BUDGET = 18;
/** Codes a ledger knows of: those that take turns, and the one before. */
const CODES = 4;
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
  /** Version of the ledger at which the latest batch began of which something was applied; 0: none has. */
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
export type Tally = readonly [hash: string, times: number];

/** These have failed. Has anything been applied of a batch that began after that? */
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

export const NO_RUN: Run = { keys: [], sources: [], undecodable: true };
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
export const NOBODY = '';

function tallied(tallies: readonly Tally[], hash: string): Tally[] {
  const known = tallies.some(([other]) => other === hash);
  const name = known || tallies.length < TOLD_APART ? hash : NOBODY;
  if (!known && !tallies.some(([other]) => other === name)) return [...tallies, [name, 1]];
  return tallies.map(([other, times]) => [other, other === name ? times + 1 : times]);
}

/** What has been applied and decoded of this batch. */
export interface Shown {
  /** Of the budget's uses, those that lay before the attempt began that was the latest to end well; undefined: none has. */
  readonly provenTo?: number;
  /** Hashes, the latest last. */
  readonly keys: readonly string[];
  readonly sources: readonly string[];
  readonly hasDecoded: boolean;
}

/** @param begunAt - version of the ledger at which the batch began */
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
