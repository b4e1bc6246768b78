import { Names, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import avro from 'avsc';
import { Construct } from 'constructs';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as library from 'cdk-lossless-kafka';
import type { EventPipeline, IngestFunction } from 'cdk-lossless-kafka';
import * as runtime from '../lambdas/runtime';
import { systemClock } from '../lambdas/runtime/time/clock';
import type { Outcome, ProducerCounts } from '../lambdas/runtime/producer';
import { headerText } from '../lambdas/runtime/event/event';
import type { NewEvent } from '../lambdas/runtime/event/new-event';
import { kafkaEvent, reported, type Given } from './lambdas/runtime/simulation';
import { RecordingLog } from '../simulation/watching/recording-log';
import { producerEnvironment } from './lambdas/runtime/simulation/scripted-producer';
import { ScriptedPort } from './lambdas/runtime/simulation/scripted-port';
import { ScriptedStore } from './lambdas/runtime/simulation/scripted-store';
import { newFunction, newStack, pipelineOnExistingTopic } from './lib/support';
import { consuming, load, samplesOf } from './samples';

jest.setTimeout(60_000);

/** Every sample of TypeScript in docs/, as it stands there, does what its page says of it. */
const samples = readdirSync(join(__dirname, '..', 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => samplesOf(`docs/${name}`));

/** What a sample's handler does with one record after the other, and leaves in its table. */
function handling(code: string) {
  const { tables, handler } = consuming(code);
  return {
    tables,
    handle: async (given: Given) =>
      reported(await handler(kafkaEvent(given), { getRemainingTimeInMillis: () => 60_000 })),
    records: (state: string) => tables.items('idempotency').filter((item) => item['state'] === state),
  };
}

/** What a sample that publishes did, between a Kafka and an S3 in memory. */
function publishing<Exports>(code: string) {
  const [store, log] = [new ScriptedStore(), new RecordingLog()];
  const made: { settings: object; port: ScriptedPort; producer: runtime.Producer }[] = [];
  const producer = (settings: runtime.ProducerOptions) => {
    const port = new ScriptedPort(systemClock, () => (settings.acks === 1 ? { does: 'send', acks: 1 } : undefined));
    const options = { ...settings, environment: producerEnvironment, deps: { port, store, log } };
    const one = runtime.producer(options);
    made.push({ settings, port, producer: one });
    return one;
  };
  const exports = load<Exports>(code, { 'cdk-lossless-kafka/runtime': { ...runtime, producer } });
  return { exports, made, port: made[0]?.port };
}

/** A loopback server for as long as `use` takes. */
async function serving<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const ORDER = { id: 'o-1', amount: 7 };
const EVENT: Given = { offset: 1, id: 'a', key: 'k', value: ORDER };

const does: Record<string, (code: string) => Promise<void>> = {
  'docs/consumer.md, sample 1': async (code) => {
    process.env['ORDERS'] = 'orders';
    const { handle, tables, records } = handling(code);
    expect(await handle(EVENT)).toEqual([]);
    expect(await handle(EVENT)).toEqual([]);
    expect(tables.items('orders')).toEqual([ORDER]);
    expect(records('done')).toHaveLength(1);
    expect(await handle({ offset: 2, id: 'b', value: { id: 'o-2' } })).toEqual([]);
    expect(records('parked')).toMatchObject([{ reason: 'undecodable' }]);
  },
  'docs/consumer.md, sample 2': (code) => calls(code, { 'idempotency-key': 'a', 'content-type': 'application/json' }),
  'docs/consumer.md, sample 3': async (code) => {
    const { handle, records } = handling(code);
    const record = (offset: number, id: string): Given => ({ offset, value: ORDER, headers: [['id', id]] });
    for (const given of [record(1, 'one'), record(2, 'one'), record(3, 'two')]) expect(await handle(given)).toEqual([]);
    expect(records('done')).toHaveLength(2);
  },
  'docs/consumer.md, sample 4': async (code) => {
    const schema: avro.schema.RecordType = { type: 'record', name: 'Order', fields: [{ name: 'amount', type: 'int' }] };
    const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), avro.Type.forSchema(schema).toBuffer({ amount: 7 })]);
    const answer: RequestListener = (_, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ schema: JSON.stringify(schema) }));
    await serving(answer, async (url) => {
      process.env['REGISTRY'] = url;
      const { handle, records } = handling(code);
      expect(await handle({ offset: 1, id: 'a', value: framed.toString('latin1') })).toEqual([]);
      expect(records('done')).toHaveLength(1);
    });
  },
  'docs/consumer.md, sample 5': (code) => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    return calls(code, { traceparent }, [['ce_traceparent', traceparent]]);
  },
  'docs/canary.md, sample 1': (code) => {
    type Alive = (in_: Stack, handler: unknown, onCall: IAlarmAction) => EventPipeline;
    const { alive } = load<{ alive: Alive }>(code, { 'cdk-lossless-kafka': library });
    const stack = newStack();
    alive(stack, newFunction(stack), { bind: () => ({ alarmActionArn: 'on-call' }) });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'CanaryAge', AlarmActions: ['on-call'] }); // prettier-ignore
    return Promise.resolve();
  },
  'docs/deploy.md, sample 1': (code) => {
    type Watched = (in_: Stack, onCall: IAlarmAction, team: IAlarmAction) => EventPipeline;
    const { watched } = load<{ watched: Watched }>(code, { 'cdk-lossless-kafka': library });
    const stack = newStack();
    const to = (name: string): IAlarmAction => ({ bind: () => ({ alarmActionArn: name }) });
    watched(stack, to('on-call'), to('team')).addConsumer('Billing', { handler: newFunction(stack) });
    const told = (MetricName: string, action: string) =>
      Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName, AlarmActions: [action] });
    told('DroppedEventCount', 'on-call');
    told('EventsParked', 'team');
    return Promise.resolve();
  },
  'docs/door.md, sample 1': (code) => {
    const { addPartners } = load<{ addPartners: (to: EventPipeline, by: HttpJwtAuthorizer) => void }>(code, {});
    const stack = newStack();
    addPartners(pipelineOnExistingTopic(stack), new HttpJwtAuthorizer('Jwt', 'https://issuer.test', { jwtAudience: ['a'] })); // prettier-ignore
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
    return Promise.resolve();
  },
  'docs/door.md, sample 2': (code) => {
    const { addApps } = load<{ addApps: (to: EventPipeline) => IngestFunction }>(code, {});
    const stack = newStack();
    const door = addApps(pipelineOnExistingTopic(stack));
    const template = Template.fromStack(stack);
    const [authorizer = ''] = Object.keys(template.findResources('AWS::ApiGatewayV2::Authorizer'));
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Audience: ['orders'], Issuer: 'https://login.example.com' },
    });
    template.allResourcesProperties('AWS::ApiGatewayV2::Route', {
      ...{ RouteKey: 'POST /events', AuthorizationType: 'JWT', AuthorizerId: { Ref: authorizer } },
      AuthorizationScopes: ['orders/write'],
    });
    const shop = new Role(stack, 'Shop', { assumedBy: new AccountRootPrincipal() });
    expect(() => door.grantPost(shop)).toThrow('grantPost: got a door with an authorizer of its own');
    return Promise.resolve();
  },
  'docs/door.md, sample 3': (code) => {
    const { addServices } = load<{ addServices: (to: EventPipeline) => void }>(code, {});
    const stack = newStack();
    addServices(pipelineOnExistingTopic(stack));
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
    return Promise.resolve();
  },
  'docs/producer.md, sample 1': async (code) => {
    const { exports } = publishing<{ handler(order: object, context: object): Promise<Outcome> }>(code);
    const context = { getRemainingTimeInMillis: () => 30_000 };
    expect(await exports.handler({ id: 'a', customer: 'c' }, context)).toMatchObject({ kind: 'acked', id: 'a' });
    await expect(exports.handler({ id: '', customer: 'c' }, context)).rejects.toThrow('INVALID_EVENT');
  },
  'docs/producer.md, sample 2': async (code) => {
    const told = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const { exports } = publishing<{ handler(events: NewEvent[]): Promise<ProducerCounts> }>(code);
    const events = ['a', 'b', 'c'].map((id) => ({ id, type: 'order.placed', data: { id } }));
    expect(await exports.handler(events)).toMatchObject({ acked: 9, rejected: 0 });
    expect(told.mock.calls.map(([outcome]) => (outcome as Outcome).kind)).toEqual(['acked', 'acked', 'acked']);
    told.mockRestore();
  },
  'docs/producer.md, sample 3': async (code) => {
    const { exports, port } = publishing<{ handler(order: object): Promise<Outcome> }>(code);
    expect(await exports.handler({ id: 'a', tenant: 't-1' })).toMatchObject({ kind: 'acked' });
    const [message] = [...port!.log.values()].flat();
    expect(headerText(message?.headers ?? [], 'tenant')).toBe('t-1');
  },
  'docs/producer.md, sample 4': async (code) => {
    const { made } = publishing(code);
    expect(made.map(({ settings }) => settings)).toMatchObject([
      { topic: 'orders', onRejected: { kind: 'park' } },
      { topic: 'clicks', acks: 1, acceptLoss: 'clicks are sampled anyway', onFull: 'reject' },
    ]);
    const outcomes = await Promise.all(made.map(({ producer }) => producer.publish({ id: 'a', type: 't', data: 1 })));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['acked', 'sent']);
  },
  'docs/producer.md, sample 5': (code) => {
    type Shop = (to: EventPipeline, shop: object, tooLarge: object) => void;
    const { addShop } = load<{ addShop: Shop }>(code, { 'cdk-lossless-kafka': library });
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    const shop = newFunction(stack, { vpc: pipeline.topic.cluster.vpc });
    addShop(pipeline, shop, newFunction(new Construct(stack, 'TooLarge')));
    const Variables = Match.objectLike({
      [`LOSSLESS_PRODUCER_${Names.nodeUniqueId(pipeline.node.findChild('Shop').node)}`]: Match.anyValue(),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables } });
    return Promise.resolve();
  },
};

/** The call of a sample's handler carries these headers, and its event is done. */
async function calls(code: string, headers: IncomingHttpHeaders, given: Given['headers'] = []): Promise<void> {
  const seen: IncomingHttpHeaders[] = [];
  const answer: RequestListener = (request, response) => {
    seen.push(request.headers);
    request.resume().on('end', () => response.writeHead(200).end('{}'));
  };
  await serving(answer, async (url) => {
    process.env['PAYMENTS'] = url;
    const { handle, records } = handling(code);
    expect(await handle({ ...EVENT, headers: given })).toEqual([]);
    expect(records('done')).toHaveLength(1);
  });
  expect(seen).toMatchObject([headers]);
}

test('every sample is executed, and nothing else is said to be', () => {
  expect(Object.keys(does).sort()).toEqual(samples.map(({ name }) => name).sort());
});

test.each(samples)('$name does what its page says', async ({ name, code }) => {
  await does[name]!(code);
});
