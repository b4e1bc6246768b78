import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParkReason } from '../lambdas/runtime/contract';
import type { LocalStack } from '../local';
import { surroundings } from '../local/surroundings';
import { packageRoot } from '../local/toolchain';
import { LAST_ROUNDS, movedBy, type Came } from './came';
import { MENDABLE_TYPE } from './load';
import type { Chance } from './random';
import type { Stretch } from './stretch';

/** A letter as `list --json` shows it. */
interface Letter {
  readonly object: string;
  readonly id: string;
  readonly state?: string;
}

export interface RedriverOptions {
  /** For files that the command is given. */
  readonly dir: string;
  /** What a person puts in place of an event's data that nobody can take; undefined: nobody knows. */
  readonly correctionOf: (id: string) => object | undefined;
  /** Of the topic, some of what nobody knows to be never taken; undefined: nothing is known yet. */
  readonly stretch: () => Stretch | undefined;
  readonly topic: string;
  /** Consumer groups that read it. */
  readonly groups: readonly string[];
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
/** Letters of a run that was killed before it sent them. */
const LEFT = ['--reason', 'from-topic' satisfies ParkReason] as const;
const AMEND = (object: string): string[] => ['amend', object, '--yes', '--json'];
const DISCARD = (object: string): string[] => ['discard', object, '--reason', 'no order can be made of it', '--yes', '--json']; // prettier-ignore
/** Of its runs, so many are killed half-way, within so many milliseconds. */
const KILLED_SHARE = 0.25;
const KILLED_WITHIN_MS = [300, 2_500] as const;

/** A person who sends all that is parked back, amends and discards some, with the commands that are made for it, and at times ends them half-way. */
export class Redriver {
  /** Letters that were to be ended, and how. */
  private readonly begun = new Map<string, 'amend' | 'discard'>();

  constructor(private readonly options: RedriverOptions) {}

  /** While faults are on. */
  async round(): Promise<void> {
    const which = this.options.chance.oneOf([MENDABLE, UNREADABLE, this.fromTopic()]);
    if (which !== undefined) await this.run(which, this.killAfterMs());
    await this.endSome();
  }

  /** What the topic still holds, as far as a group has not applied it: nobody says that it was applied in vain. */
  private fromTopic(): readonly string[] | undefined {
    const { stretch, topic, groups, chance } = this.options;
    const found = stretch();
    if (found === undefined) return undefined;
    const { partition, from, to } = found;
    const group = chance.oneOf(groups);
    return ['--from-topic', topic, '--partition', String(partition), '--offsets', `${from}-${to}`, '--group', group];
  }

  private killAfterMs(): number | undefined {
    const { chance } = this.options;
    return chance.next() < KILLED_SHARE ? chance.between(...KILLED_WITHIN_MS) : undefined;
  }

  /** One of those that no code can take is corrected, one removed for a reason. */
  private async endSome(): Promise<void> {
    const { chance, dir, correctionOf } = this.options;
    const parked = (await this.letters()).filter(({ state }) => state === 'parked');
    for (const how of ['amend', 'discard'] as const) {
      const those = parked.filter(({ id, object }) => !this.begun.has(object) && (how === 'discard' || correctionOf(id) !== undefined)); // prettier-ignore
      const letter = those[Math.floor(chance.next() * those.length)];
      if (letter === undefined) continue;
      const value = join(dir, `corrected-${this.begun.size}.json`);
      this.begun.set(letter.object, how);
      if (how === 'amend') await writeFile(value, JSON.stringify(correctionOf(letter.id)));
      await this.command(
        how === 'amend' ? [...AMEND(letter.object), '--value', value] : DISCARD(letter.object),
        this.killAfterMs(),
      );
    }
  }

  /** Undecodable ones, as far as the command could tell. */
  private async letters(): Promise<Letter[]> {
    const { said } = await this.command(['list', ...UNREADABLE, '--limit', '1000', '--json']);
    const lines = said.split('\n').filter((line) => line.startsWith('{"object"'));
    return lines.map((line) => JSON.parse(line) as Letter);
  }

  /** Until nothing but what takes a person is left. @param settled - waits for what was sent */
  async last(settled: () => Promise<void>): Promise<void> {
    // Whatever was killed half-way is ended: with the name alone the command goes on with a correction that was begun.
    for (const [object, how] of this.begun) await this.command(how === 'amend' ? AMEND(object) : DISCARD(object));
    for (let round = 1; round <= LAST_ROUNDS; round++) {
      let moved = 0;
      for (const which of [LEFT, MENDABLE]) {
        const came = await this.run(which);
        moved += came === undefined ? 1 : movedBy(came);
        await settled();
      }
      if (moved === 0) return;
    }
  }

  /** Undefined: it was killed, or said nothing that can be read. */
  private async run(which: readonly string[], killAfterMs?: number): Promise<Came | undefined> {
    const { said, wasKilled } = await this.command(['redrive', ...which, '--yes', '--json'], killAfterMs);
    try {
      return wasKilled ? undefined : (JSON.parse(said) as Came);
    } catch {
      // The next round is another try.
      return undefined;
    }
  }

  private async command([name = '', ...given]: readonly string[], killAfterMs?: number) {
    const { stack, note, signal } = this.options;
    const command = join(packageRoot(), 'dist', 'bin', 'cdk-lossless-kafka.js');
    const args = [command, 'dead-letters', name, ...given, '--stack', stack.name];
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
    note(`${name}${wasKilled ? ', killed half-way' : ''}: ${said.trim()}`);
    return { said, wasKilled };
  }
}
