import type { KafkaPort, SendResult } from '../../../lambdas/runtime/kafka/port';
import { BROKERS, type Fetched, type Stage } from './stage';

/** What is true of Kafka, simulated or real. */
export interface Case {
  /** A promise about records, as a sentence. */
  readonly promise: string;
  readonly play: (stage: Stage) => Promise<unknown>;
  /** What `play` comes to on both. */
  readonly want: unknown;
}

/** What became of one send, in a few words: an error's text is everybody's own. */
export const inShort = (result: SendResult): string => {
  switch (result.kind) {
    case 'acked':
      return `acked ${result.offsets.join(',')}`;
    case 'sent':
    case 'unknown':
      return result.kind;
    case 'rejected':
      return `rejected ${result.about} ${result.code}`;
    case 'retriable':
      return `retriable ${result.code}`;
  }
};

const NOT_CONNECTED = 'retriable NOT_CONNECTED';

/** Sends, and again while there is no way into the cluster: then nothing was written. */
export async function send(
  stage: Stage,
  client: KafkaPort,
  values: readonly string[],
  signal = new AbortController().signal,
): Promise<string> {
  const records = values.map((value) => ({ key: null, value: Buffer.from(value), headers: [] }));
  let heard = NOT_CONNECTED;
  await stage.until('a way into the cluster', async () => {
    heard = inShort(await client.send(stage.topic, 0, records, signal));
    return heard !== NOT_CONNECTED;
  });
  return heard;
}

/** The leader of a stage's partition and its followers. */
export async function roles(stage: Stage): Promise<{ leader: number; followers: readonly [number, number] }> {
  const { leader } = await stage.leadership();
  if (leader === undefined) throw new Error(`${stage.topic}: got no leader, want one`);
  const [one, other] = BROKERS.filter((id) => id !== leader);
  return { leader, followers: [one!, other!] };
}

export const untilInSync = (stage: Stage, wanted: readonly number[]): Promise<void> =>
  stage.until(`brokers ${wanted.join(', ')} in sync`, async () => {
    const { inSync } = await stage.leadership();
    return inSync.join() === [...wanted].sort().join();
  });

export const untilAnotherLeads = (stage: Stage, former: number): Promise<void> =>
  stage.until(`another leader than ${former}`, async () => {
    const { leader } = await stage.leadership();
    return leader !== undefined && leader !== former;
  });

/** Reads once so many records can be read: consumers hear of an acknowledgement a moment after the producer. */
export async function readWhole(stage: Stage, count: number, from = 0): Promise<Fetched> {
  let fetched: Fetched = { kind: 'out of range' };
  await stage.until(`${count} records to read`, async () => {
    fetched = await stage.read(from);
    return fetched.kind === 'records' && fetched.high >= from + count;
  });
  return fetched;
}
