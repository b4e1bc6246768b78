import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readAssembly } from '../../local/assembly';
import { eventBus } from '../../local/event-bus';
import { planStack } from '../../local/template/plan';
import { pipeline, writeAssembly } from './fixtures/assembly';

const handlers = { ingest: 'exports.handler = async () => ({})', consumer: 'exports.handler = async () => null' };
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const rule = (EventPattern: object, more: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: { EventPattern, State: 'ENABLED', Targets: [{ Id: 'T', Arn: arnOf('Ingest') }], ...more },
});

function plan(more: Record<string, { Type: string; Properties?: Record<string, unknown> }>) {
  const { directory } = writeAssembly({ ...pipeline(), ...more }, handlers);
  return planStack(readAssembly(directory), { bootstrap: 'b:1' });
}

let server: Server;
const handed: { id: string; event: Record<string, unknown> }[] = [];

async function serve(more: Parameters<typeof plan>[0]): Promise<void> {
  handed.length = 0;
  const { buses, busRules: rules } = plan(more);
  const later = (id: string, payload: string) =>
    void handed.push({ id, event: JSON.parse(payload) as Record<string, unknown> });
  const api = eventBus({ buses, rules, later, now: () => new Date('2026-01-02T03:04:05.678Z') });
  server = createServer((request, response) => void api.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Answer {
  readonly FailedEntryCount: number;
  readonly Entries: readonly { readonly EventId?: string; readonly ErrorCode?: string }[];
}
async function put(...Entries: object[]): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify({ Entries }),
  });
  return (await response.json()) as Answer;
}
const ORDER = { Source: 'shop', DetailType: 'order.placed', Detail: '{"id":1}' };

test('an event goes to the functions whose rule matches it, as EventBridge writes it, and to no other', async () => {
  await serve({
    Orders: rule({ source: ['shop'], 'detail-type': [{ prefix: 'order.' }] }),
    Bills: rule({ source: ['billing'] }, { Targets: [{ Id: 'T', Arn: arnOf('Consumer') }] }),
    Off: rule({ source: ['shop'] }, { State: 'DISABLED' }),
    Elsewhere: rule({ source: ['shop'] }, { EventBusName: { Ref: 'Bus' } }),
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
  });
  const { FailedEntryCount, Entries } = await put(ORDER, { ...ORDER, DetailType: 'bill' });
  expect(FailedEntryCount).toBe(0);
  expect(handed).toEqual([
    {
      id: 'Ingest',
      event: {
        ...{ version: '0', id: Entries[0]?.EventId, 'detail-type': 'order.placed', source: 'shop' },
        ...{ account: '000000000000', time: '2026-01-02T03:04:05Z', region: 'us-east-1', resources: [] },
        detail: { id: 1 },
      },
    },
  ]);
  await put({ ...ORDER, EventBusName: 'arn:aws:events:us-east-1:000000000000:event-bus/orders' });
  expect(handed).toHaveLength(2);
});

test.each<[string, object]>([
  ['InvalidArgument', { ...ORDER, Source: undefined }],
  ['MalformedDetail', { ...ORDER, Detail: '[1]' }],
  ['MalformedDetail', { ...ORDER, Detail: '{' }],
  ['NotAuthorizedForSourceException', { ...ORDER, Source: 'aws.s3' }],
  ['ResourceNotFoundException', { ...ORDER, EventBusName: 'none' }],
  ['ValidationException', { ...ORDER, Detail: JSON.stringify({ x: 'x'.repeat(1024 * 1024) }) }],
])('what a bus does not take is answered %s, and nobody is handed it', async (code, entry) => {
  await serve({ Orders: rule({ source: [{ exists: true }] }) });
  const { FailedEntryCount, Entries } = await put(entry, ORDER);
  expect([FailedEntryCount, Entries[0]?.ErrorCode, handed.length]).toEqual([1, code, 1]);
});

test.each<[string, Parameters<typeof plan>[0], string]>([
  ['an operator', { R: rule({ source: [{ wildcard: '*' }] }) }, 'R EventPattern: pattern: got the operator wildcard'],
  ['a pattern in an operator', { R: rule({ source: [{ 'anything-but': { prefix: 'x' } }] }) }, 'got the operator anything-but of a pattern'],
  ['an input of its own', { R: rule({ source: ['shop'] }, { Targets: [{ Arn: arnOf('Ingest'), InputPath: '$.detail' }] }) }, 'R Targets: got InputPath, want the event as it is'],
  ['a target elsewhere', { R: rule({ source: ['shop'] }, { Targets: [{ Arn: 'arn:aws:sqs:us-east-1:000000000000:q' }] }) }, 'want a function of the template'],
  ['a schedule, too', { R: rule({ source: ['shop'] }, { ScheduleExpression: 'rate(1 minute)' }) }, 'got a pattern and a schedule'],
])('a rule with %s is refused by name before anything is started', (_what, resources, message) => {
  expect(() => plan(resources)).toThrow(message);
}); // prettier-ignore

test('a rule on what AWS alone tells of is left out, whatever its target: on one machine nobody tells it', () => {
  const queue = { Type: 'AWS::SQS::Queue', Properties: {} };
  const targets = { Targets: [{ Id: 'T', Arn: arnOf('Calls') }] };
  const detail = { resources: { ARN: [arnOf('Key')] } };
  const made = { Key: { Type: 'AWS::KMS::Key' }, Calls: queue };
  expect(plan({ ...made, Watch: rule({ source: ['aws.kms'], detail }, targets) }).busRules).toEqual([]);
  expect(() => plan({ ...made, Other: rule({ source: ['aws.kms', 'shop'] }, targets) })).toThrow(
    'want a function of the template',
  );
});

describe('how long an event is tried for which nobody waits', () => {
  const config = (properties: object) =>
    plan({
      Failures: { Type: 'AWS::SQS::Queue' },
      Config: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: { Ref: 'Ingest' }, Qualifier: '$LATEST', ...properties },
      },
    }).invokeConfigs.get('Ingest');

  test('is what the template says, and else what Lambda does', () => {
    expect(config({})).toEqual({ retries: 2, maxAgeMs: 21_600_000, onFailure: undefined });
    const onFailure = (id: string) => ({ DestinationConfig: { OnFailure: { Destination: arnOf(id) } } });
    expect(config({ MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60, ...onFailure('Failures') })).toEqual({
      ...{ retries: 1, maxAgeMs: 60_000, onFailure: { kind: 'queue', name: 'Failures' } },
    });
    expect(config(onFailure('OnFailure'))?.onFailure).toEqual({ kind: 'bucket', name: 'onfailure' });
  });

  test('and a destination that the local run has not is refused', () => {
    const to = (DestinationConfig: object) => () => config({ DestinationConfig });
    expect(to({ OnFailure: { Destination: 'arn:aws:sns:us-east-1:1:t' } })).toThrow('want a queue of the template');
    expect(to({ OnSuccess: { Destination: 'arn:aws:sns:us-east-1:1:t' } })).toThrow('got OnSuccess, want OnFailure alone'); // prettier-ignore
  });
});
