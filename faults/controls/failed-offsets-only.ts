import { faultNamed } from '../kinds';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const failedOffsetsOnly: Control = {
  name: 'failed-offsets-only',
  check: 'P4',
  describe:
    'A consumer that reports the failed records and no others, behind a mapping that delivers newer ones meanwhile.',
  recipe: onPipeline({
    code: { Billing: 'failed-offsets-only' },
    mapping: { redeliver: 'only-failed', newerBeforeRedelivery: true },
    fault: faultNamed('dynamodb-conflicts'),
  }),
};
