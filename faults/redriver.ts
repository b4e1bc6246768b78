import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { ParkReason } from '../lambdas/runtime/contract';
import type { LocalStack } from '../local';
import { surroundings } from '../local/surroundings';
import { packageRoot } from '../local/toolchain';
import { MENDABLE_TYPE } from './load';
import type { Chance } from './random';

/** What one run of the command came to, by the words of its `--json`. */
interface Came {
  readonly redriven?: number;
  readonly undeleted?: number;
  readonly removed?: number;
  readonly waits?: number;
}

export interface RedriverOptions {
  readonly stack: Pick<LocalStack, 'name' | 'clientVariables'>;
  readonly chance: Chance;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * What is sent back: what its code takes by then, or what is never taken. What kills the function is not, by anybody who knows it, and what
 * fails is not either: with nothing beside it that succeeds it looks like a bad deploy, and is held back.
 */
const MENDABLE = ['--type', MENDABLE_TYPE] as const;
const UNREADABLE = ['--reason', 'undecodable' satisfies ParkReason] as const;
/** Of its runs, so many are killed half-way, within so many milliseconds. */
const KILLED_SHARE = 0.25;
const KILLED_WITHIN_MS = [300, 2_500] as const;
/** Rounds at the end: what fails is sent back three times, and each of them may take a few. */
const LAST_ROUNDS = 15;

/** A person who sends all that is parked back, with the command that is made for it, and at times ends it half-way. */
export class Redriver {
  constructor(private readonly options: RedriverOptions) {}

  /** While faults are on. */
  async round(): Promise<void> {
    const { chance } = this.options;
    await this.run(
      chance.next() < 0.5 ? MENDABLE : UNREADABLE,
      chance.next() < KILLED_SHARE ? chance.between(...KILLED_WITHIN_MS) : undefined,
    );
  }

  /** Until nothing but what takes a person is left. @param settled - waits for what was sent */
  async last(settled: () => Promise<void>): Promise<void> {
    for (let round = 1; round <= LAST_ROUNDS; round++) {
      const came = await this.run(MENDABLE);
      await settled();
      if (came !== undefined && (came.redriven ?? 0) + (came.undeleted ?? 0) + (came.removed ?? 0) + (came.waits ?? 0) === 0) return; // prettier-ignore
    }
  }

  /** Undefined: it was killed, or said nothing that can be read. */
  private async run(which: readonly string[], killAfterMs?: number): Promise<Came | undefined> {
    const { stack, note, signal } = this.options;
    const command = join(packageRoot(), 'dist', 'bin', 'cdk-lossless-kafka.js');
    const args = [command, 'dead-letters', 'redrive', '--stack', stack.name, ...which, '--yes', '--json'];
    const env = { ...surroundings(), ...stack.clientVariables };
    const killed = { timeout: Math.round(killAfterMs ?? 0), killSignal: 'SIGKILL' } as const;
    const { said, wasKilled } = await new Promise<{ readonly said: string; readonly wasKilled: boolean }>((done) =>
      execFile(process.execPath, args, { env, signal, ...killed }, (error, stdout, stderr) =>
        done({
          said: stdout === '' && error ? `failed: ${stderr.trim() || error.message}` : stdout,
          wasKilled: error?.killed === true,
        }),
      ),
    );
    note(`redrive${wasKilled ? ', killed half-way' : ''}: ${said.trim()}`);
    try {
      return wasKilled ? undefined : (JSON.parse(said) as Came);
    } catch {
      // The next round is another try.
      return undefined;
    }
  }
}
