import { chancesOf } from '../../simulation/kernel/chances';
import { Scheduler } from '../../simulation/kernel/scheduler';
import type { Troubles } from '../../simulation/kernel/troubles';
import { Sandbox } from '../../simulation/lambda/sandbox';
import { Link, type LinkTrouble } from '../../simulation/network/link';
import { RIGHT } from '../../simulation/time/sandbox-clock';

/** Troubles that happen as often as a test says, and then no more. */
export class ToldTroubles<Name extends string> implements Troubles<Name> {
  readonly left = new Map<string, number>();

  happens(name: Name): boolean {
    const left = this.left.get(name) ?? 0;
    if (left > 0) this.left.set(name, left - 1);
    return left > 0;
  }
}

/** A sandbox with a way to one host, and time that passes for what is asked there. */
export function sandboxed() {
  const scheduler = new Scheduler();
  const chances = chancesOf(1);
  const home = new Sandbox({ scheduler, chance: chances('sandbox'), wall: RIGHT, standsStill: false });
  const way = new ToldTroubles<LinkTrouble>();
  const link = new Link({ scheduler, chance: chances('link'), latencyMs: [1, 6], troubles: way });
  /** Runs work to its end. */
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false;
    const end = () => (ended = true);
    work.then(end, end);
    await scheduler.run(() => ended);
    return work;
  };
  return { scheduler, home, way, link, run };
}
