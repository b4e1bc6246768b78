import { spawnSync } from 'node:child_process';
import { bundledThen } from './bundle';

/** `npm run simulate:then`: takes the options of `simulate`, and ends as it does. */
void bundledThen().then((file) => {
  const { status } = spawnSync(process.execPath, [file, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
});
