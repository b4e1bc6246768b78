import {
  BUDGET,
  isOpen,
  MOST_OF_BUDGET,
  NOBODY,
  NO_RUN,
  type CodeState,
  type Question,
  type Recent,
  type Run,
  type Suspect,
  type Tally,
} from './breaker-budget';
import type { Stretch } from './stretch';

/** Another partition's ledger, as it was looked at. */
export interface Other {
  readonly partition: number;
  readonly version: number;
  readonly codes: readonly CodeState[];
  readonly recent: Recent;
}

/** Keys and sources that are held to blame at once, for each code. */
const BLAMED = 8;

/** The key that used up the budget, where no others fail beside it now. */
function mainKey({ keys }: Run, failing: readonly Suspect[]): string | undefined {
  const [main] = keys.find(([hash, times]) => hash !== NOBODY && times >= MOST_OF_BUDGET) ?? [];
  return failing.filter(({ key }) => key !== main).length <= BUDGET - MOST_OF_BUDGET ? main : undefined;
}

/**
 * Blames the key that used up the budget, if nothing was applied to it lately; and if its events cannot even be decoded, or
 * this code has applied others.
 * @param failing - in this batch
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

/** A look at the other partitions' ledgers. */
export interface Look {
  readonly others: readonly Other[];
  /** An attempt of this invocation that began after the question was known has ended well. */
  readonly succeededHere: boolean;
  /** Of this batch. */
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

/** Whether this code has applied something in another partition, of a batch that began after that partition's ledger was at this version. */
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
