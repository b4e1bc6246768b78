import { CommanderError } from 'commander';
import { mutantsCommand } from './command';

mutantsCommand()
  .parseAsync()
  .catch((error: unknown) => {
    // What is wrong with the command line commander has said itself.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
    }
  });
