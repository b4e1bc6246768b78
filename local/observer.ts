import type { Outcome } from './sandbox/sandbox';

/** Records of one partition as one batch holds them. */
export interface ObservedRecords {
  readonly partition: number;
  readonly offsets: readonly number[];
}

/** What the local stack can be watched doing. `process`: one line of action in which operations follow each other. */
export type LocalObservation = { readonly process: string } & (
  | {
      readonly op: 'deliver';
      readonly type: 'invoke';
      readonly group: string;
      readonly invocation: string;
      readonly again: boolean;
      readonly records: readonly ObservedRecords[];
    }
  | {
      readonly op: 'outcome';
      readonly type: 'ok' | 'fail' | 'unknown' | 'info';
      readonly group: string;
      readonly invocation: string;
      readonly failures?: readonly { readonly partition: number; readonly offset: number }[];
      readonly reason?: string;
    }
  | {
      readonly op: 'on-failure';
      readonly type: 'ok' | 'fail';
      readonly group: string;
      readonly records: readonly ObservedRecords[];
      readonly reason?: string;
    }
  | {
      readonly op: 'commit';
      readonly type: 'invoke' | 'ok' | 'unknown';
      readonly group: string;
      readonly offsets: readonly { readonly partition: number; readonly offset: number }[];
    }
  | {
      readonly op: 'function';
      readonly type: 'invoke' | 'ok' | 'fail' | 'unknown';
      readonly invocation: string;
      readonly reason?: string;
    }
);

/** Must be fast, must not wait and must not throw: observing must not change the run. */
export interface Observer {
  record(observation: LocalObservation): void;
}

/** An outcome as the caller of a function may understand it: what a timeout or a crash did until then is unknown. */
export function observedOutcome(outcome: Outcome): {
  readonly type: 'ok' | 'fail' | 'unknown' | 'info';
  reason?: string;
} {
  switch (outcome.kind) {
    case 'success':
      return { type: 'ok' };
    case 'error':
      return { type: 'fail', reason: `${outcome.errorType}: ${outcome.errorMessage}` };
    case 'timeout':
    case 'crash':
      return { type: 'unknown', reason: outcome.detail };
    case 'throttle':
      return { type: 'info', reason: 'throttled' };
  }
}
