import { inspect } from 'node:util';
import type { Adapter, Fate, Session, Trial, TrialEvent } from './adapter';
import type { Sending } from './sending';

/** What a sender does until it is told to stop. */
export interface Load {
  /** Callers at work at the same time; each sends on when its last send has an answer. */
  readonly callers: number;
  readonly eventsPerSend: number;
  /** Milliseconds a caller waits between two sends. */
  readonly pauseMs: number;
  /** Every so many events of a caller one is of `LARGE_BYTES`; 0: none. */
  readonly largeEvery: number;
}

export interface SenderOptions {
  readonly trial: Trial;
  readonly load: Load;
  /** Milliseconds beyond the deadline after which a promise counts as never settled. */
  readonly graceMs: number;
}

export interface SenderIo {
  /** Milliseconds that never step back. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  write(sending: Sending): void;
  /** Aborted: nothing more is sent; what is on its way is waited for. */
  readonly stopped: AbortSignal;
  /** Resolves when the next send may begin: at once, unless sending is paused. */
  mayGoOn(): Promise<void>;
}

const BYTES = 200;
export const LARGE_BYTES = 6_000;
const KEYS_PER_CALLER = 4;
const OPEN_AGAIN_MS = 500;
/** A client that does not close is left open: the process ends. */
const CLOSE_MS = 2_000;

/** Sends through the adapter until it is stopped, and writes down what became of each send. */
export async function runSender(adapter: Adapter, options: SenderOptions, io: SenderIo): Promise<void> {
  const session = await opened(adapter, options.trial, io);
  if (session === undefined) return;
  const callers = Array.from({ length: options.load.callers }, (_, caller) =>
    call(`${adapter.name}-${caller}`, session, options, io),
  );
  await Promise.all(callers);
  await Promise.race([session.close(), io.sleep(CLOSE_MS)]);
}

async function opened(adapter: Adapter, trial: Trial, io: SenderIo): Promise<Session | undefined> {
  let last: unknown;
  while (!io.stopped.aborted) {
    try {
      return await adapter.open(trial);
    } catch (error) {
      last = error;
    }
    await io.sleep(OPEN_AGAIN_MS, io.stopped);
  }
  throw new Error(`${adapter.name}: never connected to ${trial.bootstrap}`, { cause: last });
}

async function call(caller: string, session: Session, { trial, load, graceMs }: SenderOptions, io: SenderIo) {
  for (let sent = 0; !io.stopped.aborted; sent += load.eventsPerSend) {
    await io.mayGoOn();
    const events = Array.from({ length: load.eventsPerSend }, (_, n) => eventOf(caller, sent + n, load));
    const began = io.now();
    const fates = await settled(session.send(events), trial.deadlineMs + graceMs, io);
    io.write({ caller, first: sent, count: events.length, waitedMs: Math.round(io.now() - began), fates });
    if (fates === 'never settled') return; // a caller that waits for ever sends no more
    await io.sleep(load.pauseMs, io.stopped);
  }
}

async function settled(sending: Promise<readonly Fate[]>, ms: number, io: SenderIo): Promise<Sending['fates']> {
  const over = new AbortController();
  const answer = sending.catch((error: unknown) => ({ threw: inWords(error) }));
  const late = io.sleep(ms, over.signal).then((): 'never settled' => 'never settled');
  const ended = await Promise.race([answer, late]);
  over.abort();
  return ended;
}

/** Keyed and keyless in turn: clients place the two by different code. */
function eventOf(caller: string, n: number, { largeEvery }: Load): TrialEvent {
  const large = largeEvery > 0 && n % largeEvery === largeEvery - 1;
  return {
    id: eventId(caller, n),
    key: n % 2 === 0 ? `${caller}-${(n / 2) % KEYS_PER_CALLER}` : null,
    value: `${large ? 'large' : 'event'} `.padEnd(large ? LARGE_BYTES : BYTES, String(n % 10)),
  };
}

export const eventId = (caller: string, n: number): string => `${caller}-${n}`;

const inWords = (error: unknown): string => (error instanceof Error ? error.message || error.name : inspect(error));
