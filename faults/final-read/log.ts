import { randomBytes } from 'node:crypto';
import type { PartitionRead } from './final-read';
import type { KafkaTools } from './kafka-tools';
import { Print } from './printed';

export interface LogSource {
  /** Comma-separated `host:port`, past any proxy. */
  readonly bootstrap: string;
  readonly topic: string;
  readonly group: string;
}

/** Milliseconds without a record after which the console consumer ends: it has read all, or cannot read on. */
const SILENCE_MS = 15_000;
const TRIES = 4;

/**
 * Every record of the topic as Kafka's console consumer prints it, and the group's committed offsets.
 *
 * @throws as `readRecords`
 */
export async function readLog(tools: KafkaTools, source: LogSource): Promise<PartitionRead[]> {
  const records = await readRecords(tools, source);
  const committed = await committedOffsets(tools, source);
  return records.map((read) => ({ ...read, committed: committed.get(read.partition) ?? null }));
}

/**
 * Every record of the topic, by partition, in offset order.
 *
 * @throws when the records do not reach up to the end offsets that Kafka itself states, tried four times: what is missing
 * then may be the reader's fault, and nothing may be concluded from it
 */
export async function readRecords(
  tools: KafkaTools,
  source: Omit<LogSource, 'group'>,
): Promise<Omit<PartitionRead, 'committed'>[]> {
  const ends = await endOffsets(tools, source);
  let short: string[] = [];
  for (let tried = 0; tried < TRIES; tried++) {
    const records = await consume(tools, source, ends);
    short = shortfalls(records, ends);
    if (short.length > 0) continue;
    return [...ends.keys()].map((partition) => ({
      partition,
      records: (records.get(partition) ?? []).sort((a, b) => a.offset - b.offset),
    }));
  }
  throw new Error(
    `final read of ${source.topic}: ${short.join(', ')} after ${TRIES} tries; check that its brokers serve`,
  );
}

type Records = Map<number, PartitionRead['records'][number][]>;

/** Log start and log end by partition, as the leaders state them. */
async function endOffsets(
  tools: KafkaTools,
  source: Omit<LogSource, 'group'>,
): Promise<Map<number, { start: number; end: number }>> {
  const ask = async (time: 'earliest' | 'latest') => {
    const main = 'org.apache.kafka.tools.GetOffsetShell';
    const said = await tools.run(main, [
      '--bootstrap-server',
      source.bootstrap,
      '--topic',
      source.topic,
      '--time',
      time,
    ]);
    const lines = said.split('\n').map((line) => /^(.+):(\d+):(\d+)$/.exec(line.trim()));
    return new Map(
      lines.filter((found) => found?.[1] === source.topic).map((found) => [Number(found?.[2]), Number(found?.[3])]),
    );
  };
  const [starts, ends] = await Promise.all([ask('earliest'), ask('latest')]);
  if (ends.size === 0)
    throw new Error(`final read of ${source.topic}: no partition was listed; check the topic's name`);
  return new Map(
    [...ends]
      .sort(([a], [b]) => a - b)
      .map(([partition, end]) => [partition, { start: starts.get(partition) ?? 0, end }]),
  );
}

async function consume(
  tools: KafkaTools,
  { bootstrap, topic }: Omit<LogSource, 'group'>,
  ends: Awaited<ReturnType<typeof endOffsets>>,
): Promise<Records> {
  const print = new Print(randomBytes(6).toString('hex'));
  const expected = [...ends.values()].reduce((sum, { start, end }) => sum + end - start, 0);
  const records: Records = new Map();
  if (expected === 0) return records;
  const output = await tools.run('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...['--bootstrap-server', bootstrap, '--topic', topic, '--from-beginning'],
    ...['--max-messages', String(expected), '--timeout-ms', String(SILENCE_MS)],
    ...print.properties.flatMap((property) => ['--property', property]),
  ]);
  for (const { partition, ...record } of print.parse(output)) {
    const known = records.get(partition);
    if (known) known.push(record);
    else records.set(partition, [record]);
  }
  return records;
}

function shortfalls(records: Records, ends: Awaited<ReturnType<typeof endOffsets>>): string[] {
  return [...ends].flatMap(([partition, { start, end }]) => {
    const reached = (records.get(partition) ?? []).reduce((last, { offset }) => Math.max(last, offset + 1), start);
    return reached >= end ? [] : [`partition ${partition} was read up to ${reached} of ${end}`];
  });
}

/** As `kafka-consumer-groups --describe` lists them; a group that never committed has none. */
async function committedOffsets(
  tools: KafkaTools,
  { bootstrap, topic, group }: LogSource,
): Promise<Map<number, number>> {
  const main = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
  const said = await tools.run(main, ['--bootstrap-server', bootstrap, '--describe', '--offsets', '--group', group]);
  const rows = said.split('\n').map((line) => line.trim().split(/\s+/));
  const ours = rows.filter((row) => row[0] === group && row[1] === topic && /^\d+$/.test(row[3] ?? ''));
  return new Map(ours.map(([, , partition, offset]) => [Number(partition), Number(offset)]));
}
