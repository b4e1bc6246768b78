import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { RunResult } from '../run';
import type { Case } from './case';
import type { Runner } from './shrink';

/** What a worker answers: the run's result, or why there is none. */
export type Answer = { readonly result: RunResult } | { readonly error: string };

/** Processes that run cases, one at a time each: whoever asks waits for a free one. */
export class Workers {
  readonly #all: ChildProcess[];
  #free: ChildProcess[];
  #waiting: ((worker: ChildProcess) => void)[] = [];

  constructor(count: number) {
    // Both are bundled, and lie beside each other (`npm run build:simulation`).
    this.#all = Array.from({ length: count }, () => fork(join(__dirname, 'worker.js')));
    this.#free = [...this.#all];
  }

  readonly run: Runner = async (one) => {
    const worker = this.#free.pop() ?? (await new Promise<ChildProcess>((resolve) => this.#waiting.push(resolve)));
    try {
      const answer = await asked(worker, one);
      if ('result' in answer) return answer.result;
      throw new Error(`seed ${one.seed}: ${answer.error}`);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(worker);
      else this.#free.push(worker);
    }
  };

  end(): void {
    for (const worker of this.#all) worker.kill();
  }
}

function asked(worker: ChildProcess, one: Case): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`seed ${one.seed}: its process ended with ${code}`));
    worker.once('exit', died);
    worker.once('message', (answer: Answer) => {
      worker.off('exit', died);
      resolve(answer);
    });
    worker.send(one);
  });
}
