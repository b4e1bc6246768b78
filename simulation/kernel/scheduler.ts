import { setImmediate as turn } from 'node:timers';

/** Taken before a run forbids it: between two steps everything that waits for no timer comes as far as it can. */
const realTurn = turn;

/** Something that is to happen at a time of the simulation, until it is cancelled. */
interface Step {
  readonly at: number;
  readonly number: number;
  act: (() => void) | undefined;
}

/**
 * The one order in which everything happens: by time, and at one time in the order in which it was asked for. Time stands still
 * while anything runs, and jumps to the next step when nothing does.
 */
export class Scheduler {
  /** Milliseconds since the beginning. */
  now = 0;
  /** Steps taken. */
  steps = 0;
  #heap: Step[] = [];
  #numbers = 0;
  #cancelled = 0;

  /** Calls `act` after `ms` (0: after all that is to happen now), unless what it returns is called before. */
  after(ms: number, act: () => void): () => void {
    const step: Step = { at: this.now + Math.max(0, ms), number: this.#numbers++, act };
    this.#push(step);
    return () => {
      if (step.act === undefined) return;
      step.act = undefined;
      this.#cancelled++;
      if (this.#cancelled > 1_000 && this.#cancelled * 2 > this.#heap.length) this.#compact();
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /**
   * Takes steps until `until` is true, which is asked after each.
   * @throws what a step throws; and when nothing is left to happen
   */
  run(until: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const next = () => {
        try {
          if (until()) return resolve();
          this.#step();
        } catch (error) {
          return reject(error instanceof Error ? error : new Error(String(error)));
        }
        realTurn(next);
      };
      realTurn(next);
    });
  }

  #step(): void {
    for (;;) {
      const step = this.#pop();
      if (step === undefined) throw new Error('simulation: got nothing that is still to happen, want an end');
      const { act } = step;
      if (act === undefined) {
        this.#cancelled--;
        continue;
      }
      step.act = undefined;
      this.now = step.at;
      this.steps++;
      return act();
    }
  }

  #compact(): void {
    const left = this.#heap.filter(({ act }) => act !== undefined);
    this.#heap = left.sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #push(step: Step): void {
    const heap = this.#heap;
    let at = heap.push(step) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(step, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = step;
  }

  #pop(): Step | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!isBefore(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Step, b: Step): boolean => (a.at === b.at ? a.number < b.number : a.at < b.at);
