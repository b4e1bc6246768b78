import type { ParkReason } from '../../lambdas/runtime/contract';

/** Every reason for which an event is parked. */
const REASONS: Readonly<Record<ParkReason, true>> = {
  undecodable: true,
  'handler-error': true,
  'write-refused': true,
  'id-conflict': true,
  'killed-function': true,
  'retries-exhausted': true,
  'record-too-old': true,
  'payload-too-large': true,
  'rejected-at-replay': true,
  'too-old': true,
  foreign: true,
  'rejected-at-producer': true,
  'from-topic': true,
};
export const PARK_REASONS = Object.keys(REASONS);
