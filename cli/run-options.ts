import type { PlantedFault } from './planted';

export interface RunOptions {
  /** @default 10,000, and none where the stack is kept running */
  readonly events?: number;
  readonly rate?: number;
  readonly fault: boolean;
  readonly break?: PlantedFault;
  /** Leaves the stack up until Ctrl-C. */
  readonly keepRunning?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
}
