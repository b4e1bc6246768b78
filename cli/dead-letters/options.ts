/** Where dead letters are: in what stacks say, or as it is given. */
export interface PlaceOptions {
  /** Names of stacks. */
  readonly stack?: readonly string[];
  /** Bucket of the dead letters. */
  readonly bucket?: string;
  /** The replay function of the topic's spill store. */
  readonly function?: string;
  /** Idempotency table of the one group that is asked about. */
  readonly table?: string;
  readonly region?: string;
}

/** Which of them. */
export interface FilterOptions {
  readonly topic?: string;
  /** −1 for what never reached its topic. */
  readonly partition?: number;
  /** `-` for what never reached its topic. */
  readonly group?: string;
  /** One of the reasons of `ParkReason`. */
  readonly reason?: string;
  /** `ce_type`. */
  readonly type?: string;
  /** The key as text. */
  readonly key?: string;
  /** Epoch milliseconds at which they were put, inclusive. */
  readonly since?: number;
  /** Epoch milliseconds, exclusive. */
  readonly until?: number;
}

export interface ListOptions extends PlaceOptions, FilterOptions {
  /** Letters shown. */
  readonly limit: number;
  readonly json?: boolean;
}

export interface ShowOptions extends PlaceOptions {
  readonly json?: boolean;
}

export interface RedriveOptions extends PlaceOptions, FilterOptions {
  /** @default - all */
  readonly limit?: number;
  /** Letters a second. @default - as fast as it goes */
  readonly rate?: number;
  /** Partitions whose letters are sent at once. */
  readonly concurrency: number;
  readonly maxRedrives: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What a topic still holds, in place of dead letters. */
export interface FromTopicOptions extends RedriveOptions {
  readonly fromTopic: string;
  /** The first and the last. */
  readonly offsets: { readonly from: number; readonly to: number };
  /** Epoch milliseconds: events that were applied before are sent again. @default - none */
  readonly again?: number;
}

export interface DiscardOptions extends PlaceOptions, Omit<FilterOptions, 'reason'> {
  /** Why, in a person's words: it is kept. */
  readonly reason: string;
  /** The reason for which they were parked. */
  readonly parkedFor?: string;
  /** Who discards. @default - the caller as AWS knows it */
  readonly by?: string;
  /** @default - all */
  readonly limit?: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface AmendOptions extends PlaceOptions {
  /** The whole new value. @default - as it is */
  readonly value?: Uint8Array;
  /** As text. @default - as it is */
  readonly key?: string;
  /** Each takes the place of all of its name. */
  readonly header?: readonly (readonly [name: string, value: string])[];
  readonly withoutHeader?: readonly string[];
  /** Who amends. @default - the caller as AWS knows it */
  readonly by?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}
