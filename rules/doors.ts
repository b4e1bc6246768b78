import type { Graph, Resource } from './graph';
import { functionNamed } from './mappings';
import { ABSENT, certainly, known, or, then, Value, type Read } from './value';

/** Who calls a function: without waiting for its answer, or with how much patience. */

/** The ARN of a function, of its alias, or a path of API Gateway's with one of them in it. */
export function leadsTo(graph: Graph, text: string, handler: Resource): boolean {
  const arn = /functions\/(arn:.*)\/invocations$/s.exec(text)?.[1] ?? text;
  return certainly(functionNamed(graph, arn), (found) => found === handler);
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

/** What a method of a REST API says of waiting: absent where it waits, as it does unless it is told. */
function invocationType(method: Resource): Read<string> {
  return then(
    or(method.at('Integration.RequestParameters').object(), () => known({})),
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

/** For each kind of door, where it names the functions that it calls without waiting. */
const ASYNCHRONOUS: Readonly<Record<string, (door: Resource) => readonly Value[]>> = {
  'AWS::ApiGateway::Method': (method) =>
    invocationType(method).kind === 'known' ? [method.at('Integration.Uri')] : [],
  'AWS::Events::Rule': (rule) => items(rule.at('Targets')).map((target) => target.at('Arn')),
  'AWS::IoT::TopicRule': (rule) => [
    ...items(rule.at('TopicRulePayload.Actions')).map((action) => action.at('Lambda.FunctionArn')),
    rule.at('TopicRulePayload.ErrorAction.Lambda.FunctionArn'),
  ],
  'AWS::Lambda::EventInvokeConfig': (config) => [config.at('FunctionName')],
  'AWS::Lambda::Permission': (permission) => (callsAsynchronously(permission) ? [permission.at('FunctionName')] : []),
  'AWS::Logs::SubscriptionFilter': (filter) => [filter.at('DestinationArn')],
  'AWS::Pipes::Pipe': (pipe) => {
    const type = pipe.at('TargetParameters.LambdaFunctionParameters.InvocationType').string();
    return certainly(type, (text) => text === 'FIRE_AND_FORGET') ? [pipe.at('Target')] : [];
  },
  'AWS::S3::Bucket': (bucket) =>
    items(bucket.at('NotificationConfiguration.LambdaConfigurations')).map((each) => each.at('Function')),
  'AWS::SES::ReceiptRule': (rule) =>
    items(rule.at('Rule.Actions'))
      .map((action) => action.at('LambdaAction'))
      .filter((action) => !certainly(action.at('InvocationType').string(), (type) => type === 'RequestResponse'))
      .map((action) => action.at('FunctionArn')),
  'AWS::SNS::Subscription': (subscription) => [subscription.at('Endpoint')],
  'AWS::SNS::Topic': (topic) => items(topic.at('Subscription')).map((each) => each.at('Endpoint')),
  'AWS::Scheduler::Schedule': (schedule) => [schedule.at('Target.Arn')],
  'Custom::S3BucketNotifications': (notifications) =>
    items(notifications.at('NotificationConfiguration.LambdaFunctionConfigurations')).map((each) =>
      each.at('LambdaFunctionArn'),
    ),
};

const leads = (graph: Graph, handler: Resource) => (value: Value) =>
  certainly(value.text(), (text) => leadsTo(graph, text, handler));

/** Ways to invoke a function without waiting for its answer: what a failure leaves then is up to Lambda. */
export const asynchronousDoors = (graph: Graph, handler: Resource): Resource[] =>
  Object.entries(ASYNCHRONOUS).flatMap(([type, calls]) =>
    graph.ofType(type).filter((door) => calls(door).some(leads(graph, handler))),
  );

/** Methods of which a deploy decides whether they wait for the function. */
export const doubtfulDoors = (graph: Graph, handler: Resource): Resource[] =>
  graph
    .ofType('AWS::ApiGateway::Method')
    .filter(
      (method) => invocationType(method).kind === 'unknown' && leads(graph, handler)(method.at('Integration.Uri')),
    );

export const eventConfigsOf = (graph: Graph, handler: Resource): Resource[] =>
  graph.ofType('AWS::Lambda::EventInvokeConfig').filter((config) => leads(graph, handler)(config.at('FunctionName')));

/** Who waits for the answer of a function, and for how many seconds. */
export interface Patience {
  readonly who: string;
  readonly seconds: number;
}

/** Callers that give up before Lambda does. */
export function patienceOf(graph: Graph, handler: Resource): Patience[] {
  const called = leads(graph, handler);
  const overHttp = [
    ...graph.ofType('AWS::ApiGatewayV2::Integration').map((integration) => integration.at('IntegrationUri')),
    ...graph
      .ofType('AWS::ApiGateway::Method')
      .filter((method) => invocationType(method).kind !== 'known')
      .map((method) => method.at('Integration.Uri')),
  ].some(called);
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
