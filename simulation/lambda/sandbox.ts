import type { Chance } from '../../faults/random';
import type { Clock } from '../../lambdas/runtime/time/clock';
import type { Scheduler } from '../kernel/scheduler';
import { BEGINNING } from '../kernel/trace';
import type { WallClock } from '../time/sandbox-clock';

export interface SandboxOptions {
  readonly scheduler: Scheduler;
  /** Of all chance inside it. */
  readonly chance: Chance;
  readonly wall: WallClock;
  /** Its monotonic clock stands still while it is frozen. */
  readonly standsStill: boolean;
}

/** As Node.js has it: no timer rings at once. */
const LEAST_MS = 1;

interface Timer {
  /** By the monotonic clock of the sandbox. */
  readonly due: number;
  readonly ring: () => void;
  cancel: () => void;
}

/**
 * Where code of a function runs. Frozen, nothing in it moves: its timers ring and its answers arrive when it is thawed. Killed,
 * nothing in it ever happens again.
 */
export class Sandbox {
  readonly clock: Clock;
  state: 'running' | 'frozen' | 'killed' = 'running';
  /** Ends the invocation under way as a crash of its code does. */
  crash: () => void = () => this.kill();
  readonly #timers = new Set<Timer>();
  #arrived: (() => void)[] = [];
  readonly #began: number;
  #stoodStillMs = 0;
  #frozenAt = 0;

  constructor(private readonly options: SandboxOptions) {
    this.#began = options.scheduler.now;
    this.clock = this.#clock();
  }

  /** Something reaches the sandbox from outside: it happens now, when it is thawed, or never. */
  enter(act: () => void): void {
    switch (this.state) {
      case 'running':
        return act();
      case 'frozen':
        return void this.#arrived.push(act);
      case 'killed':
        return;
    }
  }

  freeze(): void {
    if (this.state !== 'running') return;
    this.state = 'frozen';
    this.#frozenAt = this.options.scheduler.now;
    for (const timer of this.#timers) timer.cancel();
  }

  thaw(): void {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    if (this.options.standsStill) this.#stoodStillMs += this.options.scheduler.now - this.#frozenAt;
    for (const timer of this.#timers) this.#arm(timer);
    // One step each, as a network brings them.
    for (const act of this.#arrived.splice(0)) this.options.scheduler.after(0, () => this.enter(act));
  }

  kill(): void {
    this.state = 'killed';
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#arrived = [];
  }

  #monotonic(): number {
    return this.options.scheduler.now - this.#began - this.#stoodStillMs;
  }

  #arm(timer: Timer): void {
    timer.cancel = this.options.scheduler.after(timer.due - this.#monotonic(), () => {
      this.#timers.delete(timer);
      timer.ring();
    });
  }

  #timer(ms: number, ring: () => void): () => void {
    if (this.state === 'killed') return () => undefined;
    const timer: Timer = { due: this.#monotonic() + Math.max(LEAST_MS, ms), ring, cancel: () => undefined };
    this.#timers.add(timer);
    if (this.state === 'running') this.#arm(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  #clock(): Clock {
    const { scheduler, chance, wall } = this.options;
    const timer: Clock['timer'] = (ms, ring) => this.#timer(ms, ring);
    return {
      now: () => {
        const ahead = scheduler.now - this.#began < wall.setAfterMs ? wall.aheadMs : wall.thenMs;
        return Math.floor(BEGINNING + scheduler.now + ahead);
      },
      monotonic: () => this.#monotonic(),
      timer,
      soon: (act) => void scheduler.after(0, () => this.enter(act)),
      random: () => chance.next(),
      uuid: () => uuidFrom(chance),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const end = () => {
            cancel();
            signal?.removeEventListener('abort', end);
            resolve();
          };
          const cancel = timer(ms, end);
          signal?.addEventListener('abort', end);
        }),
    };
  }
}

const hex = (chance: Chance): string => chance.whole(0, 0xffffffff).toString(16).padStart(8, '0');

/** In the shape of a random UUID. */
export function uuidFrom(chance: Chance): string {
  const digits = hex(chance) + hex(chance) + hex(chance) + hex(chance);
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => digits.slice(from, to)).join('-'); // prettier-ignore
}
