import type { ObjectStore } from '../../lambdas/runtime/stores/object-store';
import type { Transactions } from '../../lambdas/runtime/stores/tables';
import type { Clock } from '../../lambdas/runtime/time/clock';
import type { Progress } from '../progress';
import type { ObjectVersions } from './erase';
import type { OutputsOf } from './places';

/** How one call of a function ended. */
export type Invoked =
  | { readonly kind: 'answer'; readonly payload: string }
  /** It ran, and threw or was killed. */
  | { readonly kind: 'error'; readonly type: string; readonly message: string };

/** What the commands touch. */
export interface Surroundings {
  readonly store: ObjectStore;
  readonly transactions: Transactions;
  readonly versions: ObjectVersions;
  /** Who calls, as AWS knows it: an ARN. */
  readonly caller: () => Promise<string>;
  readonly outputsOf: OutputsOf;
  /** Calls a function and waits for its answer. Rejects where Lambda did not answer: it may have run. */
  readonly invoke: (functionName: string, payload: string) => Promise<Invoked>;
  /** Consumer groups whose mappings read a topic, as Lambda knows them. */
  readonly groupsOf: (cluster: string, topic: string) => Promise<readonly string[]>;
  readonly print: (text: string) => void;
  readonly progress: Progress;
  /** Resolves to whether a person said yes; undefined where there is nobody to ask. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
  readonly clock: Clock;
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborts when a person wants it to end. */
  readonly signal: AbortSignal;
}
