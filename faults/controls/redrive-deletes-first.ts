import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const redriveDeletesFirst: Control = {
  name: 'redrive-deletes-first',
  check: 'P1',
  describe: 'A redrive that deletes a letter before Kafka has acknowledged its event, and is killed in between.',
  recipe: onPipeline({ code: { 'Spill/Replay': 'redrive-deletes-first' }, redrives: true }),
};
