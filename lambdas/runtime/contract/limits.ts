/** How long an event may wait in the spill store and then still meet a consumer that remembers its other copy: 14 days. */
export const SPILL_LIMIT_SECONDS = 14 * 86_400;
/** How long after that a copy that was sent back is still known: 14 days. */
export const REDRIVE_WINDOW_SECONDS = 14 * 86_400;

/**
 * Milliseconds: a claim whose beat stood still for so long belongs to nobody, its owner was killed. By the watcher's own
 * clock alone. An invocation that works for less than that can take none over.
 */
export const CLAIM_LEASE_MS = 10_000;

/** A record is parked that has killed its function so often, while that worked on it alone: once may be chance. */
export const STRIKES = 3;
