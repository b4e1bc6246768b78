import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../local/toolchain';

const KAFKA_VERSION = /<artifactId>kafka_[^<]+<\/artifactId>\s*<version>([^<]+)</;

/** What a report was measured with. */
export async function versions(): Promise<Record<string, string>> {
  const root = packageRoot();
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const pom = await readFile(join(root, 'local', 'kafka', 'pom.xml'), 'utf8');
  return {
    'cdk-lossless-kafka': own.version,
    'Apache Kafka': KAFKA_VERSION.exec(pom)?.[1] ?? 'see local/kafka/pom.xml',
    kafkajs: own.dependencies['kafkajs'] ?? '',
    'Node.js': process.versions.node,
  };
}
