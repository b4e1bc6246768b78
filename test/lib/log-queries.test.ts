import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { attemptFailed, eventParked } from '../../lambdas/runtime/consumer/lines';
import { deliveryOf } from '../../lambdas/runtime/idempotency/delivery';
import { parkEvent } from '../../lambdas/runtime/replay/park-spilled';
import { powertoolsLog } from '../../lambdas/runtime/watching/log';
import { MemoryObjects } from '../../simulation/s3/memory-objects';
import { VirtualClock } from '../../simulation/time/virtual-clock';
import { event, scriptedProducer } from '../lambdas/runtime/simulation/scripted-producer';
import { newFunction, newStack, pipelineOnExistingTopic, resourcesOf } from './support';

/** A query by a field that nobody writes finds nothing, and looks as if nothing had happened. */

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Lines as CloudWatch gets them: of a consumer, of replay and of a producer. */
async function lines(): Promise<Record<string, unknown>[]> {
  const told: string[] = [];
  const take = (...parts: readonly unknown[]) => void told.push(String(parts[0]));
  const spies = (['info', 'warn', 'error', 'log'] as const).map((name) =>
    jest.spyOn(console, name).mockImplementation(take),
  );
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => take(text) === undefined);
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => take(text) === undefined);
  const log = powertoolsLog({ AWS_LAMBDA_FUNCTION_NAME: 'billing' });
  const headers = [
    ['ce_id', 'e-1'],
    ['ce_source', 'shop'],
    ['ce_type', 't'],
    ['ce_specversion', '1.0'],
    ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`],
  ] as const;
  const record = {
    topic: 'orders',
    partition: 0,
    offset: 7,
    timestamp: 1,
    timestampType: 'LOG_APPEND_TIME',
    key: null,
    value: Buffer.from('{}'),
  };
  const delivery = deliveryOf(
    { ...record, headers: headers.map(([name, value]) => [name, Buffer.from(value)]) } as unknown as Parameters<
      typeof deliveryOf
    >[0],
    { cluster: 'c', group: 'billing' },
  );
  const error = Object.assign(new TypeError('no such customer'), { code: 'ECONNRESET' });
  attemptFailed(log, delivery, { what: 'handler threw', attempt: 2, of: 3, thrown: { error } });
  eventParked(log, delivery, { reason: 'handler-error', detail: 'TypeError' }, 'letter');
  const clock = new VirtualClock();
  const environment = { cluster: 'c', topic: 'orders', spill: 'spill', deadLetters: 'dead-letters' };
  const stored = headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const);
  const spilled = { partition: 0, key: null, value: null, headers: stored };
  const cause = { reason: 'too-old', detail: 'spilled long ago' } as const;
  await parkEvent(spilled, '2026-01-02T03:04:05.678Z', cause, { environment, store: new MemoryObjects(), clock, log });
  for (const spy of [...spies, stdout, stderr]) spy.mockRestore();
  const spilling = scriptedProducer({ kafka: () => ({ does: 'not-now' }) });
  const rejecting = scriptedProducer({
    environment: { onRejected: { kind: 'log' } },
    kafka: () => ({ does: 'refuse', about: 'record' }),
  });
  for (const { clock: time, producer } of [spilling, rejecting]) await time.run(producer.publish(event('e-2')));
  const ofProducers = [...spilling.log.lines, ...rejecting.log.lines].map(({ level, message, fields }) => ({
    ...{ level: level.toUpperCase(), message },
    ...fields,
  }));
  return [...told.map((line) => JSON.parse(line) as Record<string, unknown>), ...ofProducers];
}

/** Names of fields, those within others after a dot. */
const fieldsOf = (line: object): string[] =>
  Object.entries(line).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? fieldsOf(value).map((inner) => `${name}.${inner}`)
      : [name],
  );

const stack = newStack();
const pipeline = pipelineOnExistingTopic(stack);
pipeline.addIngest('Ingest');
const logGroup = new LogGroup(stack, 'BillingLogs', { logGroupName: 'billing-logs' });
const code = Code.fromInline('exports.handler = () => {}');
const billing = new Function(stack, 'Billing', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code,
  logGroup,
  timeout: newFunction(stack).timeout,
});
pipeline.addConsumer('BillingConsumer', { handler: billing });
pipeline.addConsumer('Other', { handler: newFunction(stack, {}, 'OtherHandler') });
const queries = resourcesOf(Template.fromStack(stack), 'AWS::Logs::QueryDefinition').map(([, { Properties }]) => ({
  name: String(Properties['Name']),
  text: String(Properties['QueryString']),
  groups: JSON.stringify(Properties['LogGroupNames']),
}));

/** What CloudWatch itself knows of each line. */
const KNOWN = /^@(timestamp|log|type|duration|maxMemoryUsed)$/;
const WORDS = new Set(
  'fields filter stats sort by as in or asc desc count count_distinct min max avg pct coalesce'.split(' '),
);

/** Names that a query reads, without those that it gives itself. */
function readBy(text: string): string[] {
  const plain = text.replace(/"[^"]*"/g, '');
  const given = new Set([...plain.matchAll(/ as (\w+)/g)].map(([, name]) => name));
  const names = [...plain.matchAll(/@?[a-zA-Z_][\w.]*/g)].map(([name]) => name);
  return names.filter((name) => !WORDS.has(name) && !given.has(name));
}

test('four questions are kept under the name of the pipeline', () => {
  expect(queries.map(({ name }) => name)).toEqual([
    'Test/Pipeline/Failures by type',
    'Test/Pipeline/One event',
    'Test/Pipeline/Parked by reason',
    'Test/Pipeline/Slowest functions',
  ]);
});

test.each(queries)('$name reads fields that the runtime writes, or that CloudWatch knows', async ({ text }) => {
  const written = new Set((await lines()).flatMap(fieldsOf));
  const unknown = readBy(text).filter((name) => !written.has(name) && !KNOWN.test(name));
  expect(unknown).toEqual([]);
});

test('levels and messages that are asked for are those that are written', async () => {
  const written = await lines();
  const asked = queries.flatMap(({ text }) => [...text.matchAll(/(level|message) in \[([^\]]+)\]/g)]);
  expect(asked).toHaveLength(2);
  for (const [, field = '', values = ''] of asked) {
    for (const value of JSON.parse(`[${values}]`) as string[])
      expect(written.map((line) => line[field])).toContain(value);
  }
});

test('an event is found by its id and by its trace', async () => {
  expect(await lines()).toContainEqual(
    expect.objectContaining({ message: 'attempt failed', eventId: 'e-1', traceId: TRACE }),
  );
  expect(queries.find(({ name }) => name.endsWith('One event'))?.text).toContain(
    'filter eventId = "EVENT-ID" or traceId = "TRACE-ID"',
  );
});

test('the logs of every function are asked, also where a function has a group of its own', () => {
  for (const { groups } of queries) {
    for (const of of [
      'BillingLogs',
      'OtherHandler',
      'PipelineIngestLogs',
      'PipelineSpillReplayLogs',
      'PipelineBillingConsumerUnpackLogs',
    ]) {
      expect(groups).toContain(`"Ref":"${of}`);
    }
  }
});

test('nothing is asked of a function in a stack that needs the pipeline', () => {
  const app = new Stack(stack.node.scope, 'Later');
  const { vpc, vpcSubnets } = pipeline.cluster;
  const handler = newFunction(app, { vpc, vpcSubnets });
  pipeline.addProducer('Later', { handler });
  expect(stack.dependencies).toEqual([]);
});
