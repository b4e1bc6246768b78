import { join } from 'node:path';
import { packageRoot } from '../local/toolchain';

/** A fresh folder's name for a run; its end is this process's id. */
export const runFolder = (kind: string): string =>
  join(packageRoot(), '.lossless', 'runs', `${kind}-${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`);
