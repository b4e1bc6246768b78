import { faultNamed } from '../kinds';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const noIdempotency: Control = {
  name: 'no-idempotency',
  check: 'P2',
  describe: 'A consumer that keeps no record of what it has applied, while batches are delivered twice.',
  recipe: onPipeline({ code: { Billing: 'no-idempotency' }, fault: faultNamed('delivered-twice') }),
};
