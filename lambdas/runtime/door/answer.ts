import { isAboutRecord } from '../kafka/error-codes';
import type { Outcome } from '../producer';

/** How one event ended, as its caller is told. Nothing in it names an account, an ARN or a bucket. */
export type Told = { readonly id: string; readonly outcome: Outcome['kind'] } & Readonly<Record<string, unknown>>;

/** One status for all. 202 where some were spilled: those are accepted as well. An empty batch is 200. */
export function statusOf(outcomes: readonly Outcome[]): number {
  const statuses = new Set(outcomes.map(status));
  const [only = 200] = statuses;
  if (statuses.size <= 1) return only;
  return [...statuses].every((code) => code === 200 || code === 202) ? 202 : 207;
}

function status(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'acked':
      return 200;
    case 'spilled':
      return 202;
    case 'sent':
    case 'parked':
    case 'forwarded':
      return 202;
    case 'rejected':
    case 'dropped':
      if (outcome.code === INVALID) return 400;
      return isAboutRecord(outcome.code) ? 413 : 503;
    case 'unknown':
      return 504;
  }
}

/** Says what the caller can act on. Reasons in the words of Kafka or AWS are for the log: they name what is behind the door. */
export function told(outcome: Outcome): Told {
  const { id, kind } = outcome;
  switch (outcome.kind) {
    case 'acked':
    case 'sent': {
      const { topic, partition, offset } = outcome;
      return { id, outcome: kind, topic, partition, offset };
    }
    case 'spilled':
      return { id, outcome: kind };
    case 'parked':
    case 'forwarded':
    case 'dropped':
      return { id, outcome: kind, code: outcome.code };
    case 'rejected':
      return { id, outcome: kind, code: outcome.code, reason: inWords(outcome.code, outcome.reason) };
    case 'unknown':
      return { id, outcome: kind, reason: 'it may have been taken, or not: send it again under the same id' };
  }
}

/** Why an event was refused, where its caller is told less than that. */
export const hiddenReason = (outcome: Outcome): { readonly code: string; readonly reason: string }[] =>
  outcome.kind === 'rejected' && outcome.code !== INVALID ? [{ code: outcome.code, reason: outcome.reason }] : [];

const INVALID = 'INVALID_EVENT';

function inWords(code: string, reason: string): string {
  if (code === INVALID) return reason;
  if (isAboutRecord(code)) return 'the topic does not take such an event: change it, mostly by making it smaller';
  if (code === 'UNAVAILABLE' || code === 'BUFFER_EXHAUSTED') return 'not taken now: send it again later';
  return 'not taken before whoever runs this door has mended it: send it again later';
}
