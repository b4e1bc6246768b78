import { faultNamed } from '../kinds';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const swallowedErrors: Control = {
  name: 'swallowed-errors',
  check: 'P1',
  describe: 'A consumer that logs an error and answers success, while its table is down.',
  recipe: onPipeline({ code: { Billing: 'swallowed-errors' }, fault: faultNamed('dynamodb-down') }),
};
