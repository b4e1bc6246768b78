import type { OwnedProcess, Processes } from '../../local/processes';
import type { Load, SenderOptions } from './sender';
import { Sendings } from './sending';

/** An adapter, and the program in which it sends: a process of its own, as a function has one. */
export interface Contender {
  /** The adapter's name. */
  readonly name: string;
  /** `trial`: it is to be admitted or refused. `control`: known to lose, or the suite sees nothing. */
  readonly role: 'trial' | 'control';
  readonly command: string;
  /** What comes before the sender's options, which are its last argument, in JSON. */
  readonly args: readonly string[];
}

/** A contender at work in one case. */
export interface Sender {
  readonly contender: Contender;
  readonly process: OwnedProcess;
  readonly sendings: Sendings;
}

/** Milliseconds from a send to its promise, at most; longer than the outages of the suite. */
export const DEADLINE_MS = 30_000;
/** What a busy machine may add. */
export const TOLERANCE_MS = 5_000;
/** How much longer a promise is waited for before it counts as never settled. */
const GRACE_MS = 10_000;
const LOOK_MS = 250;

/** Toggles between sending and not; a SIGTERM ends it. */
export const PAUSE_SIGNAL = 'SIGUSR2';

export function startSender(
  contender: Contender,
  processes: Processes,
  at: { readonly bootstrap: string; readonly topic: string; readonly load: Load },
): Sender {
  const { bootstrap, topic, load } = at;
  const options: SenderOptions = { trial: { bootstrap, topic, deadlineMs: DEADLINE_MS }, load, graceMs: GRACE_MS };
  const process = processes.spawn({
    name: `sender-${topic}-${contender.name}`,
    command: contender.command,
    args: [...contender.args, JSON.stringify(options)],
  });
  return { contender, process, sendings: new Sendings(process.logFile) };
}

/** No sender begins another send, and every one under way has ended. Returns what lets them go on. */
export async function pause(senders: readonly Sender[], sleep: (ms: number) => Promise<void>): Promise<() => void> {
  const toggle = () => {
    for (const { process } of senders) process.kill(PAUSE_SIGNAL);
  };
  const written = async () => {
    await Promise.all(senders.map(({ sendings }) => sendings.readOn()));
    return senders.reduce((sum, { sendings }) => sum + sendings.all.length, 0);
  };
  toggle();
  for (let before = -1, now = await written(); now !== before; now = await written()) {
    before = now;
    await sleep(10 * LOOK_MS);
  }
  return toggle;
}

/** Resolves when all have acknowledgements for `events`, or `withinMs` have passed. */
export async function untilAcked(
  senders: readonly Sender[],
  events: number,
  withinMs: number,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  for (let waited = 0; waited < withinMs; waited += LOOK_MS) {
    await Promise.all(senders.map(({ sendings }) => sendings.readOn()));
    if (senders.every(({ sendings }) => sendings.ackedSoFar >= events)) return;
    await sleep(LOOK_MS);
  }
}

/** Ends the sending, waits for every promise that is still open, and reads what became of them. */
export async function finish({ contender, process, sendings }: Sender): Promise<void> {
  const forGood = setTimeout(() => process.kill('SIGKILL'), DEADLINE_MS + 3 * GRACE_MS);
  process.kill('SIGTERM');
  const { code, signal } = await process.exited;
  clearTimeout(forGood);
  await sendings.readOn();
  if (code === 0) return;
  const how = signal ?? `code ${code}`;
  throw new Error(`sender ${contender.name} ended with ${how}; its last lines:\n${await process.tail(15)}`);
}
