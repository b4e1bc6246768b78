/** What an ingest function is invoked with directly by `ingestClient`, which waits and hears how each event ended. */
export interface DirectRequest {
  readonly publish: {
    /** CloudEvents in structured mode, as the text of a JSON array: no number in it is changed on the way. */
    readonly events: string;
  };
}

export interface DirectAnswer {
  /** One for each event, in the order of the request. */
  readonly results: readonly DirectOutcome[];
}

/** How one event ended, as the outcomes of a publish. Nothing in it names what lies behind the door. */
export type DirectOutcome = { readonly id: string } & (
  | { readonly outcome: 'acked'; readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly outcome: 'spilled' }
  /** Not taken. `code` as the producer has it: mend the event, or send it again later. */
  | { readonly outcome: 'rejected'; readonly code: string; readonly reason: string }
  /** It may have been taken, or not: send it again under the same id. */
  | { readonly outcome: 'unknown'; readonly reason: string }
  | {
      readonly outcome: 'sent';
      readonly topic: string;
      readonly partition: number;
      /** Not known with acks 0. */
      readonly offset?: number;
    }
  /** Refused, and dealt with as `onRejected` of the function says. */
  | { readonly outcome: 'parked' | 'forwarded' | 'dropped'; readonly code: string }
);

/** Events of one request, at most. */
export const MOST_DIRECT_EVENTS = 1_000;

export const isDirectRequest = (event: unknown): event is DirectRequest => {
  const { publish } = Object(event) as { readonly publish?: unknown };
  return typeof (Object(publish) as { readonly events?: unknown }).events === 'string';
};
