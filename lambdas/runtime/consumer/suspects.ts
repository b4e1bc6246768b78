import { createHash } from 'node:crypto';
import type { Suspect } from '../ledger/breaker-budget';
import type { Work } from './work';

/** Distinct keys and sources of a delivery that are remembered, the latest. */
const KEPT = 32;

/** By name, how to hash it, which is done once and only if it is asked for; the latest last. */
export type Names = Map<string, () => string>;

export function remember(names: Names, name: string, hash: () => string): void {
  const known = names.get(name);
  names.delete(name);
  let made: string | undefined;
  names.set(name, known ?? (() => (made ??= hash())));
  const [oldest] = names.keys();
  if (names.size > KEPT && oldest !== undefined) names.delete(oldest);
}

export const hashesOf = (names: Names): string[] => [...names.values()].map((hash) => hash());

/** Hashed once: where thousands fail, each is looked at again with each of the others. */
const hashes = new WeakMap<Work, Pick<Suspect, 'source' | 'key'>>();

export function suspect(work: Work, stage: Suspect['stage']): Suspect {
  const { record } = work.delivery;
  let known = hashes.get(work);
  if (known === undefined) {
    known = { source: sourceHash(work), ...(record.key !== null && { key: keyHash(work) }) };
    hashes.set(work, known);
  }
  return { offset: record.offset, stage, ...known };
}

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
