import { acksOne } from './acks-one';
import { alteredDeadLetter } from './altered-dead-letter';
import { commitFirst } from './commit-first';
import { completionWithoutToken } from './completion-without-token';
import type { Control } from './control';
import { counterOffByOne } from './counter-off-by-one';
import { failedOffsetsOnly } from './failed-offsets-only';
import { minInsyncReplicasOne } from './min-insync-replicas-one';
import { noIdempotency } from './no-idempotency';
import { redriveDeletesFirst } from './redrive-deletes-first';
import { redriveWithoutCondition } from './redrive-without-condition';
import { swallowedErrors } from './swallowed-errors';
import { uncleanElection } from './unclean-election';
import { usualKafkajs } from './usual-kafkajs';

export type { Control, Ground } from './control';
export { tryControl, type Tried, type Try } from './tries';

/** Every control there is. A new one is a file here, a line below and, where it needs code, a file in `faults/broken/`. */
export const CONTROLS: readonly Control[] = [
  acksOne,
  minInsyncReplicasOne,
  uncleanElection,
  usualKafkajs,
  commitFirst,
  swallowedErrors,
  noIdempotency,
  failedOffsetsOnly,
  alteredDeadLetter,
  counterOffByOne,
  completionWithoutToken,
  redriveWithoutCondition,
  redriveDeletesFirst,
];
