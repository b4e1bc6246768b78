import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const counterOffByOne: Control = {
  name: 'counter-off-by-one',
  check: 'P8',
  describe: 'A consumer whose ledgers count one application too many now and then; nothing else is wrong.',
  recipe: onPipeline({ code: { Billing: 'counter-off-by-one' } }),
};
