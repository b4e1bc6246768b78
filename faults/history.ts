import { appendFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Where a record lies in the topic of the run. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** Records of one partition as one batch holds them, in the order of the batch. */
export interface PartitionRecords {
  readonly partition: number;
  readonly offsets: readonly number[];
  /** `ce_id` of each, where the observer knows it. */
  readonly ids?: readonly string[];
}

/**
 * What one part of a run saw: an invocation (`invoke`) or its outcome. `ok` happened, `fail` did not happen and never
 * will, `unknown` may have happened, `info` is neither. One observation per batch, with arrays: cheap to take.
 *
 * `process` is one line of action in which operations follow each other: a caller's connection, one assignment of a
 * mapping (a new name after every rebalance or restart), one sandbox, one fault window. Event ids are `ce_id`: a run
 * sends under one `ce_source`.
 */
export type Observation = { readonly process: string } & (
  Published | Answered | Delivered | Returned | Diverted | Committed | Invoked | Faulted | Watched | Noted
);

/**
 * What a caller sends. `order` and `large` can be applied. `invalid` is no CloudEvent, `misfit` does not fit the consumers' schema, `failing` makes
 * their handlers throw, `mendable` does so until it is sent back, `killer` kills whoever works on it, `twin` has the id of another event and other content.
 */
export const EVENT_KINDS = ['order', 'large', 'invalid', 'misfit', 'failing', 'mendable', 'killer', 'twin'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** A caller hands events to a door. The same ids again: another attempt. */
interface Published {
  readonly op: 'publish';
  readonly type: 'invoke';
  readonly ids: readonly string[];
  /** The events' keys, in the order of `ids`; null is no key. */
  readonly keys: readonly (string | null)[];
  /** What each is, in the order of `ids`. @default - nobody says */
  readonly kinds?: readonly EventKind[];
  /** Of the request's body. */
  readonly bytes?: number;
}

/** What the door answered for some of the events of the caller's last `publish`. */
type Answered = { readonly op: 'send'; readonly ids: readonly string[] } & (
  | {
      readonly type: 'ok';
      readonly outcome: 'acked';
      readonly partitions: readonly number[];
      readonly offsets: readonly number[];
    }
  | { readonly type: 'ok'; readonly outcome: 'spilled' | 'queued' }
  | { readonly type: 'fail'; readonly outcome: 'rejected'; readonly reason?: string }
  | { readonly type: 'unknown'; readonly outcome: 'unknown'; readonly reason?: string }
);

/** The mapping hands a batch to the function. */
interface Delivered {
  readonly op: 'deliver';
  readonly type: 'invoke';
  readonly group: string;
  readonly invocation: string;
  /** True when the mapping delivers some of these again and knows it: a retry, a half of a batch, a planned duplicate. */
  readonly again: boolean;
  readonly records: readonly PartitionRecords[];
}

/**
 * How a delivery ended: answered (`ok`, perhaps with failed items), failed as a whole, no answer (`unknown`: a timeout, a
 * crash), or not invoked at all (`info`: throttled).
 */
interface Returned {
  readonly op: 'outcome';
  readonly type: 'ok' | 'fail' | 'unknown' | 'info';
  readonly group: string;
  readonly invocation: string;
  /** Batch item failures of the answer. */
  readonly failures?: readonly Place[];
  readonly reason?: string;
}

/** The mapping gives records up: whole in its on-failure destination (`ok`), or dropped (`fail`). */
interface Diverted {
  readonly op: 'on-failure';
  readonly type: 'ok' | 'fail' | 'unknown';
  readonly group: string;
  readonly records: readonly PartitionRecords[];
  readonly object?: string;
  readonly reason?: string;
}

/** A commit of the group's offsets; Kafka's convention: the offset of the next record to read. */
interface Committed {
  readonly op: 'commit';
  readonly type: 'invoke' | 'ok' | 'fail' | 'unknown';
  readonly group: string;
  readonly offsets: readonly Place[];
}

/** One invocation of any function by its host. */
interface Invoked {
  readonly op: 'function';
  readonly type: 'invoke' | 'ok' | 'fail' | 'unknown';
  readonly invocation: string;
  readonly reason?: string;
}

/** A fault begins (`invoke`) and is healed (`ok`); the `process` names the window and pairs the two. */
interface Faulted {
  readonly op: 'fault';
  readonly type: 'invoke' | 'ok';
  readonly name: string;
  readonly detail?: string;
}

/** How many replicas each partition of the topic had in sync, as one look at the cluster found them. */
interface Watched {
  readonly op: 'replicas';
  readonly type: 'info';
  readonly inSync: readonly number[];
}

/** A remark in the history, for a person who reads it; no check looks at it. */
interface Noted {
  readonly op: 'note';
  readonly type: 'info';
  readonly text: string;
}

/** When it was seen: epoch milliseconds, and microseconds of a clock that never steps back. */
export interface Stamp {
  readonly wall: number;
  readonly mono: number;
}

export type Entry = Observation & Stamp;
export type Op = Observation['op'];

/**
 * What a mapping, a function host and a caller report to. It must be fast, must not wait and must not throw: it must not change
 * the run.
 */
export interface Recorder {
  record(observation: Observation): void;
}

/** Entries are written after so many milliseconds at the latest: a run that is killed loses no more than that of its end. */
const FLUSH_MS = 100;
const FLUSH_CHARS = 64 * 1024;

const systemStamp = (): Stamp => ({ wall: Date.now(), mono: Number(process.hrtime.bigint() / 1000n) });

/** Appends observations to a file as NDJSON, a buffer at a time. What is in the file is whole lines but for the last. */
export class HistoryWriter implements Recorder {
  #buffer = '';
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;
  #closed = false;

  /** @throws when the file cannot be created */
  constructor(
    readonly file: string,
    private readonly stamp: () => Stamp = systemStamp,
  ) {
    writeFileSync(file, '');
  }

  record(observation: Observation): void {
    if (this.#closed) this.#failure ??= new Error(`an observation came after the end: ${observation.op}`);
    const { wall, mono } = this.stamp();
    this.#buffer += `${JSON.stringify({ ...observation, wall, mono })}\n`;
    if (this.#buffer.length >= FLUSH_CHARS) this.#append();
    this.#timer ??= setTimeout(() => this.#append(), FLUSH_MS).unref();
  }

  /** @throws when an observation could not be written, now or before: then the history proves nothing */
  flush(): void {
    this.#append();
    if (this.#failure === undefined) return;
    throw new Error(`history ${this.file} is not whole; check that its disk has room and run again`, {
      cause: this.#failure,
    });
  }

  /** Flushes; nothing may be recorded afterwards. */
  close(): void {
    this.#closed = true;
    this.flush();
  }

  #append(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#buffer;
    this.#buffer = '';
    try {
      // A write to the page cache, some 30 µs: cheaper and simpler than a queue of asynchronous ones.
      if (text) appendFileSync(this.file, text);
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

export interface History {
  readonly entries: readonly Entry[];
  /** True when the last line was cut in the middle: the run was killed, and what it saw last is missing. */
  readonly torn: boolean;
}

/** @throws naming the line, when any but the last is not an entry */
export async function readHistory(file: string): Promise<History> {
  const text = await readFile(file, 'utf8');
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const entries = lines.map((line, n) => parse(line, `${file} line ${n + 1}`));
  return { entries, torn: last !== '' };
}

const OPS: Record<Op, true> = {
  publish: true,
  send: true,
  deliver: true,
  outcome: true,
  'on-failure': true,
  commit: true,
  function: true,
  fault: true,
  replicas: true,
  note: true,
};

function parse(line: string, where: string): Entry {
  let entry: Partial<Entry> | null;
  try {
    entry = JSON.parse(line) as Partial<Entry> | null;
  } catch (cause) {
    throw new Error(`${where}: got ${quoted(line)}, want one JSON object; the file is no history or was edited`, {
      cause,
    });
  }
  const known = typeof entry?.op === 'string' && Object.hasOwn(OPS, entry.op);
  if (known && typeof entry?.wall === 'number' && typeof entry.mono === 'number') return entry as Entry;
  throw new Error(
    `${where}: got ${quoted(line)}, want an entry with wall, mono and an op of ${Object.keys(OPS).join(', ')}; ` +
      'check it with the version that recorded it',
  );
}

const quoted = (line: string): string => JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
