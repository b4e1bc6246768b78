import { spawn } from 'node:child_process';

const KEPT_CHARACTERS = 64 * 1024;
/** Some tools name the cause first and explain their flags afterwards, others end with it. */
const FIRST_LINES = 5;
const LAST_LINES = 10;

/** A command that could not be started or ended badly, with the first and last lines it wrote. */
export class CommandFailed extends Error {
  constructor(command, ended, output) {
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    const shown =
      lines.length <= FIRST_LINES + LAST_LINES
        ? lines
        : [...lines.slice(0, FIRST_LINES), '…', ...lines.slice(-LAST_LINES)];
    super([`${command} ${ended}`, ...shown.map((line) => `  ${line}`)].join('\n'));
  }
}

/**
 * Runs commands one after the other in one folder, without standard input.
 *
 * @param started - told the process id of each command when it starts, and undefined when it has ended
 */
export class Commands {
  #child;

  constructor({ cwd, started }) {
    this.cwd = cwd;
    this.started = started;
  }

  /**
   * Resolves to the output of a command that ended well.
   *
   * @param endAfter - SIGTERM is sent once the output matches; then every end is a good one
   */
  run(command, args, { endAfter } = {}) {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: this.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      this.#child = child;
      if (child.pid) this.started(child.pid);
      let output = '';
      let ending = false;
      const read = (chunk) => {
        output = (output + chunk).slice(-KEPT_CHARACTERS);
        if (ending || !endAfter?.test(output)) return;
        ending = true;
        child.kill('SIGTERM');
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', (error) =>
        reject(new CommandFailed(command, `could not be started: ${error.message}`, output)),
      );
      child.once('close', (code, signal) => {
        this.#child = undefined;
        this.started(undefined);
        if (code === 0 || ending) resolve(output);
        else reject(new CommandFailed(command, `ended with ${signal ?? `code ${code}`}`, output));
      });
    });
  }

  /** Ends the command that runs now, if one does. */
  end(signal) {
    this.#child?.kill(signal);
  }
}
