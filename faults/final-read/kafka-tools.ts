import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Processes } from '../../local/processes';
import { Toolchain } from '../../local/toolchain';

/** Kafka's own Java tools, from the jars of the local brokers. */
export class KafkaTools {
  readonly #processes: Processes;
  readonly #java: readonly string[];

  /** @param dir - folder for what the tools print */
  constructor(
    readonly dir: string,
    toolchain: Toolchain = new Toolchain(),
  ) {
    this.#processes = new Processes({ logDir: dir });
    const archive = toolchain.kafkaArchive();
    this.#java = [
      ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'], // a short life: start sooner rather than run faster
      ...(archive ? [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'] : []),
      ...['-cp', toolchain.kafkaClassPath()],
    ];
  }

  /**
   * Runs a tool's main class to its end and resolves with all that it printed, standard error included.
   *
   * @throws when it ends with another code than 0; the message holds its last lines
   */
  async run(main: string, args: readonly string[]): Promise<string> {
    const name = `${main.split('.').at(-1)}-${randomUUID().slice(0, 8)}`;
    const tool = this.#processes.spawn({ name, command: 'java', args: [...this.#java, main, ...args] });
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
