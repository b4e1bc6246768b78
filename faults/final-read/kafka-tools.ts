import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Processes } from '../../local/processes';
import { Toolchain } from '../../local/toolchain';

/** Kafka's own Java tools, from the jars of the local brokers. */
export class KafkaTools {
  readonly #processes: Processes;
  readonly #classPath: string;

  /** @param dir - folder for what the tools print */
  constructor(
    readonly dir: string,
    toolchain: Toolchain = new Toolchain(),
  ) {
    this.#processes = new Processes({ logDir: dir });
    this.#classPath = toolchain.kafkaClassPath();
  }

  /**
   * Runs a tool's main class to its end and resolves with all that it printed, standard error included.
   *
   * @throws when it ends with another code than 0; the message holds its last lines
   */
  async run(main: string, args: readonly string[]): Promise<string> {
    const name = `${main.split('.').at(-1)}-${randomUUID().slice(0, 8)}`;
    const java = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', this.#classPath, main, ...args];
    const tool = this.#processes.spawn({ name, command: 'java', args: java });
    const { code, signal } = await tool.exited;
    if (code === 0) return readFile(tool.logFile, 'utf8');
    throw new Error(
      `${main} ended with ${signal ?? `code ${code}`}; its last lines (all of them in ${tool.logFile}):\n${await tool.tail(15)}`,
    );
  }

  /** Ends what is still running. */
  close(): Promise<void> {
    return this.#processes.stopAll();
  }
}
