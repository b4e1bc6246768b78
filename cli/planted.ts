/** Code or configuration that loses events, built in on purpose: the run must show it. */
export const PLANTED = ['acks', 'commit', 'idempotency'] as const;
export type PlantedFault = (typeof PLANTED)[number];
