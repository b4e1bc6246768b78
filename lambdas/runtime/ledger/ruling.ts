import { isOpen, type CodeState, type Suspect } from './breaker-budget';

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

/** Whether an event may be parked, and on what grounds. */
export type Ruling = 'own fault' | 'within budget' | 'held';

export function ruling(code: CodeState, suspect: Suspect, evidence: Evidence): Ruling {
  const { offset } = suspect;
  const isPlain =
    evidence.parkUpTo ||
    evidence.succeededSince ||
    (suspect.stage === 'decode' && (evidence.hasDecoded || code.hasDecoded)) ||
    isBlamed(code, suspect) ||
    // Attempts count on the word of another partition alone. To park takes newer evidence, or the budget: what was well when that
    // partition was asked may be away again.
    (evidence.isAttempt === true && code.answered.some(([from, to]) => from <= offset && offset <= to));
  if (isPlain) return 'own fault';
  return isOpen(code) ? 'held' : 'within budget';
}

export const isBlamed = ({ blamed }: CodeState, { key, source }: Pick<Suspect, 'key' | 'source'>): boolean =>
  blamed.includes(source) || (key !== undefined && blamed.includes(key));
