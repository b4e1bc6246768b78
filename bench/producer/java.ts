import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Toolchain } from '../../local/toolchain';

/** Records a second of Kafka's own ProducerPerformance, which does not wait for one record before it sends the next. */
export async function producerPerformance(bootstrap: string, topic: string, records: number): Promise<number> {
  const tool = ['-cp', new Toolchain().kafkaClassPath(), 'org.apache.kafka.tools.ProducerPerformance'];
  const load = ['--topic', topic, '--num-records', String(records), '--record-size', '200', '--throughput', '-1'];
  const properties = ['--producer-props', `bootstrap.servers=${bootstrap}`, 'acks=all'];
  const { stdout } = await promisify(execFile)('java', [...tool, ...load, ...properties]);
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const rate = /records sent, ([\d.]+) records\/sec/.exec(last);
  if (!rate) throw new Error(`ProducerPerformance: got "${last}", want a line with records/sec`);
  return Number(rate[1]);
}
