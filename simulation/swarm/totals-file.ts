import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { RunResult } from '../run';
import { added, NOTHING, type Tally } from './totals';

/** Changes with what the file holds. */
const FORMAT = 'swarm totals 1';

/** One piece of a long swarm. */
export interface Piece {
  readonly seed: number;
  /** The commit of the code, or `unknown`. */
  readonly version: string;
  readonly runs: number;
}

/** What all pieces of a long swarm came to. `seconds`: real ones of its runs, one after the other. */
export interface Gathered extends Tally {
  readonly format: string;
  readonly swarms: readonly Piece[];
}

/** A file to which swarms add what they come to, run by run: a long one goes on in pieces, and a kill loses the runs under way. */
export class TotalsFile {
  constructor(
    private readonly path: string,
    private readonly piece: Omit<Piece, 'runs'>,
  ) {}

  /**
   * Notes that this swarm begins.
   * @throws when the file holds something else, has runs of this seed (they would count twice), or cannot be written
   */
  begin(): void {
    const before = this.#read();
    const { seed } = this.piece;
    if (before.swarms.some((each) => each.seed === seed && each.runs > 0))
      throw new Error(`totals: got seed ${seed}, whose runs ${this.path} has already, want another; leave --seed out, and one is drawn`); // prettier-ignore
    const others = before.swarms.filter((each) => each.seed !== seed);
    this.#write({ ...before, swarms: [...others, { ...this.piece, runs: 0 }] });
  }

  /** @returns what it holds then */
  add(result: RunResult, hasFailed: boolean): Gathered {
    const before = this.#read();
    const swarms = before.swarms.map((each) => (each.seed === this.piece.seed ? { ...each, runs: each.runs + 1 } : each)); // prettier-ignore
    const seconds = before.seconds + result.seconds;
    const after = { ...added(before, result, hasFailed), swarms, seconds };
    this.#write(after);
    return after;
  }

  #read(): Gathered {
    if (!existsSync(this.path)) return { format: FORMAT, swarms: [], ...NOTHING };
    return gatheredIn(readFileSync(this.path, 'utf8'), this.path);
  }

  /** Whole, and then renamed: whoever is killed while it writes leaves what was there. */
  #write(gathered: Gathered): void {
    const next = `${this.path}.next`;
    writeFileSync(next, `${JSON.stringify(gathered, null, 2)}\n`);
    renameSync(next, this.path);
  }
}

const NUMBERS = ['runs', 'hours', 'events', 'faults', 'lost', 'appliedTwice', 'stuck', 'seconds'] as const;

/** @throws when the text is not what `TotalsFile` writes */
export function gatheredIn(text: string, path: string): Gathered {
  const wrong = (what: string, cause?: unknown) =>
    new Error(`totals: got ${path}, ${what}, want what a swarm wrote there; give another file`, { cause });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw wrong('which is no JSON', cause);
  }
  const { format, swarms, failed, reached, ...rest } = Object(parsed) as Partial<Gathered>;
  if (format !== FORMAT) throw wrong(`whose format is ${JSON.stringify(format)} and not "${FORMAT}"`);
  const bad = NUMBERS.find((name) => typeof rest[name] !== 'number');
  if (bad !== undefined) throw wrong(`whose ${bad} is no number`);
  if (!Array.isArray(swarms) || !Array.isArray(failed)) throw wrong('which has no list of swarms, or of failed seeds');
  if (typeof reached !== 'object') throw wrong('which does not say what was reached');
  return parsed as Gathered;
}

/** The commit of the code in this folder, with `-dirty` when something is changed; `unknown` where git cannot tell. */
export function versionOf(folder: string): string {
  try {
    const git = ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'];
    return execFileSync('git', git, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** One line about it. */
export const gatheredInWords = ({ swarms, runs, hours, events, faults, lost, appliedTwice, stuck, failed }: Gathered): string =>
  `${swarms.length} swarms, ${runs} runs, ${hours.toFixed(1)} h, ${events} events, ${faults} faults; lost ${lost}, applied twice ${appliedTwice}, stuck ${stuck}, failed ${failed.length}`; // prettier-ignore
