import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { isAmendRequest, isRedriveRequest } from '../../../../lambdas/runtime/redrive';
import { world } from './world';

/** What Lambda hands over when S3 has said in a queue that objects were put. */
const notification = (...keys: readonly string[]) => ({
  Records: keys.map((key, n) => ({
    messageId: `m${n}`,
    receiptHandle: 'handle',
    body: JSON.stringify({
      Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: { name: 'spill' }, object: { key } } }],
    }),
    attributes: {},
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:notifications',
    awsRegion: 'eu-west-1',
  })),
}); // prettier-ignore
const LEFT_MS = 300_000;

test('a notification wakes the sweep, which replays whatever is spilled, also what it does not name', async () => {
  const { spilled, sweep, ids, left } = world();
  const object = await spilled(['a']);
  await spilled(['b']);
  expect(await sweep(LEFT_MS, notification(object))).toEqual([{ replayed: 2, parked: 0, left: 0 }]);
  expect([ids(), left()]).toEqual([['a', 'b'], []]);
});

test('a notification of what an earlier sweep has replayed finds nothing to do, and takes no lease', async () => {
  const { spilled, sweep, ids, store } = world();
  const object = await spilled(['a']);
  await sweep();
  const written: string[] = [];
  store.onWritten = (name) => written.push(name);
  expect(await sweep(LEFT_MS, notification(object))).toEqual([{ replayed: 0, parked: 0, left: 0 }]);
  expect([ids(), written]).toEqual([['a'], []]);
});

test('notifications while Kafka is away end after twenty seconds and are over; the schedule finds the events', async () => {
  let isAway = true;
  const describe = () => {
    if (isAway) throw new Error('no broker answers');
    return { partitions: 3, maxMessageBytes: 1_000_000 };
  };
  const { spilled, sweep, clock, left } = world({ describe });
  const object = await spilled(['a']);
  const before = clock.now() + 60_000;
  expect(await sweep(LEFT_MS, notification(object, object))).toEqual([{ replayed: 0, parked: 0, left: 0 }]);
  expect(clock.now() - before).toBeLessThanOrEqual(20_000);
  isAway = false;
  expect(await sweep()).toEqual([{ replayed: 1, parked: 0, left: 0 }]);
  expect(left()).toEqual([]);
});

test('a topic that refuses fails the sweep of the schedule, and no notification, which would only come again', async () => {
  const { spilled, sweep, left, log } = world({
    describe: () => {
      throw new LosslessError('NOT_CONFIGURED', 'replication factor: got 1');
    },
  });
  const object = await spilled(['a']);
  expect(await sweep(LEFT_MS, notification(object))).toEqual([{ replayed: 0, parked: 0, left: 0 }]);
  expect([left(), log.of('spilled events of a topic not replayed')]).toEqual([[object], [expect.anything()]]);
  await expect(sweep()).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
});

test('whatever an object is called, its notification is taken for no redrive and no amendment', () => {
  for (const key of ['{"redrive":{}}', 'amend']) {
    expect([isRedriveRequest(notification(key)), isAmendRequest(notification(key))]).toEqual([false, false]);
  }
});
