import type { DeadLetter, LetterEnd } from '../contract';

interface Ended extends Pick<LetterEnd, 'kind' | 'record' | 'content' | 'by' | 'why' | 'amendedAs'> {
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** What is left of a letter once a person has ended its event. */
export function endOf(
  object: string,
  letter: DeadLetter,
  { kind, record, content, by, why, amendedAs, atMs }: Ended,
): LetterEnd {
  const { cluster, group, topic, partition, offset, timestamp, reason, parkedAt } = letter;
  return {
    ...{ version: 1, kind, object, cluster, group, topic, partition, offset, timestamp },
    ...{ record, content, reason, parkedAt },
    ...{ by, why, amendedAs, at: new Date(atMs).toISOString() },
  };
}
