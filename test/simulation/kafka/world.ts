import { chancesOf } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { Cluster } from '../../../simulation/kafka/cluster';
import type { Produced } from '../../../simulation/kafka/protocol';
import type { Sequence } from '../../../simulation/kafka/replica-log';

/** A cluster of three brokers with one partition, and time to pass in it. */
export function world(seed = 1) {
  const scheduler = new Scheduler();
  const topics = { orders: { partitions: 1, maxMessageBytes: 1_000 } };
  const cluster = new Cluster({ scheduler, chances: chancesOf(seed), topics, lagMs: 10_000 });
  const partition = cluster.partitions('orders')[0]!;
  const pass = async (ms: number) => {
    let over = false;
    scheduler.after(ms, () => (over = true));
    await scheduler.run(() => over);
  };
  const leader = () => cluster.controller.leadership(partition).leader!;
  /** Answers as they come; what is not answered has no entry. */
  const answers = new Map<string, Produced>();
  const produce = (name: string, { at = leader(), sequence, bytes = 1 }: { at?: number; sequence?: Sequence; bytes?: number } = {}) =>
    cluster.broker(at)!.do(() =>
      partition.produce(
        at,
        [{ key: null, value: Buffer.from(name.padEnd(bytes)), headers: {} }],
        { acks: -1, sequence, timeoutMs: 4_000 },
        (answer) => void answers.set(name, answer),
      ),
    ); // prettier-ignore
  const log = () => partition.committed().batches.flatMap(({ messages }) => messages.map(({ value }) => String(value).trim())); // prettier-ignore
  const broker = (id: number) => cluster.broker(id)!;
  return { scheduler, cluster, partition, pass, leader, produce, answers, log, broker };
}
