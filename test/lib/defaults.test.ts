import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Acks, BrokerType, HttpEndpoint, OnFull, OnRejected, RetryStrategy } from 'cdk-lossless-kafka';
import { CLAIM_LEASE_MS, STRIKES } from '../../lambdas/runtime/contract';
import { BUFFER_BYTES } from '../../lambdas/runtime/producer/pipe';
import { DEFAULTS, EXPRESS_DEFAULTS } from '../../lib/defaults';
import { MEMORY } from '../../lib/handlers';
import { MOST_RETRIES } from '../../rules';
import { exported } from '../props/page';

/** A default is said where it is looked up: what the text says is what the code takes. */

/** Constructs say nothing of these where they are left out, so that the runtime's own, or the CDK's, hold. */
const TAKEN_OVER = {
  acks: Acks.ALL,
  retry: RetryStrategy.untilDeadline(),
  onRejected: OnRejected.fail(),
  onFull: OnFull.WAIT,
  buffer: Size.bytes(BUFFER_BYTES),
  tracing: Tracing.DISABLED,
  endpoint: HttpEndpoint.HTTP_API,
};
const VALUES: Readonly<Record<string, unknown>> = { ...DEFAULTS, ...TAKEN_OVER };

/** What a value's code in a text stands for. */
const SCOPE = {
  Duration,
  RemovalPolicy,
  RetentionDays,
  Tracing,
  Size,
  Acks,
  RetryStrategy,
  OnFull,
  OnRejected,
  BrokerType,
  HttpEndpoint,
};
const valueOf = (code: string): unknown =>
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the texts are ours
  new Function(...Object.keys(SCOPE), `return (${code});`)(...Object.values(SCOPE));
const plain = (value: unknown): unknown =>
  value instanceof Duration ? value.toMilliseconds() : value instanceof Size ? value.toBytes() : value;

const said = exported().flatMap(({ name, of }) =>
  of.flatMap((prop) => {
    const [, code] = /^`([^`]+)`/.exec(prop.standard) ?? [];
    return code === undefined ? [] : [{ props: name, name: prop.name, code, standard: prop.standard }];
  }),
);

test.each(said)('$name of $props says that it is $code, and is', ({ name, code }) => {
  expect(Object.keys(VALUES)).toContain(name);
  expect(plain(valueOf(code))).toEqual(plain(VALUES[name]));
});

test('every default of the table is said of a prop', () => {
  expect(Object.keys(DEFAULTS).filter((name) => !said.some((each) => each.name === name))).toEqual([]);
});

const standardOf = (props: string, prop: string): string =>
  exported()
    .find(({ name }) => name === props)
    ?.of.find(({ name }) => name === prop)?.standard ?? '';

test('what another choice has in its place is said with it', () => {
  for (const prop of ['kafkaVersion', 'instanceType'] as const)
    expect(standardOf('KafkaClusterProps', prop)).toContain(`'${EXPRESS_DEFAULTS[prop]}' with Express brokers`);
  expect(standardOf('EventProducerOptions', 'deadline')).toContain(`${DEFAULTS.deadline.toSeconds()} seconds, or less`);
  const { ingest, replay, unpack, audit, canary } = MEMORY;
  const [one, other, third, fourth, fifth] = [ingest, replay, unpack, audit, canary].map((mib) =>
    mib.toLocaleString('en'),
  );
  expect(standardOf('OwnedFunctionOptions', 'memorySize')).toBe(
    `${one} for a door, ${other} for replay, ${third} for unpack, ${fourth} for an audit, ${fifth} for canaries`,
  );
});

const page = (name: string): string =>
  readFileSync(join(__dirname, '..', '..', 'docs', name), 'utf8').replace(/\s+/g, ' ');
const WORDS = ['none', 'one', 'two', 'three', 'four', 'five', 'six'];

test.each([
  ['consumer.md', `${WORDS[STRIKES]} marks of the same code`],
  ['consumer.md', `left alone until one of the ${WORDS[STRIKES]} deliveries ends`],
  ['consumer.md', `record killed the function ${WORDS[STRIKES]} times`],
  ['consumer.md', `the leases (${CLAIM_LEASE_MS / 1_000} s)`],
  ['judge.md', `a lease (${CLAIM_LEASE_MS / 1_000} s) and a sweep (${DEFAULTS.period.toSeconds()} s)`],
  ['judge.md', `| retries of the mapping | ${MOST_RETRIES.toLocaleString('en')}`],
  ['judge.md', `| retention, partitions | ${DEFAULTS.retention.toDays()} days, ${DEFAULTS.partitions}`],
  ['deploy.md', `${MOST_RETRIES.toLocaleString('en')} retries are enough`],
  ['producer.md', `(${BUFFER_BYTES / 1024 / 1024} MiB) on their way`],
])('docs/%s says: %s', (name, text) => {
  expect(page(name)).toContain(text);
});
