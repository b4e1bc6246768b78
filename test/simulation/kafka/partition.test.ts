import { CODE } from '../../../simulation/kafka/protocol';
import { world } from './world';

test('a record is acknowledged once every replica in sync has it, and stays when its leader dies at once', async () => {
  const { produce, pass, answers, leader, broker, log } = world();
  produce('a');
  expect(answers.size).toBe(0);
  await pass(100);
  expect(answers.get('a')).toEqual({ code: CODE.none, base: 0 });
  const first = leader();
  broker(first).crash();
  await pass(20_000);
  expect(leader()).not.toBe(first);
  expect(log()).toEqual(['a']);
});

test('what a leader that was cut off has appended is gone once it hears of its successor, and was never acknowledged', async () => {
  const { produce, pass, answers, leader, broker, log, cluster, partition } = world();
  produce('a');
  await pass(100);
  const old = leader();
  const others = [1, 2, 3].filter((id) => id !== old);
  broker(old).cutFrom(['controller', ...others]);
  produce('b', { at: old });
  await pass(20_000);
  expect(answers.get('b')?.code).toBe(CODE.timedOut);
  produce('c');
  await pass(1_000);
  expect(answers.get('c')?.code).toBe(CODE.none);
  broker(old).join();
  await pass(20_000);
  expect(log()).toEqual(['a', 'c']);
  expect(cluster.controller.leadership(partition).inSync).toHaveLength(3);
  expect(partition.isSettled()).toBe(true);
});

test('with one replica in sync nothing is taken, and with two again it is, though nobody has written meanwhile', async () => {
  const { produce, pass, answers, leader, broker } = world();
  const [first = 0, second = 0] = [1, 2, 3].filter((id) => id !== leader());
  broker(first).crash();
  broker(second).crash();
  await pass(20_000);
  produce('a');
  await pass(1_000);
  expect(answers.get('a')?.code).toBe(CODE.notEnoughReplicas);
  broker(first).restart();
  await pass(20_000);
  produce('b');
  await pass(1_000);
  expect(answers.get('b')?.code).toBe(CODE.none);
});

test('a partition whose last replica in sync is away has no leader until that one is back: nobody else has everything', async () => {
  const { produce, pass, leader, broker, cluster, partition, log } = world();
  const last = leader();
  for (const id of [1, 2, 3].filter((other) => other !== last)) broker(id).crash();
  await pass(20_000);
  broker(last).crash();
  for (const id of [1, 2, 3].filter((other) => other !== last)) broker(id).restart();
  await pass(60_000);
  expect(cluster.controller.leadership(partition)).toMatchObject({ leader: undefined, inSync: [last] });
  broker(last).restart();
  await pass(20_000);
  expect(cluster.controller.leadership(partition)).toMatchObject({ leader: last });
  produce('a');
  await pass(1_000);
  expect(log()).toEqual(['a']);
});

test('a broker that stands still takes what was sent to it when it goes on: a request that was given up lands late', async () => {
  const { produce, pass, leader, broker, log, answers } = world();
  const paused = leader();
  broker(paused).pause();
  produce('late', { at: paused });
  await pass(3_000);
  expect(log()).toEqual([]);
  broker(paused).resume();
  await pass(1_000);
  expect(log()).toEqual(['late']);
  expect(answers.get('late')?.code).toBe(CODE.none);
});

test('the same numbers of a producer are written once, and a gap in them is refused', async () => {
  const { produce, pass, answers, log } = world();
  const sequence = (first: number) => ({ producer: 7, first });
  produce('a', { sequence: sequence(0) });
  produce('a again', { sequence: sequence(0) });
  produce('b', { sequence: sequence(1) });
  produce('d', { sequence: sequence(3) });
  await pass(1_000);
  expect(answers.get('a again')).toEqual(answers.get('a'));
  expect(answers.get('d')?.code).toBe(CODE.outOfOrderSequence);
  expect(log()).toEqual(['a', 'b']);
});

test('the numbers of a producer are known to the next leader too, and forgotten with what was cut off', async () => {
  const { produce, pass, answers, leader, broker, log } = world();
  produce('a', { sequence: { producer: 7, first: 0 } });
  await pass(1_000);
  const old = leader();
  broker(old).cutFrom(['controller', ...[1, 2, 3].filter((id) => id !== old)]);
  produce('b', { at: old, sequence: { producer: 7, first: 1 } });
  await pass(20_000);
  produce('a again', { sequence: { producer: 7, first: 0 } });
  produce('b again', { sequence: { producer: 7, first: 1 } });
  await pass(1_000);
  expect(answers.get('a again')).toEqual(answers.get('a'));
  expect(answers.get('b again')?.code).toBe(CODE.none);
  broker(old).join();
  await pass(20_000);
  expect(log()).toEqual(['a', 'b again']);
});

test('a follower that lags for longer than it may is no longer in sync, and what waits for it goes on', async () => {
  const { produce, pass, answers, leader, broker, cluster, partition } = world();
  const lagging = [1, 2, 3].find((id) => id !== leader())!;
  broker(lagging).cutFrom([leader()]);
  produce('a');
  await pass(3_000);
  expect(answers.size).toBe(0);
  await pass(20_000);
  expect(answers.get('a')?.code).toBe(CODE.timedOut);
  expect(cluster.controller.leadership(partition).inSync).not.toContain(lagging);
  produce('b');
  await pass(1_000);
  expect(answers.get('b')?.code).toBe(CODE.none);
  broker(lagging).join();
  await pass(20_000);
  expect(cluster.controller.leadership(partition).inSync).toContain(lagging);
});

test('a record that is too large is refused, and a broker that does not lead says so', async () => {
  const { produce, pass, answers, leader } = world();
  produce('large', { bytes: 2_000 });
  produce('elsewhere', { at: [1, 2, 3].find((id) => id !== leader())! });
  await pass(1_000);
  expect(answers.get('large')?.code).toBe(CODE.messageTooLarge);
  expect(answers.get('elsewhere')?.code).toBe(CODE.notLeader);
});

test('what a leader took late, where the log of its successor is gone already, is gone with it', async () => {
  const { produce, pass, answers, leader, broker, partition } = world();
  const old = leader();
  broker(old).pause();
  produce('late', { at: old });
  await pass(20_000);
  produce('a');
  await pass(1_000);
  expect(answers.get('a')).toEqual({ code: CODE.none, base: 0 });
  partition.expire(1);
  broker(old).resume();
  await pass(20_000);
  expect(partition.expired.map(({ base }) => base)).toEqual([0]);
  expect(partition.committed()).toMatchObject({ start: 1, high: 1, batches: [] });
});
