import type { CheckId, Verdict } from '../checker';

/** Something known to lose, repeat or alter events. A judge that does not say so when it runs sees nothing. */
export interface Control {
  readonly name: string;
  /** The check that must find it. */
  readonly check: CheckId;
  /** What is broken, and what makes it show, in a sentence. */
  readonly describe: string;
  /** Runs it once and judges. @throws when it could not be run */
  readonly recipe: (ground: Ground) => Promise<Verdict>;
}

/** Where and how one try takes place. */
export interface Ground {
  /** The try's own, for data, logs, history and verdict. */
  readonly dir: string;
  /** For what the try draws; another one for each. */
  readonly seed: number;
  /** Cloud assembly of one of the sample's stacks. */
  readonly assembly: (variant: 'sample' | 'chaos') => Promise<string>;
  readonly say: (line: string) => void;
  readonly count: (done: number, total: number, what: string) => void;
  readonly signal: AbortSignal;
}
