import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnedProcess, Processes } from './processes';
import { packageRoot, type Toolchain } from './toolchain';

/** On a busy machine; a node takes about 3 s. */
const START_WITHIN_MS = 60_000;
const LOGGING = join(packageRoot(), 'local', 'kafka', 'log4j2.properties');

export interface KafkaNodeOptions {
  readonly id: number;
  /** Names the process, its log and its folder. */
  readonly name: string;
  /** Folder in which the node's own is made. */
  readonly dir: string;
  readonly clusterId: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly processes: Processes;
  readonly toolchain: Toolchain;
}

/** One Kafka process and its data, which outlives the process. */
export class KafkaNode {
  readonly dir: string;
  #process: OwnedProcess | undefined;

  constructor(private readonly options: KafkaNodeOptions) {
    this.dir = join(options.dir, options.name);
  }

  get process(): OwnedProcess | undefined {
    return this.#process;
  }

  get alive(): boolean {
    return this.#process?.alive ?? false;
  }

  /**
   * Makes the node's storage, empty, as `kafka-storage format` does, without its JVM: the file of features is the one that
   * command wrote at set-up, the other one says which node of which cluster this is.
   */
  async format(): Promise<void> {
    const { id, clusterId, toolchain, properties } = this.options;
    const data = join(this.dir, 'data');
    await rm(data, { recursive: true, force: true }); // of a start that found its port taken
    await mkdir(data, { recursive: true });
    const meta = { version: '1', 'cluster.id': clusterId, 'node.id': String(id), 'directory.id': kafkaUuid() };
    await writeFile(join(data, 'meta.properties'), propertiesText(meta));
    await copyFile(toolchain.bootstrapCheckpoint(), join(data, 'bootstrap.checkpoint'));
    await writeFile(this.#configuration, propertiesText({ ...properties, 'log.dirs': data }));
  }

  /** Resolves when the process says that it serves. */
  async start(): Promise<void> {
    const { name, processes, toolchain } = this.options;
    if (this.alive) throw new Error(`${name} runs already; kill it before it is started again`);
    this.#process = processes.spawn({ name, command: 'java', args: this.#arguments(), cwd: this.dir });
    try {
      await this.#process.untilLogged(/Kafka Server started/, START_WITHIN_MS);
    } catch (error) {
      throw toolchain.explain(error, 'kafka');
    }
  }

  get #configuration(): string {
    return join(this.dir, 'server.properties');
  }

  #arguments(): string[] {
    const { toolchain } = this.options;
    const archive = toolchain.kafkaArchive();
    return [
      '-Xms96m',
      '-Xmx384m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1', // a short life: start sooner rather than run faster
      ...(archive ? [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'] : []),
      `-Dlog4j2.configurationFile=${LOGGING}`,
      '-cp',
      toolchain.kafkaClassPath(),
      'kafka.Kafka',
      this.#configuration,
    ];
  }
}

/** A random id as Kafka writes it: 16 bytes in base64url. Kafka takes none that begins with a dash. */
export function kafkaUuid(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? kafkaUuid() : id;
}

const propertiesText = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
