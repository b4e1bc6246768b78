import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const redriveWithoutCondition: Control = {
  name: 'redrive-without-condition',
  check: 'P2',
  describe:
    'A redrive that marks an event as sent back whatever its record says, and is run again over letters that are still there.',
  recipe: onPipeline({ code: { 'Spill/Replay': 'redrive-without-condition' }, redrives: true }),
};
