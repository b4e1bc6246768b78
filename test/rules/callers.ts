import { ERROR, FINE, UNDECIDED, WARNING, type Row } from './row';
import { TOKEN, variable, type Edit } from './support';

/** Who calls a producing function, and where the calls wait that fail; each hazard beside its harmless sibling. */

const NOT_A_SWEEPER: Edit = ['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined];
const SHOP = { 'Fn::GetAtt': 'Shop.Arn' };
const BILLING = { 'Fn::GetAtt': 'Billing.Arn' };
const add = (Type: string, Properties: object): Edit[] => [NOT_A_SWEEPER, ['Door', { Type, Properties }]];
const named = (id: string, Type: string, Properties: object): Edit => [id, { Type, Properties }];

const bucket = (Function: unknown) =>
  add('AWS::S3::Bucket', { NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:*', Function }] } });
const notifications = (LambdaFunctionArn: unknown) =>
  add('Custom::S3BucketNotifications', {
    NotificationConfiguration: { LambdaFunctionConfigurations: [{ LambdaFunctionArn }] },
  });
const iot = (FunctionArn: unknown) =>
  add('AWS::IoT::TopicRule', { TopicRulePayload: { Sql: 'SELECT *', Actions: [{ Lambda: { FunctionArn } }] } });
const logs = (DestinationArn: unknown) => add('AWS::Logs::SubscriptionFilter', { DestinationArn });
const receipt = (InvocationType?: string) =>
  add('AWS::SES::ReceiptRule', { Rule: { Actions: [{ LambdaAction: { FunctionArn: SHOP, InvocationType } }] } });
const permission = (Principal: string, FunctionName: unknown = SHOP) =>
  add('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', FunctionName, Principal });
const method = (invocationType: unknown): Edit[] => [
  ['Api', undefined],
  ...add('AWS::ApiGateway::Method', {
    Integration: {
      Uri: { 'Fn::Sub': 'arn:aws:apigateway:x:lambda:path/functions/${Shop.Arn}/invocations' },
      RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': invocationType },
    },
  }),
];
const INTEGRATION = (invocationType: unknown) => ({
  uri: { 'Fn::Sub': 'arn:aws:apigateway:x:lambda:path/functions/${Shop.Arn}/invocations' },
  requestParameters: { 'integration.request.header.X-Amz-Invocation-Type': invocationType },
});
const routes = (type: string, property: string, invocationType: unknown): Edit[] => [
  ['Api', undefined],
  ...add(type, {
    [property]: {
      paths: {
        '/v1.0/x': { parameters: [], post: { 'x-amazon-apigateway-integration': INTEGRATION(invocationType) } },
      },
    },
  }),
];
const shared: Edit[] = [
  ['Api', undefined],
  ...add('AWS::ApiGatewayV2::Api', {
    Body: { components: { 'x-amazon-apigateway-integrations': { shop: INTEGRATION(undefined) } } },
  }),
];
const quickApi = (Target: unknown): Edit[] => [['Api', undefined], ...add('AWS::ApiGatewayV2::Api', { Target })];
const SLOW: Edit[] = [['Shop.Timeout', 300], variable('PRODUCER_Shop', { deadlineMs: 60_000 })];
const socket = (invocationType: unknown) =>
  add('AWS::ApiGatewayV2::Integration', {
    IntegrationUri: SHOP,
    RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': invocationType },
  });
const chained = (name: string, Destination: unknown) =>
  add('AWS::Lambda::EventInvokeConfig', {
    FunctionName: { Ref: 'Billing' },
    DestinationConfig: { [name]: { Destination } },
  });
const byRule = (target: object) => add('AWS::Events::Rule', { Targets: [{ Id: 'x', Arn: SHOP, ...target }] });
const samEvent = (Type: string, Properties: object): Edit[] => [
  NOT_A_SWEEPER,
  ['Shop!Type', 'AWS::Serverless::Function'],
  ['Shop.Events', { Door: { Type, Properties } }],
];
const fire = (InvocationType?: string) =>
  add('AWS::Pipes::Pipe', {
    Source: 'arn:aws:mq:eu-west-1:111122223333:broker:x',
    Target: SHOP,
    TargetParameters: { LambdaFunctionParameters: { InvocationType } },
  });

const cognito = (LambdaConfig: object): Edit[] => [
  ['Api', undefined],
  ...add('AWS::Cognito::UserPool', { LambdaConfig }),
];
const quick: Edit = variable('PRODUCER_Shop', { deadlineMs: 3_000, spillTimeMs: 1_000 });

const mapping = (Properties: object, FunctionName: unknown = SHOP): Edit[] =>
  add('AWS::Lambda::EventSourceMapping', { FunctionName, ...Properties });
const queue = (Properties: object = {}): Edit => named('Waiting', 'AWS::SQS::Queue', Properties);
const failed = (Properties: object = {}): Edit => named('Failed', 'AWS::SQS::Queue', Properties);
const FAILED = { 'Fn::GetAtt': 'Failed.Arn' };
const REDRIVE = { RedrivePolicy: { deadLetterTargetArn: FAILED, maxReceiveCount: 3 } };
const fromQueue = (properties?: object): Edit[] => [
  queue(properties),
  failed({ MessageRetentionPeriod: 1_209_600 }),
  ...mapping({ EventSourceArn: { 'Fn::GetAtt': 'Waiting.Arn' } }),
];
const fromStream = (Properties: object): Edit[] => [
  named('Stream', 'AWS::Kinesis::Stream', {}),
  ...mapping({ EventSourceArn: { 'Fn::GetAtt': 'Stream.Arn' }, StartingPosition: 'TRIM_HORIZON', ...Properties }),
];
const to = (Destination: unknown) => ({ DestinationConfig: { OnFailure: { Destination } } });
const pipe = (Source: unknown, SourceParameters?: object): Edit[] =>
  add('AWS::Pipes::Pipe', { Source, Target: SHOP, SourceParameters });

const config = (Properties: object, FunctionName: unknown = { Ref: 'Shop' }): Edit[] =>
  add('AWS::Lambda::EventInvokeConfig', { FunctionName, ...to(FAILED), ...Properties });
const keeps = (MessageRetentionPeriod: unknown): Edit[] => [failed({ MessageRetentionPeriod }), ...config({})];

export const CALLERS: readonly Row[] = [
  ['LK607', 'a bucket notifies it', bucket(SHOP), ERROR],
  ['LK607', 'a bucket notifies another', bucket(BILLING), FINE],
  ['LK607', 'the CDK has a bucket notify it', notifications(SHOP), ERROR],
  ['LK607', 'the CDK has a bucket notify another', notifications(BILLING), FINE],
  ['LK607', 'a rule of IoT calls it', iot(SHOP), ERROR],
  ['LK607', 'a rule of IoT calls another', iot(BILLING), FINE],
  ['LK607', 'logs are sent to it', logs(SHOP), ERROR],
  ['LK607', 'logs are sent elsewhere', logs('arn:aws:kinesis:eu-west-1:111122223333:stream/logs'), FINE],
  ['LK607', 'mail that arrives calls it', receipt(), ERROR],
  ['LK607', 'mail that arrives waits for it', receipt('RequestResponse'), FINE],
  ['LK607', 'an SNS topic with subscriptions of its own calls it', add('AWS::SNS::Topic', { Subscription: [{ Protocol: 'lambda', Endpoint: SHOP }] }), ERROR], // prettier-ignore
  ['LK607', 'S3 may call it', permission('s3.amazonaws.com'), ERROR],
  ['LK607', 'the logs of a region may call it', permission('logs.eu-west-1.amazonaws.com'), ERROR],
  ['LK607', 'S3 may call another', permission('s3.amazonaws.com', BILLING), FINE],
  ['LK607', 'API Gateway may call it', permission('apigateway.amazonaws.com'), FINE],
  ['LK607', 'a REST API does not wait for it', method("'Event'"), ERROR],
  ['LK607', 'a REST API lets its caller say whether it waits', method('method.request.header.InvocationType'), ERROR],
  ['LK607', 'a REST API says that it waits', method("'RequestResponse'"), FINE],
  ['LK607', 'a deploy decides whether a REST API waits', method(TOKEN), UNDECIDED],
  ['LK607', 'a route of OpenAPI does not wait for it', routes('AWS::ApiGateway::RestApi', 'Body', "'Event'"), ERROR],
  ['LK607', 'a route of OpenAPI waits for it', routes('AWS::ApiGateway::RestApi', 'Body', "'RequestResponse'"), FINE],
  ['LK607', 'a deploy decides whether a route waits', routes('AWS::ApiGateway::RestApi', 'Body', TOKEN), UNDECIDED],
  ['LK607', 'a route of SAM does not wait for it', routes('AWS::Serverless::Api', 'DefinitionBody', "'Event'"), ERROR],
  ['LK607', 'an API over WebSocket does not wait for it', socket("'Event'"), ERROR],
  ['LK607', 'an API over WebSocket waits for it', socket(undefined), FINE],
  ['LK602', 'a route of OpenAPI waits, and not so long', [...routes('AWS::ApiGatewayV2::Api', 'Body', undefined), ...SLOW], ERROR], // prettier-ignore
  ['LK602', 'a route of OpenAPI does not wait', [...routes('AWS::ApiGateway::RestApi', 'Body', "'Event'"), ...SLOW], FINE], // prettier-ignore
  ['LK602', 'routes that share what they call wait, and not so long', [...shared, ...SLOW], ERROR],
  ['LK602', 'a route that an API is made with waits, and not so long', [...quickApi(SHOP), ...SLOW], ERROR],
  ['LK602', 'a route that an API is made with leads to another', [...quickApi(BILLING), ...SLOW], FINE],
  ['LK607', 'what another has done is handed to it', chained('OnSuccess', SHOP), ERROR],
  ['LK607', 'what another cannot do is handed to it', chained('OnFailure', SHOP), ERROR],
  ['LK607', 'what another has done is handed elsewhere', chained('OnSuccess', 'arn:aws:sqs:eu-west-1:1:q'), FINE],
  ['LK302', 'a rule gives up after a minute', byRule({ RetryPolicy: { MaximumEventAgeInSeconds: 60 } }), ERROR],
  ['LK302', 'a rule does not try again', byRule({ RetryPolicy: { MaximumRetryAttempts: 0 } }), ERROR],
  ['LK302', 'a rule tries for a day, as it does unless told', byRule({ RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } }), FINE], // prettier-ignore
  ['LK302', 'a rule gives up after a minute, and a queue takes it', byRule({ RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:1:q' } }), FINE], // prettier-ignore
  ['LK302', 'a deploy decides when a rule gives up', byRule({ RetryPolicy: { MaximumEventAgeInSeconds: TOKEN } }), UNDECIDED], // prettier-ignore
  ['LK302', 'a deploy decides whether a queue takes what a rule gives up', byRule({ RetryPolicy: { MaximumRetryAttempts: 0 }, DeadLetterConfig: TOKEN }), UNDECIDED], // prettier-ignore
  ['LK302', 'a rule gives up what it had for another', byRule({ Arn: BILLING, RetryPolicy: { MaximumRetryAttempts: 0 } }), FINE], // prettier-ignore
  ['LK302', 'a schedule gives up after a minute', add('AWS::Scheduler::Schedule', { Target: { Arn: SHOP, RetryPolicy: { MaximumEventAgeInSeconds: 60 } } }), ERROR], // prettier-ignore
  ['LK302', 'an event of SAM gives up after a minute', samEvent('EventBridgeRule', { RetryPolicy: { MaximumEventAgeInSeconds: 60 } }), ERROR], // prettier-ignore
  ['LK302', 'a schedule of SAM gives up after a minute', samEvent('ScheduleV2', { RetryPolicy: { MaximumEventAgeInSeconds: 60 } }), ERROR], // prettier-ignore
  ['LK302', 'an event of SAM gives up after a minute, and a queue that SAM makes takes it', samEvent('EventBridgeRule', { RetryPolicy: { MaximumEventAgeInSeconds: 60 }, DeadLetterConfig: { Type: 'SQS' } }), FINE], // prettier-ignore
  ['LK607', 'a pipe does not wait for it', fire('FIRE_AND_FORGET'), ERROR],
  ['LK607', 'a pipe waits for it', fire(), FINE],
  ['LK607', 'a bucket notifies it, and a queue takes what fails', [...bucket(SHOP), ['Shop.DeadLetterConfig', { TargetArn: FAILED }]], FINE], // prettier-ignore
  ['LK607', 'a bucket notifies it, a queue takes what fails, and a deploy may name another', [...bucket(SHOP), ['Shop.DeadLetterConfig', { TargetArn: FAILED }], ...add('AWS::Lambda::EventInvokeConfig', { FunctionName: { Ref: 'Shop' }, DestinationConfig: TOKEN })], FINE], // prettier-ignore

  ['LK602', 'a user pool waits five seconds', cognito({ PostConfirmation: SHOP }), ERROR],
  ['LK602', 'a user pool names it within an object', cognito({ PreTokenGenerationConfig: { LambdaArn: SHOP } }), ERROR],
  ['LK602', 'a user pool may call it', [['Api', undefined], ...permission('cognito-idp.amazonaws.com')], ERROR],
  ['LK602', 'a user pool waits just long enough', [...cognito({ PostConfirmation: SHOP }), quick], FINE],
  ['LK602', 'a user pool calls another', cognito({ PostConfirmation: BILLING }), FINE],
  ['LK602', 'a REST API does not wait at all', [...method("'Event'"), ['Shop.Timeout', 300], variable('PRODUCER_Shop', { deadlineMs: 60_000 })], FINE], // prettier-ignore

  ['LK608', 'a queue has no redrive', fromQueue(), ERROR],
  ['LK608', 'a queue has a redrive', fromQueue(REDRIVE), FINE],
  ['LK608', 'a queue says its redrive as a text', fromQueue({ RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:x"}' }), FINE], // prettier-ignore
  ['LK608', 'a redrive leads nowhere', fromQueue({ RedrivePolicy: { maxReceiveCount: 3 } }), ERROR],
  ['LK608', 'a deploy decides about the redrive', fromQueue({ RedrivePolicy: TOKEN }), UNDECIDED],
  ['LK608', 'a queue removes what waits for an hour', fromQueue({ ...REDRIVE, MessageRetentionPeriod: 3600 }), ERROR],
  ['LK608', 'a queue removes what waits for a day', fromQueue({ ...REDRIVE, MessageRetentionPeriod: 86_400 }), FINE],
  ['LK608', 'the queue lies elsewhere', mapping({ EventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:q' }), UNDECIDED],
  ['LK608', 'a deploy decides what calls it', mapping({ EventSourceArn: TOKEN }), UNDECIDED],
  ['LK608', 'a queue without redrive calls another', [queue(), ...mapping({ EventSourceArn: { 'Fn::GetAtt': 'Waiting.Arn' } }, BILLING)], FINE], // prettier-ignore
  ['LK608', 'a broker of MQ calls it', mapping({ EventSourceArn: 'arn:aws:mq:eu-west-1:111122223333:broker:x' }), FINE],
  ['LK608', 'nothing takes what fails of a stream', fromStream({}), ERROR],
  ['LK608', 'a bucket takes what fails of a stream', fromStream(to('arn:aws:s3:::failed')), FINE],
  ['LK608', 'a deploy decides what becomes of a stream', fromStream({ DestinationConfig: TOKEN }), UNDECIDED],
  [
    'LK608',
    'nothing takes what fails of a table',
    mapping({ EventSourceArn: { 'Fn::GetAtt': 'Table.StreamArn' } }),
    ERROR,
  ],
  ['LK608', 'a bucket takes what fails of a table', mapping({ EventSourceArn: { 'Fn::GetAtt': 'Table.StreamArn' }, ...to('arn:aws:s3:::failed') }), FINE], // prettier-ignore
  [
    'LK608',
    'a pipe brings what a queue without redrive holds',
    [queue(), ...pipe({ 'Fn::GetAtt': 'Waiting.Arn' })],
    ERROR,
  ],
  [
    'LK608',
    'a pipe brings what a queue with redrive holds',
    [queue(REDRIVE), ...pipe({ 'Fn::GetAtt': 'Waiting.Arn' })],
    FINE,
  ],
  [
    'LK608',
    'a pipe brings a stream, and nothing takes what fails',
    pipe('arn:aws:kinesis:eu-west-1:1:stream/x'),
    ERROR,
  ],
  ['LK608', 'a pipe brings a stream, and a queue takes what fails', pipe('arn:aws:kinesis:eu-west-1:1:stream/x', { KinesisStreamParameters: { DeadLetterConfig: { Arn: FAILED } } }), FINE], // prettier-ignore
  ['LK608', 'a pipe brings what is on a topic', pipe({ 'Fn::GetAtt': 'Cluster.Arn' }), FINE],
  ['LK303', 'a queue takes pointers into a stream', fromStream(to('arn:aws:sqs:eu-west-1:1:x')), ERROR],
  ['LK303', 'a bucket takes the records of a stream', fromStream(to('arn:aws:s3:::failed')), FINE],
  ['LK301', 'a stream is read from its end', fromStream({ StartingPosition: 'LATEST' }), ERROR],
  ['LK301', 'a stream is read from its beginning', fromStream({}), FINE],
  ['LK315', 'records of a stream get too old', fromStream({ MaximumRecordAgeInSeconds: 60 }), WARNING],
  ['LK315', 'records of a stream never get too old', fromStream({ MaximumRecordAgeInSeconds: -1 }), FINE],
  ['LK315', 'calls get too old in a minute', config({ MaximumEventAgeInSeconds: 60 }), WARNING],
  ['LK315', 'calls get too old in six hours', config({ MaximumEventAgeInSeconds: 21_600 }), FINE],
  [
    'LK315',
    'calls of another get too old in a minute',
    config({ MaximumEventAgeInSeconds: 60 }, { Ref: 'Billing' }),
    FINE,
  ],
  ['LK315', 'a deploy decides how old calls get', config({ MaximumEventAgeInSeconds: TOKEN }), UNDECIDED],

  ['LK501', 'failed calls are kept for an hour', keeps(3600), ERROR],
  ['LK501', 'failed calls are kept for four days, as nothing is said', keeps(undefined), WARNING],
  ['LK501', 'failed calls are kept for two weeks', keeps(1_209_600), FINE],
  ['LK501', 'a deploy decides how long failed calls are kept', keeps(TOKEN), UNDECIDED],
  ['LK501', 'a queue that takes no failed calls keeps an hour', [failed({ MessageRetentionPeriod: 3600 })], FINE],
  ['LK501', "the function's own queue keeps an hour", [failed({ MessageRetentionPeriod: 3600 }), ['Shop.DeadLetterConfig', { TargetArn: FAILED }]], ERROR], // prettier-ignore
  [
    'LK501',
    'the redrive of a queue in front keeps an hour',
    [...fromQueue(REDRIVE), failed({ MessageRetentionPeriod: 3600 })],
    ERROR,
  ],
  ['LK501', 'the redrive of a queue in front keeps two weeks', fromQueue(REDRIVE), FINE],
  [
    'LK501',
    'what a rule cannot deliver is kept for an hour',
    [failed({ MessageRetentionPeriod: 3600 }), ...add('AWS::Events::Rule', { Targets: [{ Arn: SHOP, DeadLetterConfig: { Arn: FAILED } }] })], // prettier-ignore
    ERROR,
  ],
  [
    'LK501',
    'what a schedule cannot deliver is kept for an hour',
    [failed({ MessageRetentionPeriod: 3600 }), ...add('AWS::Scheduler::Schedule', { Target: { Arn: SHOP, DeadLetterConfig: { Arn: FAILED } } })], // prettier-ignore
    ERROR,
  ],
  [
    'LK501',
    'what an SNS topic cannot deliver is kept for an hour',
    [failed({ MessageRetentionPeriod: 3600 }), ...add('AWS::SNS::Subscription', { Endpoint: SHOP, RedrivePolicy: { deadLetterTargetArn: FAILED } })], // prettier-ignore
    ERROR,
  ],
];
