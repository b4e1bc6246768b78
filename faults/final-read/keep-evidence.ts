import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Place } from '../history';
import type { KafkaTools } from './kafka-tools';

/** A broker's files, whether it runs or not. */
export interface BrokerFiles {
  readonly id: number;
  /** Kafka's `log.dirs`. */
  readonly data: string;
  readonly logFile: string;
}

/**
 * Keeps what shows why a run failed: every broker's log, and what the segments hold where acknowledged records should
 * be. Copies into `dir`; the run's own folder may be removed afterwards.
 */
export async function keepEvidence(
  tools: KafkaTools,
  dir: string,
  { brokers, topic, missing }: { brokers: readonly BrokerFiles[]; topic: string; missing: readonly Place[] },
): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const broker of brokers) {
    await copyFile(broker.logFile, join(dir, `broker-${broker.id}.log`));
    const segments = await segmentsOf(broker, topic, missing);
    if (segments.length === 0) continue;
    const dump = await tools.run('kafka.tools.DumpLogSegments', ['--print-data-log', '--files', segments.join(',')]);
    await writeFile(join(dir, `broker-${broker.id}-segments.txt`), dump);
  }
}

/** The segments in which the places should lie, by the base offsets in the files' names. */
async function segmentsOf(broker: BrokerFiles, topic: string, missing: readonly Place[]): Promise<string[]> {
  const wanted = new Set<string>();
  for (const partition of new Set(missing.map((place) => place.partition))) {
    const folder = join(broker.data, `${topic}-${partition}`);
    if (!existsSync(folder)) continue; // that broker has no replica of it
    const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
    for (const { offset } of missing.filter((place) => place.partition === partition)) {
      const segment = segments.findLast((name) => Number(basename(name, '.log')) <= offset);
      if (segment) wanted.add(join(folder, segment));
    }
  }
  return [...wanted];
}
