import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { surroundings } from './surroundings';
import { packageRoot } from './toolchain';

export interface Program {
  /** Names the process in messages and its log file, `<logDir>/<name>.log`. Several processes may share a name. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** The whole environment of the process. @default `surroundings()`: nothing of this process's own but what that lets in */
  readonly env?: NodeJS.ProcessEnv;
  /** @default - this process's own */
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process whose end is ours to see to. */
export interface OwnedProcess {
  readonly name: string;
  readonly pid: number;
  readonly alive: boolean;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** Standard output and error of every process of that name. */
  readonly logFile: string;
  /** Sends a signal to the process and what it started. Nothing happens when it has ended already. */
  kill(signal?: NodeJS.Signals): void;
  /** The last lines this process wrote (with what other processes of that name wrote since it began). */
  tail(lines: number): Promise<string>;
  /**
   * Resolves with the first match in what the process wrote since it began.
   *
   * @throws when the process ends first or `withinMs` have passed; the message holds its last lines and the log's path
   */
  untilLogged(pattern: RegExp, withinMs: number): Promise<RegExpExecArray>;
}

/** How often a log is looked at for a line that is waited for. */
const LOOK_EVERY_MS = 50;
const TAIL_LINES = 15;
/** What a signal to a group answers that has just ended: ESRCH on Linux, EPERM on macOS. */
const GONE = new Set<string | undefined>(['ESRCH', 'EPERM']);
const STACK_FRAME = /^\s+(at |\.\.\. \d+ more)/;
const REAPER = join(packageRoot(), 'local', 'reaper.mjs');

/**
 * Child processes that do not outlive this one: not a normal end (`stopAll`), and not a SIGKILL of this process either,
 * for which a small reaper process holds their ids. Each runs in a process group of its own, so that Ctrl-C reaches
 * this process alone, which then ends them in order.
 */
export class Processes {
  readonly #logDir: string;
  readonly #running = new Set<Child>();
  #reaper: ChildProcess | undefined;
  #stopping = false;

  constructor(options: { logDir: string }) {
    this.#logDir = options.logDir;
    mkdirSync(options.logDir, { recursive: true });
  }

  /** @throws when the command cannot be found, or after `stopAll` */
  spawn(program: Program): OwnedProcess {
    if (this.#stopping) throw new Error(`${program.name}: not started, the local stack is stopping`);
    this.#reaper ??= this.#startReaper();
    const child = new Child(program, join(this.#logDir, `${program.name}.log`), (pid) => this.#tell('+', pid));
    this.#running.add(child);
    void child.exited.then(() => {
      this.#running.delete(child);
      this.#tell('-', child.pid);
    });
    return child;
  }

  /** Ends every process: SIGTERM, and SIGKILL for what is still there after `graceMs`. Nothing can be started afterwards. */
  async stopAll(graceMs = 1000): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running].map((child) => end(child, graceMs)));
    const reaper = this.#reaper;
    if (!reaper || reaper.exitCode !== null || reaper.signalCode !== null) return;
    reaper.ref();
    reaper.stdin?.end();
    await once(reaper, 'exit');
  }

  #tell(sign: '+' | '-', pid: number): void {
    if (this.#reaper?.stdin?.writable) this.#reaper.stdin.write(`${sign}${pid}\n`);
  }

  #startReaper(): ChildProcess {
    const reaper = spawn(process.execPath, [REAPER], {
      env: surroundings(),
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    reaper.on('error', (cause) => {
      throw new Error(`cannot start ${REAPER}, which ends the local stack if this process is killed`, { cause });
    });
    // A write to a reaper that has just died; its `exit` follows and starts another.
    reaper.stdin.on('error', () => reaper.stdin.destroy());
    reaper.once('exit', (_code, signal) => {
      if (this.#stopping || signal === null) return; // without a signal it could not even start; it has said why
      this.#reaper = this.#startReaper();
      for (const child of this.#running) this.#tell('+', child.pid);
    });
    // Neither the process nor its pipe keeps this process from ending.
    reaper.unref();
    (reaper.stdin as unknown as { unref(): void }).unref();
    return reaper;
  }
}

async function end(child: Child, graceMs: number): Promise<void> {
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // a stopped process hears no SIGTERM
  const grace = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await child.exited;
  clearTimeout(grace);
}

/** Waits for a line on descriptor 3 and then becomes the command, so that nothing runs before the reaper knows of it. */
const GATE = 'read -r go <&3 || exit 0; exec 3<&-; exec "$@"';

class Child implements OwnedProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  #alive = true;
  /** Where in the log file this process's own output begins. */
  readonly #logStart: number;

  constructor(
    program: Program,
    readonly logFile: string,
    register: (pid: number) => void,
  ) {
    this.name = program.name;
    const log = openSync(logFile, 'a');
    this.#logStart = statSync(logFile).size;
    const child = spawn('/bin/sh', ['-c', GATE, program.name, program.command, ...(program.args ?? [])], {
      env: program.env ?? surroundings(),
      cwd: program.cwd,
      stdio: ['ignore', log, log, 'pipe'],
      detached: true,
    });
    closeSync(log);
    this.exited = new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#alive = false;
        resolve({ code, signal });
      };
      child.once('exit', ended);
      child.once('error', () => ended(null, null));
    });
    if (child.pid === undefined) {
      throw new Error(
        `${this.name}: cannot start a process in ${program.cwd ?? process.cwd()}; check that the folder exists`,
      );
    }
    this.pid = child.pid;
    register(child.pid);
    const gate = child.stdio[3] as NodeJS.WritableStream;
    gate.on('error', () => this.kill('SIGKILL')); // it ended before it was let go
    gate.end('go\n');
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    if (!this.#alive) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if (!GONE.has((error as NodeJS.ErrnoException).code)) throw error;
    }
  }

  async tail(lines: number): Promise<string> {
    return (await this.#written()).trimEnd().split('\n').slice(-lines).join('\n');
  }

  async untilLogged(pattern: RegExp, withinMs: number): Promise<RegExpExecArray> {
    const until = Date.now() + withinMs;
    for (;;) {
      const ended = !this.#alive; // read before the log: what it wrote last counts
      const found = pattern.exec(await this.#written());
      if (found) return found;
      if (ended) throw await this.#notReady('ended before it was ready');
      if (Date.now() > until) throw await this.#notReady(`was not ready after ${withinMs / 1000} s`);
      await wait(LOOK_EVERY_MS);
    }
  }

  async #notReady(what: string): Promise<Error> {
    const lines = (await this.#written()).trimEnd().split('\n');
    const last = lines.filter((line) => !STACK_FRAME.test(line)).slice(-TAIL_LINES);
    return new Error(`${this.name} ${what}; its last lines (all in ${this.logFile}):\n  ${last.join('\n  ')}`);
  }

  async #written(): Promise<string> {
    const file = await open(this.logFile);
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, size - this.#logStart));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#logStart);
      return bytes.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
