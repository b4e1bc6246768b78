import { CONSUMER_VARIABLE, UNPACK_VARIABLE, parkedObject } from '../../../../lambdas/runtime/contract';
import {
  auditEnvironments,
  consumerEnvironment,
  consumerEnvironments,
  producerEnvironment,
  producerEnvironments,
  replayEnvironments,
  unpackEnvironments,
} from '../../../../lambdas/runtime/contract/environment';
import { producerEnvironment as right } from '../simulation/scripted-producer';

const variables = (value: unknown, name = 'LOSSLESS_PRODUCER_Orders') => ({
  [name]: typeof value === 'string' ? value : JSON.stringify(value),
  PATH: '/bin',
  OTHER: undefined,
});
const consumer = {
  cluster: 'c',
  topic: 'orders',
  group: 'g',
  table: 't',
  deadLetters: 'd',
  timeMarginMs: 1,
  doneSeconds: 1,
};

test('a producer finds its topic among several roles of one function', () => {
  const both = {
    ...variables(right, 'LOSSLESS_PRODUCER_A'),
    ...variables({ ...right, topic: 'payments' }, 'LOSSLESS_PRODUCER_B'),
    ...variables(consumer, 'LOSSLESS_CONSUMER_A'),
  };
  expect(producerEnvironment(both, 'payments').topic).toBe('payments');
  expect(producerEnvironments(both).map(({ topic }) => topic)).toEqual(['orders', 'payments']);
  expect(consumerEnvironment(both, 'orders')).toEqual(consumer);
  expect(() => producerEnvironment(both)).toThrow(
    'LOSSLESS_PRODUCER_<id>: got 2 (topics in this function: orders, payments), want exactly one; give this function to an EventProducer',
  );
  expect(() => producerEnvironment(both, 'refunds')).toThrow('got none (topics in this function: orders, payments), want exactly one for topic refunds'); // prettier-ignore
});

test('without a topic the only environment there is serves', () => {
  expect(producerEnvironment(variables(right))).toEqual(right);
});

test.each<[string, unknown, string]>([
  ['no JSON', '{', 'LOSSLESS_PRODUCER_Orders: got "{", want a JSON object'],
  ['an array', [right], 'LOSSLESS_PRODUCER_Orders: got "[{'],
  [
    'a missing field',
    { ...right, spill: undefined },
    'LOSSLESS_PRODUCER_Orders.spill: got nothing, want a text that is not empty',
  ],
  ['an empty field', { ...right, topic: '' }, '.topic: got "", want a text that is not empty'],
  ['brokers without a port', { ...right, brokers: 'b-1,b-2:9098' }, '.brokers: got "b-1,b-2:9098", want host:port'],
  ['weaker acks', { ...right, acks: '1' }, `.acks: got "1", want 'all'`],
  [
    'an unknown authentication',
    { ...right, authentication: 'plain' },
    `.authentication: got "plain", want 'iam' or 'none'`,
  ],
  ['no time', { ...right, deadlineMs: 0 }, '.deadlineMs: got 0, want a whole number above 0'],
  ['half a millisecond', { ...right, spillTimeMs: 0.5 }, '.spillTimeMs: got 0.5, want a whole number above 0'],
])('%s in a variable is refused in words', (_what, value, message) => {
  expect(() => producerEnvironment(variables(value))).toThrow(message);
});

test.each(['127.0.0.1:9092', '127.8.9.1:1,localhost:2,[::1]:3'])(
  'brokers %s on this machine may go without authentication',
  (brokers) => {
    expect(producerEnvironment(variables({ ...right, brokers })).brokers).toBe(brokers);
  },
);

test.each([
  'b-1.example:9098',
  '127.0.0.1:9092,10.0.0.1:9092',
  '127.0.0.1.example.org:9092',
  'localhost.example.org:1',
])('brokers %s elsewhere may not go without authentication', (brokers) => {
  expect(() => producerEnvironment(variables({ ...right, brokers }))).toThrow(
    expect.objectContaining({ code: 'INSECURE_BROKERS' }) as Error,
  );
  expect(producerEnvironment(variables({ ...right, brokers, authentication: 'iam' })).brokers).toBe(brokers);
});

test('replay and unpack find every store they are given', () => {
  const replay = { cluster: 'c', topic: 'orders', spill: 's', deadLetters: 'd' };
  const unpack = { cluster: 'c', topic: 'orders', group: 'g', table: 't', onFailure: 'f', deadLetters: 'd' };
  expect(replayEnvironments({ ...variables(replay, 'LOSSLESS_REPLAY_B'), ...variables({ ...replay, topic: 'a' }, 'LOSSLESS_REPLAY_A') })).toEqual([{ ...replay, topic: 'a' }, replay]); // prettier-ignore
  expect(unpackEnvironments(variables(unpack, 'LOSSLESS_UNPACK_A'))).toEqual([unpack]);
  expect(() => unpackEnvironments(variables(replay, 'LOSSLESS_UNPACK_A'))).toThrow(
    'LOSSLESS_UNPACK_A.group: got nothing',
  );
});

test('an audit finds every topic it is given, with its groups', () => {
  const groups = [{ group: 'g', table: 't', onFailure: 'f' }];
  const audit = { cluster: 'c', topic: 'orders', brokers: 'b-1:9098', authentication: 'iam', groups };
  const read = (value: unknown) => auditEnvironments(variables(value, 'LOSSLESS_AUDIT_A'));
  expect(read(audit)).toEqual([audit]);
  for (const wrong of [[], [{ group: 'g', table: 't' }], 'g'])
    expect(() => read({ ...audit, groups: wrong })).toThrow(
      'want one group or more, each with its table and onFailure',
    );
  expect(() => read({ ...audit, authentication: 'none' })).toThrow("got authentication 'none' for b-1:9098");
});

test('a consumer whose dead letters would have longer names than S3 takes is refused before it takes up a record', () => {
  const environment = {
    ...{ cluster: 'c', topic: 'orders', table: 't', deadLetters: 'd', timeMarginMs: 1, doneSeconds: 1, onFailure: 'f' },
  };
  // A slash takes five characters in a name; `c/`, `/orders/` ten more.
  const read = (group: string) =>
    [CONSUMER_VARIABLE, UNPACK_VARIABLE].map((prefix, index) =>
      [consumerEnvironments, unpackEnvironments][index]!({ [`${prefix}A`]: JSON.stringify({ ...environment, group }) }),
    );
  expect(read('/'.repeat(178)).flat()).toHaveLength(2);
  expect(() => read('/'.repeat(179))).toThrow('want at most 900; give the consumer a shorter group');
  const { length } = parkedObject({
    ...{ cluster: 'c', group: '/'.repeat(178), topic: 'orders', hash: 'h'.repeat(64) },
    ...{ partition: 2 ** 31 - 1, offset: Number.MAX_SAFE_INTEGER },
  });
  expect(length).toBeLessThanOrEqual(1_024);
});
