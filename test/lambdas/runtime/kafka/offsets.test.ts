import { openOffsets, type OffsetsAdmin } from '../../../../lambdas/runtime/kafka/offsets';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

const silent = () => new Promise<never>(() => undefined);
const partition = (number: number, offset: string) => ({ partition: number, offset, metadata: null });

function opened(given: Partial<OffsetsAdmin> = {}) {
  const clock = new VirtualClock();
  const closed: string[] = [];
  const admin: OffsetsAdmin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(void closed.push('closed')),
    fetchOffsets: () =>
      Promise.resolve([{ topic: 'orders', partitions: [partition(0, '7'), partition(1, '-1'), partition(2, '0')] }]),
    fetchTopicOffsets: () => Promise.resolve([{ partition: 0, offset: '9', high: '9', low: '3' }]),
    fetchTopicOffsetsByTimestamp: () => Promise.resolve([{ partition: 0, offset: '5' }]),
    ...given,
  };
  const environment = { brokers: 'localhost:9092', authentication: 'none' } as const;
  return { clock, closed, opening: openOffsets('orders', { environment, clock }, () => admin) };
}

test('offsets of a group, of the log and of a time are told by partition; one that is not committed is left out', async () => {
  const offsets = await opened().opening;
  expect([...(await offsets.committed('billing'))]).toEqual([[0, 7], [2, 0]]); // prettier-ignore
  expect([...(await offsets.ends())]).toEqual([[0, { start: 3, end: 9 }]]);
  expect([...(await offsets.since(0))]).toEqual([[0, 5]]);
});

test.each(['fetchOffsets', 'fetchTopicOffsets', 'fetchTopicOffsetsByTimestamp'] as const)(
  'a question that is never answered (%s) is an error, and no empty answer',
  async (call) => {
    const { clock, opening } = opened({ [call]: silent });
    const offsets = await opening;
    const asking = { fetchOffsets: () => offsets.committed('g'), fetchTopicOffsets: () => offsets.ends(), fetchTopicOffsetsByTimestamp: () => offsets.since(0) }; // prettier-ignore
    await expect(clock.run<unknown>(asking[call]())).rejects.toThrow(/got no answer within 10000 ms/);
  },
);

test('a cluster that lets nobody in is said so, and nothing stays open', async () => {
  const { closed, opening } = opened({ connect: () => Promise.reject(new Error('denied')) });
  await expect(opening).rejects.toThrow('cluster of topic orders: denied');
  expect(closed).toEqual(['closed']);
});
