import { faultNamed } from '../kinds';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const commitFirst: Control = {
  name: 'commit-first',
  check: 'P1',
  describe: 'A consumer that answers, so that the mapping commits, and applies afterwards: killed in between.',
  recipe: onPipeline({ code: { Billing: 'commit-first' }, fault: faultNamed('crash-after-response') }),
};
