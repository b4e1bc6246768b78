import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3ObjectStore } from '../lambdas/runtime/stores/s3-object-store';
import { Processes } from '../local/processes';
import { seconds, type Bench, type Row } from './measure';
import { applied } from './redrive/applied';
import { parkMany } from './redrive/park-many';
import { BUCKETS, clientsOf, startParts, type Endpoints } from './redrive/parts';

const FULL = { letters: 100_000, kills: 20 };
const QUICK = { letters: 2_000, kills: 4 };
/** A kill comes so many milliseconds after its place at most: a chunk is read, marked, sent and deleted in about as long. */
const AFTER_MS = 1_500;

type Say = (line: string) => void;

export const redriveKilled: Bench = {
  name: 'redrive-killed',
  claim: 'dead letters sent back by a command and functions that are killed at random points and run again, then read by their consumer',
  measure: async (say, { quick }) => {
    const { letters, kills } = quick ? QUICK : FULL;
    const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
    const processes = new Processes({ logDir: dir });
    try {
      const endpoints = await startParts(dir, processes);
      const parkSeconds = await seconds(() => parkMany(endpoints, letters, say));
      say(`${letters} letters after ${parkSeconds.toFixed(0)} s`);
      let killed = 0;
      const sendSeconds = await seconds(async () => (killed = await sentBack(endpoints, letters, kills, say)));
      for await (const { name } of s3ObjectStore(clientsOf(endpoints).s3).list(BUCKETS.deadLetters, '')) {
        throw new Error(`dead letters: got ${name} left, want none`);
      }
      const { records, once: one, twice } = await applied(endpoints, say);
      return [
        row('letters', '', letters),
        row('kills', '', killed),
        row('sent back, with its kills and starts', 'events/s', letters / sendSeconds),
        row('records in the topic', '', records),
        row('published more than once', '', records - letters),
        row('applied once', '', one),
        row('missed', '', letters - one - twice),
        row('applied twice', '', twice),
      ];
    } finally {
      await processes.stopAll();
      await rm(dir, { recursive: true, force: true });
    }
  },
}; // prettier-ignore

const row = (what: string, unit: string, value: number): Row => ({ what, unit, values: [value] });

/** Kills are drawn over nearly all that is to be sent, and each comes a little after its place: at any point of a chunk. @returns how many came before the command had ended */
async function sentBack(endpoints: Endpoints, letters: number, kills: number, say: Say): Promise<number> {
  const places = Array.from({ length: kills }, () => Math.random() * 0.9 * letters).sort((a, b) => a - b);
  let gone = 0;
  let killed = 0;
  for (const place of places) {
    const found = await killedAt(endpoints, place - gone, say);
    gone += found.done;
    if (found.isKilled) killed++;
  }
  const child = fork(join(__dirname, 'redrive', 'sending.ts'));
  child.send(endpoints);
  const told: Told[] = [];
  child.on('message', (each: Told) => void told.push(each));
  await once(child, 'exit');
  const last = told.at(-1);
  if (last?.code !== 0) throw new Error(`the last run: got ${JSON.stringify(last)}, want exit code 0`);
  say(`the last run: ${last.told?.trim()}`);
  return killed;
}

interface Told {
  readonly done?: number;
  readonly code?: number;
  readonly told?: string;
}

/** How many letters had their fate when it was killed, as far as it said. */
async function killedAt(
  endpoints: Endpoints,
  place: number,
  say: Say,
): Promise<{ readonly done: number; readonly isKilled: boolean }> {
  const child = fork(join(__dirname, 'redrive', 'sending.ts'));
  const exited = once(child, 'exit');
  child.send(endpoints);
  let done = 0;
  await new Promise<void>((resolve) => {
    child.on('message', (told: Told) => {
      done = told.done ?? done;
      if (done >= place) resolve();
    });
    child.once('exit', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * AFTER_MS));
  child.kill('SIGKILL');
  const [, signal] = (await exited) as [number | null, string | null];
  const isKilled = signal === 'SIGKILL';
  say(`${isKilled ? 'killed' : 'ended by itself'} after ${done} letters`);
  return { done, isKilled };
}
