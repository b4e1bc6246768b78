import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, from the sources as from a bundle in dist/. */
export function packageRoot(from: string = __dirname): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('package.json not found above the local stack; reinstall cdk-lossless-kafka');
  return packageRoot(above);
}

/** What bin/setup.mjs installs, one folder of `.lossless/` each. */
export type Part = 'kafka' | 'dynamodb' | 'python' | 'archive';

/** Written by bin/setup.mjs into each folder, last: the files directly in it. */
interface Stamp {
  readonly files: Record<string, { readonly size: number; readonly sha256: string }>;
}

const FIX = 'delete the folder .lossless and run `node bin/setup.mjs`';

/** The files set-up installed for the local stack. Every method throws an error that names the fix. */
export class Toolchain {
  constructor(private readonly root: string = packageRoot()) {}

  /**
   * Class path of the brokers: always in the same order, because the class-data archive is bound to it, and our own classes
   * last, because it takes no folder.
   */
  kafkaClassPath(): string {
    return [...this.#paths('kafka', /\.jar$/), this.#folder('kafka')].join(':');
  }

  /** Class-data archive of the brokers; undefined when this JVM made none. */
  kafkaArchive(): string | undefined {
    return this.#paths('archive', /^kafka\.jsa$/)[0];
  }

  /** What `kafka-storage format` writes beside meta.properties: the features of a new cluster. */
  bootstrapCheckpoint(): string {
    const [file] = this.#paths('archive', /^bootstrap\.checkpoint$/);
    if (file) return file;
    throw new Error(`no bootstrap.checkpoint in ${this.#folder('archive')}; ${FIX}`);
  }

  dynamoDbClassPath(): string {
    return [this.#folder('dynamodb'), ...this.#paths('dynamodb', /\.jar$/)].join(':');
  }

  python(): string {
    this.#stamp('python');
    return join(this.#folder('python'), 'bin', 'python');
  }

  /** The error of a process that died at start, with the broken file named when there is one. Reads every file. */
  explain(error: unknown, part: Part): unknown {
    const dir = this.#folder(part);
    const broken = Object.entries(this.#stamp(part).files).find(
      ([name, { sha256 }]) =>
        createHash('sha256')
          .update(readFileSync(join(dir, name)))
          .digest('hex') !== sha256,
    );
    if (!broken) return error;
    return new Error(`${join(dir, broken[0])} is not what set-up installed; ${FIX}`, { cause: error });
  }

  #folder(part: Part): string {
    return join(this.root, '.lossless', part);
  }

  /** Files of a part in the order of their names, each of the size it had when it was installed. */
  #paths(part: Part, pattern: RegExp): string[] {
    const { files } = this.#stamp(part);
    const dir = this.#folder(part);
    for (const [name, { size }] of Object.entries(files)) {
      const got = statSync(join(dir, name), { throwIfNoEntry: false })?.size;
      if (got === size) continue;
      throw new Error(
        `${join(dir, name)}: got ${got === undefined ? 'no file' : `${got} bytes`}, want ${size} bytes; ${FIX}`,
      );
    }
    return Object.keys(files)
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => join(dir, name));
  }

  #stamp(part: Part): Stamp {
    const file = join(this.#folder(part), 'stamp.json');
    if (!existsSync(file)) {
      throw new Error(`the local stack is not set up: ${file} is missing; run \`node bin/setup.mjs\``);
    }
    return JSON.parse(readFileSync(file, 'utf8')) as Stamp;
  }
}
