import { accessOfRole, roleAt } from '../reading/access';
import { perGraph, type Graph, type Resource } from '../reading/graph';
import { callsOf, invocation, MACHINES, type Call } from '../reading/machines';
import { functionNamed } from '../reading/mappings';
import type { Match } from '../reading/matching';
import { atom, isKnown } from '../reading/symbols';
import { ABSENT, certainly, known, or, then, Value, type Read } from '../reading/value';

/** Who calls a function: without waiting for its answer, or with how much patience. */

/** The ARN of a function, of its alias, or a path of API Gateway's with one of them in it. */
export function leadsTo(graph: Graph, text: string, handler: Resource): boolean {
  return certainly(functionNamed(graph, functionIn(text)), (found) => found === handler);
}

function functionIn(text: string): string {
  const [before, after] = ['functions/', '/invocations'];
  const at = text.indexOf(`${before}arn:`);
  return at >= 0 && text.endsWith(after) ? text.slice(at + before.length, -after.length) : text;
}

/** Whether what EventBridge or its scheduler is told to call is that function. */
export const invokes = (graph: Graph, target: Value, handler: Resource): boolean =>
  certainly(target.at('Arn').text(), (arn) => leadsTo(graph, arn, handler));

/** The items of a list; none where it is unknown. */
export function items(list: Value): readonly Value[] {
  const read = list.list();
  return read.kind === 'known' ? read.value : [];
}

const ASYNCHRONOUS_HEADER = 'integration.request.header.x-amz-invocation-type';

/** What an integration of an API says of waiting: absent where it waits, as it does unless it is told. */
function invocationType(requestParameters: Value): Read<string> {
  return then(
    or(requestParameters.object(), () => known({})),
    (parameters) => {
      const [, value] = Object.entries(parameters).find(([name]) => name.toLowerCase() === ASYNCHRONOUS_HEADER) ?? [];
      return then(new Value(value).string(), (text) => (/^'?RequestResponse'?$/i.test(text) ? ABSENT : known(text)));
    },
  );
}

/** Services that call a function without waiting, as they stand in its permissions. */
const ASYNCHRONOUS_CALLERS = /^(s3|sns|iot|events|ses|config|codecommit|logs(\.[a-z0-9-]+)?)\.amazonaws\.com$/;
const callsAsynchronously = (permission: Resource): boolean =>
  certainly(permission.at('Principal').string(), (principal) => ASYNCHRONOUS_CALLERS.test(principal));

const waitsNot = (...called: readonly Value[]): Call[] => called.map((each) => ({ called: each, waits: 'no' }));

/** Where a door says whether it waits: one of two words. */
function waitsUnless(said: Read<string>, isEvent: (text: string) => boolean): Match {
  if (said.kind === 'unknown') return 'maybe';
  return certainly(said, isEvent) ? 'no' : 'yes';
}

const integration = (called: Value, requestParameters: Value): Call => ({
  called,
  waits: waitsUnless(invocationType(requestParameters), () => true),
});

/** What stands in an object; nothing where that is unknown. */
function valuesIn(value: Value): Value[] {
  const read = value.object();
  return read.kind === 'known' ? Object.values(read.value).map((each) => new Value(each)) : [];
}

const EXTENSION = 'x-amazon-apigateway-integration';

/** What the routes of an API call that is written in OpenAPI: each says it itself, or refers to what several share. */
const routesIn = (body: Value): Call[] =>
  [
    ...valuesIn(body.at('paths'))
      .flatMap(valuesIn)
      .map((method) => method.at(EXTENSION)),
    ...valuesIn(body.at(`components.${EXTENSION}s`)),
  ].map((each) => integration(each.at('uri'), each.at('requestParameters')));

/** Calls over HTTP: who made one waits for the answer, unless the API is told to hand it on. */
const OVER_HTTP: Readonly<Record<string, (api: Resource) => readonly Call[]>> = {
  'AWS::ApiGateway::Method': (method) => [
    integration(method.at('Integration.Uri'), method.at('Integration.RequestParameters')),
  ],
  'AWS::ApiGateway::RestApi': (api) => routesIn(api.at('Body')),
  'AWS::ApiGatewayV2::Api': (api) => [...routesIn(api.at('Body')), { called: api.at('Target'), waits: 'yes' }],
  'AWS::ApiGatewayV2::Integration': (each) => [integration(each.at('IntegrationUri'), each.at('RequestParameters'))],
  'AWS::Serverless::Api': (api) => routesIn(api.at('DefinitionBody')),
  'AWS::Serverless::HttpApi': (api) => routesIn(api.at('DefinitionBody')),
};

/** Whether a pipe waits for the function it calls. */
export const INVOCATION_OF_PIPE = 'TargetParameters.LambdaFunctionParameters.InvocationType';

const machine = (resource: Resource): readonly Call[] => callsOf(resource) ?? [];

/** For each kind of door, the functions that it calls, perhaps without waiting. */
const DOORS: Readonly<Record<string, (door: Resource) => readonly Call[]>> = {
  ...OVER_HTTP,
  'AWS::Events::Rule': (rule) => waitsNot(...items(rule.at('Targets')).map((target) => target.at('Arn'))),
  'AWS::IoT::TopicRule': (rule) =>
    waitsNot(
      ...items(rule.at('TopicRulePayload.Actions')).map((action) => action.at('Lambda.FunctionArn')),
      rule.at('TopicRulePayload.ErrorAction.Lambda.FunctionArn'),
    ),
  'AWS::Lambda::EventInvokeConfig': (config) =>
    waitsNot(
      config.at('FunctionName'),
      config.at('DestinationConfig.OnSuccess.Destination'),
      config.at('DestinationConfig.OnFailure.Destination'),
    ),
  'AWS::Lambda::Permission': (permission) =>
    callsAsynchronously(permission) ? waitsNot(permission.at('FunctionName')) : [],
  'AWS::Logs::SubscriptionFilter': (filter) => waitsNot(filter.at('DestinationArn')),
  'AWS::Pipes::Pipe': (pipe) => {
    const type = pipe.at(INVOCATION_OF_PIPE).string();
    return [{ called: pipe.at('Target'), waits: waitsUnless(type, (text) => text === 'FIRE_AND_FORGET') }];
  },
  'AWS::S3::Bucket': (bucket) =>
    waitsNot(...items(bucket.at('NotificationConfiguration.LambdaConfigurations')).map((each) => each.at('Function'))),
  'AWS::SES::ReceiptRule': (rule) =>
    items(rule.at('Rule.Actions'))
      .map((action) => action.at('LambdaAction'))
      .map((action) => ({
        called: action.at('FunctionArn'),
        waits: waitsUnless(
          or(action.at('InvocationType').string(), () => known('Event')),
          (type) => type !== 'RequestResponse',
        ),
      })),
  'AWS::SNS::Subscription': (subscription) => waitsNot(subscription.at('Endpoint')),
  'AWS::SNS::Topic': (topic) => waitsNot(...items(topic.at('Subscription')).map((each) => each.at('Endpoint'))),
  'AWS::Scheduler::Schedule': (schedule) => {
    const input = schedule.at('Target.Input').fields();
    const call = invocation(schedule.at('Target.Arn').text(), (name) => input.at(name));
    return call ? [call] : waitsNot(schedule.at('Target.Arn'));
  },
  'Custom::S3BucketNotifications': (notifications) =>
    waitsNot(
      ...items(notifications.at('NotificationConfiguration.LambdaFunctionConfigurations')).map((each) =>
        each.at('LambdaFunctionArn'),
      ),
    ),
  ...Object.fromEntries(MACHINES.map((type) => [type, machine])),
};

const leads = (graph: Graph, handler: Resource) => (value: Value) =>
  certainly(value.text(), (text) => leadsTo(graph, text, handler));

/** Every door with its calls, read once for all functions. */
const doorsOf = perGraph((graph) =>
  Object.entries(DOORS).flatMap(([type, calls]) => graph.ofType(type).map((door) => ({ door, calls: calls(door) }))),
);

const doorsThat = (graph: Graph, handler: Resource, waits: Match): Resource[] =>
  doorsOf(graph)
    .filter(({ calls }) => calls.some((call) => call.waits === waits && leads(graph, handler)(call.called)))
    .map(({ door }) => door);

/** Ways to invoke a function without waiting for its answer: what a failure leaves then is up to Lambda. */
export const asynchronousDoors = (graph: Graph, handler: Resource): Resource[] => doorsThat(graph, handler, 'no');

/** Doors of which a deploy decides whether they wait for the function, and machines of which that is not seen. */
export const doubtfulDoors = (graph: Graph, handler: Resource): Resource[] => [
  ...doorsThat(graph, handler, 'maybe'),
  ...graph.ofType(...MACHINES).filter((each) => mayNotWait(graph, each) && concerns(graph, each, handler)),
];

/** Whether a machine may call without waiting, though it is not seen whom. */
function mayNotWait(graph: Graph, each: Resource): boolean {
  const isSeen = (called: Value) =>
    certainly(called.text(), (text) => isKnown(text) || functionNamed(graph, text).kind === 'known');
  return callsOf(each)?.some(({ called, waits }) => waits !== 'yes' && !isSeen(called)) ?? true;
}

/** Whether a machine is told of a function, or is allowed to call it and not just any. */
function concerns(graph: Graph, each: Resource, handler: Resource): boolean {
  const role = roleAt(graph, each.at(each.type === 'AWS::Serverless::StateMachine' ? 'Role' : 'RoleArn'));
  const may = (arn: string) => accessOfRole(graph, role).may('lambda:InvokeFunction', arn) === 'yes';
  const told = [
    ...each.namesAt('DefinitionSubstitutions').map((name) => each.at(`DefinitionSubstitutions.${name}`)),
    ...items(each.at('Policies')).map((policy) => policy.at('LambdaInvokePolicy.FunctionName')),
  ];
  return told.some(leads(graph, handler)) || (may(graph.arnOf(handler)) && !may(ANOTHER));
}

const ANOTHER = `arn:aws:lambda:${atom('AWS::Region')}:${atom('AWS::AccountId')}:function:${atom('another')}`;

const eventConfigsOf = (graph: Graph, handler: Resource): Resource[] =>
  graph.ofType('AWS::Lambda::EventInvokeConfig').filter((config) => leads(graph, handler)(config.at('FunctionName')));

/** Where calls go that failed three times, as the function says itself or its configuration of asynchronous calls. */
export const failureDestinations = (graph: Graph, handler: Resource): Read<string>[] => [
  ...eventConfigsOf(graph, handler).map((config) => config.at('DestinationConfig.OnFailure.Destination').text()),
  handler.at('DeadLetterConfig.TargetArn').text(),
];

/** One of them that is known, or else the doubt about one; absent where there is none. */
export function failureDestination(graph: Graph, handler: Resource): Read<string> {
  const said = failureDestinations(graph, handler);
  const [first] = ['known', 'unknown'].flatMap((kind) => said.filter((read) => read.kind === kind));
  return first ?? ABSENT;
}

/** Who waits for the answer of a function, and for how many seconds. */
export interface Patience {
  readonly who: string;
  readonly seconds: number;
}

/** Callers that give up before Lambda does. */
export function patienceOf(graph: Graph, handler: Resource): Patience[] {
  const called = leads(graph, handler);
  const overHttp = Object.entries(OVER_HTTP).some(([type, calls]) =>
    graph.ofType(type).some((api) => calls(api).some((call) => call.waits !== 'no' && called(call.called))),
  );
  const byCognito = [
    ...graph.ofType('AWS::Cognito::UserPool').flatMap(triggersOf),
    ...graph
      .ofType('AWS::Lambda::Permission')
      .filter((permission) => certainly(permission.at('Principal').string(), (who) => who === COGNITO))
      .map((permission) => permission.at('FunctionName')),
  ].some(called);
  return [
    ...(overHttp ? [{ who: 'the HTTP API', seconds: 29 }] : []),
    ...(byCognito ? [{ who: 'Amazon Cognito', seconds: 5 }] : []),
  ];
}

const COGNITO = 'cognito-idp.amazonaws.com';

/** A user pool names its functions by ARN, newer kinds of them within an object. */
function triggersOf(pool: Resource): Value[] {
  const config = pool.at('LambdaConfig').object();
  if (config.kind !== 'known') return [];
  return Object.keys(config.value).flatMap((name) => {
    const trigger = pool.at(`LambdaConfig.${name}`);
    return trigger.object().kind === 'known' ? [trigger.at('LambdaArn')] : [trigger];
  });
}
