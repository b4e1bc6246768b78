import type { PlantedFault } from './planted';

export interface RunOptions {
  readonly events: number;
  readonly rate?: number;
  readonly fault: boolean;
  readonly break?: PlantedFault;
  readonly keep?: boolean;
  readonly json?: boolean;
}
