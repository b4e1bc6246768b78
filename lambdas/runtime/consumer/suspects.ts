import { createHash } from 'node:crypto';
import type { Suspect } from '../ledger/breaker';
import type { Work } from './work';

/** Distinct keys and sources of a delivery that are remembered, the latest. */
const KEPT = 32;

/** By name, how to hash it; the latest last. */
export type Names = Map<string, () => string>;

export function remember(names: Names, name: string, hash: () => string): void {
  names.delete(name);
  names.set(name, hash);
  const [oldest] = names.keys();
  if (names.size > KEPT && oldest !== undefined) names.delete(oldest);
}

export const hashesOf = (names: Names): string[] => [...names.values()].map((hash) => hash());

export const suspect = (work: Work, stage: Suspect['stage']): Suspect => {
  const { record } = work.delivery;
  return {
    offset: record.offset,
    stage,
    source: sourceHash(work),
    ...(record.key !== null && { key: keyHash(work) }),
  };
};

/** The source without what stands behind a `#`: so a caller of the door names parts of its own, as many as it likes. */
export function speakerOf({ delivery: { event } }: Work): string {
  const [speaker = ''] = event.source.split('#', 1);
  return speaker;
}
export const rawKey = (work: Work): string =>
  `${speakerOf(work)}\n${Buffer.from(work.delivery.record.key ?? []).toString('latin1')}`;
export const keyHash = (work: Work): string => hashed(`key\n${rawKey(work)}`);
export const sourceHash = (work: Work): string => hashed(`source\n${speakerOf(work)}`);
/** No personal data in the ledger; long enough to tell a few dozen apart. */
const hashed = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
