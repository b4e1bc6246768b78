import { Kafka, logLevel } from 'kafkajs';
import { ClusterAdmin } from '../../local/cluster-admin';

/** Ids of all events in the log of the topic, with how often each is there. */
export async function idsInLog(bootstrap: string, topic: string): Promise<Map<string, number>> {
  const admin = new ClusterAdmin(bootstrap);
  const ends = await admin.endOffsets(topic);
  await admin.close();
  const open = new Map([...ends].filter(([, end]) => end > 0));
  const ids = new Map<string, number>();
  if (open.size === 0) return ids;
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((done, failed) => {
    consumer
      .run({
        eachBatch: ({ batch }) => {
          for (const { value } of batch.messages) {
            const id = value?.toString('utf8', 0, 64).split('"')[3] ?? '';
            ids.set(id, (ids.get(id) ?? 0) + 1);
          }
          if (Number(batch.lastOffset()) + 1 >= (open.get(batch.partition) ?? 0)) open.delete(batch.partition);
          if (open.size === 0) done();
          return Promise.resolve();
        },
      })
      .catch(failed);
  });
  await consumer.disconnect();
  return ids;
}
