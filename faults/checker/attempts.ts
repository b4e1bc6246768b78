import type { Entry, EventKind, Place } from '../history';

/** An attempt that was answered with a place in the log. */
export interface Ack extends Place {
  readonly id: string;
  readonly key: string | null;
  readonly process: string;
  /** Position of the attempt among all attempts. */
  readonly attempt: number;
}

/** All that callers did with one event, over every attempt. */
export interface SentEvent {
  readonly id: string;
  readonly key: string | null;
  /** Epoch milliseconds of the first attempt. */
  readonly firstAt: number;
  readonly attempts: number;
  /** Attempts answered `rejected`; when all were, the event was definitely not taken. */
  readonly rejections: number;
  /** Epoch milliseconds of the first answer that accepted it. */
  readonly acceptedAt: number | undefined;
  readonly acks: readonly Ack[];
  readonly spilled: boolean;
  /** Taken by a queue or a bus, which hands it to the door later, at least once. */
  readonly queued: boolean;
  /** What was sent under the id, as the callers said; empty: nobody did. */
  readonly kinds: ReadonlySet<EventKind>;
}

export const accepted = ({ acceptedAt }: SentEvent): boolean => acceptedAt !== undefined;

/** True when every attempt was refused: such an event must be nowhere. */
export const refused = ({ rejections, attempts }: SentEvent): boolean => rejections === attempts;

/** What became of an event for its caller; the best of its answers counts. */
export function outcomeOf(event: SentEvent): 'acked' | 'spilled' | 'queued' | 'rejected' | 'unknown' {
  if (event.acks.length > 0) return 'acked';
  if (event.spilled) return 'spilled';
  if (event.queued) return 'queued';
  return refused(event) ? 'rejected' : 'unknown';
}

type Growing = { -readonly [Name in keyof SentEvent]: SentEvent[Name] } & { acks: Ack[]; kinds: Set<EventKind> };

/** Follows every caller's attempts. A process has one request under way at a time, so an answer belongs to its last. */
export function followAttempts(entries: readonly Entry[]): {
  sent: ReadonlyMap<string, SentEvent>;
  acks: readonly Ack[];
} {
  const sent = new Map<string, Growing>();
  const attemptOf = new Map<string, number>();
  let attempts = 0;
  for (const entry of entries) {
    if (entry.op === 'publish') {
      entry.ids.forEach((id, n) => {
        const event = sent.get(id) ?? unsent(id, entry.keys[n] ?? null, entry.wall);
        event.attempts += 1;
        const kind = entry.kinds?.[n];
        if (kind) event.kinds.add(kind);
        sent.set(id, event);
        attemptOf.set(`${entry.process} ${id}`, attempts++);
      });
    } else if (entry.op === 'send') {
      entry.ids.forEach((id, n) => {
        const event = sent.get(id);
        const attempt = attemptOf.get(`${entry.process} ${id}`);
        if (event && attempt !== undefined) return answer(event, entry, n, attempt);
        throw new Error(
          `history: ${entry.process} was answered for ${id}, which it never published; record every attempt`,
        );
      });
    }
  }
  const acks = [...sent.values()].flatMap((event) => event.acks).sort((a, b) => a.attempt - b.attempt);
  return { sent, acks };
}

const unsent = (id: string, key: string | null, firstAt: number): Growing => ({
  ...{ id, key, firstAt },
  ...{ attempts: 0, rejections: 0, acceptedAt: undefined, acks: [], spilled: false, queued: false, kinds: new Set() },
});

function answer(event: Growing, entry: Extract<Entry, { op: 'send' }>, n: number, attempt: number): void {
  if (entry.type === 'ok') event.acceptedAt ??= entry.wall;
  switch (entry.outcome) {
    case 'acked': {
      const place = { partition: entry.partitions[n] ?? -1, offset: entry.offsets[n] ?? -1 };
      event.acks.push({ id: event.id, key: event.key, process: entry.process, attempt, ...place });
      return;
    }
    case 'spilled':
      event.spilled = true;
      return;
    case 'queued':
      event.queued = true;
      return;
    case 'rejected':
      event.rejections += 1;
      return;
    case 'unknown':
      return;
  }
}
