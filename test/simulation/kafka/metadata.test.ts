import { kafkajsPort } from '../../../lambdas/runtime/kafka/kafkajs';
import { Cluster } from '../../../simulation/kafka/cluster';
import { addressOf, simulatedKafkajs } from '../../../simulation/kafka/kafkajs';
import { chancesOf } from '../../../simulation/kernel/chances';
import { sandboxed } from '../sandboxed';

test('a partition that was added is known to a client within half a minute of sends', async () => {
  const { scheduler, home, link, run } = sandboxed();
  const topics = { orders: { partitions: 1, maxMessageBytes: 1_000_000 } };
  const cluster = new Cluster({ scheduler, chances: chancesOf(1), topics });
  const brokers = [1, 2, 3].map(addressOf).join(',');
  const port = kafkajsPort({
    ...{ environment: { brokers, authentication: 'none' }, clock: home.clock, warn: () => undefined },
    kafkajs: simulatedKafkajs({ cluster, home, linkTo: () => link }),
  });
  const send = () => run(port.send('orders', 0, [{ key: null, value: Buffer.from('a'), headers: [] }], new AbortController().signal)); // prettier-ignore
  await send();
  cluster.addPartition('orders');
  await run(scheduler.sleep(20_000));
  await send();
  expect(port.partitions?.('orders')).toBe(1);
  await run(scheduler.sleep(10_001));
  await send();
  expect(port.partitions?.('orders')).toBe(2);
});
