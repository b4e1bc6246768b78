/** The round of canaries that a moment belongs to: when it began, in epoch milliseconds. */
export const roundAt = (nowMs: number, periodMs: number): number => Math.floor(nowMs / periodMs) * periodMs;

/** Name of a round's canaries: the same however often the round is sent. */
export const roundName = (roundMs: number): string => `${new Date(roundMs).toISOString().slice(0, 16)}Z`;
