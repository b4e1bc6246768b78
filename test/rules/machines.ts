import { ERROR, FINE, UNDECIDED, type Row } from './row';
import { TOKEN, type Edit } from './support';

/** State machines and schedules that call a producing function, each way beside its harmless sibling. */

const NOT_A_SWEEPER: Edit = ['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined];
const ARN = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const INVOKE = 'arn:aws:states:::lambda:invoke';

const door = (Type: string, Properties: object): Edit[] => [NOT_A_SWEEPER, ['Door', { Type, Properties }]];
const machine = (Properties: object) => door('AWS::StepFunctions::StateMachine', Properties);
const one = (task: object) => ({ StartAt: 'Call', States: { Call: { Type: 'Task', End: true, ...task } } });
const task = (Parameters: object, Resource = INVOKE) => one({ Resource, Parameters });
/** As an object. */
const defined = (definition: object) => machine({ Definition: definition });
/** As a text, with the ARNs put in by `Fn::Sub`. */
const written = (definition: object, more = {}) =>
  machine({ DefinitionString: { 'Fn::Sub': JSON.stringify(definition) }, ...more });
const event = (FunctionName: unknown) => task({ FunctionName, InvocationType: 'Event' });
/** As the CDK writes it. */
const joined = (id: string) =>
  machine({
    DefinitionString: {
      'Fn::Join': [
        '',
        [
          '{"StartAt":"Call","States":{"Call":{"End":true,"Type":"Task","Resource":"arn:',
          { Ref: 'AWS::Partition' },
          ':states:::lambda:invoke","Parameters":{"FunctionName":"',
          ARN(id),
          '","InvocationType":"Event","Payload.$":"$"}}}}',
        ],
      ],
    },
  });
const substituted = (id: string) =>
  machine({
    DefinitionString: JSON.stringify(event('${Called}')),
    DefinitionSubstitutions: { Called: ARN(id) },
  });
const jsonata = (InvocationType: string, FunctionName = '${Shop.Arn}') =>
  written({ QueryLanguage: 'JSONata', ...one({ Resource: INVOKE, Arguments: { FunctionName, InvocationType } }) });
const within = (inner: object) => ({
  StartAt: 'All',
  States: { All: { Type: 'Map', ItemProcessor: inner, End: true } },
});

/** The role of the machine, which may call functions. */
const role = (Resource: unknown): Edit => [
  'DoorRole',
  {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {},
      Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource }] } }],
    },
  },
];
const BY_ROLE = { RoleArn: ARN('DoorRole') };
const elsewhere = (more: object, mayCall: unknown) => [
  role(mayCall),
  ...machine({ DefinitionS3Location: { Bucket: 'b', Key: 'k' }, ...BY_ROLE, ...more }),
];
const chosen = (mayCall: unknown) => [
  role(mayCall),
  ...written(task({ 'FunctionName.$': '$.name', InvocationType: 'Event' }), BY_ROLE),
];
const ofSam = (id: string) =>
  door('AWS::Serverless::StateMachine', {
    DefinitionUri: 'machine.json',
    Policies: [{ LambdaInvokePolicy: { FunctionName: { Ref: id } } }],
  });

const universal = (FunctionName: string, more: object) =>
  door('AWS::Scheduler::Schedule', {
    Target: {
      Arn: 'arn:aws:scheduler:::aws-sdk:lambda:invoke',
      Input: { 'Fn::Sub': JSON.stringify({ FunctionName, ...more }) },
    },
  });
const KEEPS: Edit = ['Shop.DeadLetterConfig', { TargetArn: 'arn:aws:sqs:eu-west-1:111122223333:failed' }];
const pipe = (InvocationType: unknown) =>
  door('AWS::Pipes::Pipe', {
    Source: 'arn:aws:mq:eu-west-1:111122223333:broker:x',
    Target: ARN('Shop'),
    TargetParameters: { LambdaFunctionParameters: { InvocationType } },
  });
const receipt = (InvocationType: unknown) =>
  door('AWS::SES::ReceiptRule', {
    Rule: { Actions: [{ LambdaAction: { FunctionArn: ARN('Shop'), InvocationType } }] },
  });

export const MACHINES: readonly Row[] = [
  ['LK607', 'a machine calls it without waiting', written(event('${Shop.Arn}')), ERROR],
  ['LK607', 'a machine calls another without waiting', written(event('${Billing.Arn}')), FINE],
  ['LK607', 'a machine that is an object calls it without waiting', defined(event(ARN('Shop'))), ERROR],
  ['LK607', 'a machine that is an object calls another without waiting', defined(event(ARN('Billing'))), FINE],
  ['LK607', 'a machine of the CDK calls it without waiting', joined('Shop'), ERROR],
  ['LK607', 'a machine of the CDK calls another without waiting', joined('Billing'), FINE],
  ['LK607', 'a machine calls it by way of a substitution', substituted('Shop'), ERROR],
  ['LK607', 'a machine calls another by way of a substitution', substituted('Billing'), FINE],
  ['LK607', 'a machine calls a version of it by its name', defined(event({ 'Fn::Sub': '${Shop}:7' })), ERROR],
  ['LK607', 'a machine calls it from within a loop', written(within(event('${Shop.Arn}'))), ERROR],
  ['LK607', 'a machine calls it by an action of the SDK', written(task({ FunctionName: '${Shop.Arn}', InvocationType: 'Event' }, 'arn:aws:states:::aws-sdk:lambda:invoke')), ERROR], // prettier-ignore
  ['LK607', 'a machine calls it by the old action of the SDK', written(task({ FunctionName: '${Shop.Arn}' }, 'arn:aws:states:::aws-sdk:lambda:invokeAsync')), ERROR], // prettier-ignore
  ['LK607', 'a machine waits for it, as nothing else is said', written(task({ FunctionName: '${Shop.Arn}' })), FINE],
  ['LK607', 'a machine says that it waits for it', written(task({ FunctionName: '${Shop.Arn}', InvocationType: 'RequestResponse' })), FINE], // prettier-ignore
  ['LK607', 'a machine waits until a token comes back', written(task({ FunctionName: '${Shop.Arn}', InvocationType: 'Event' }, `${INVOKE}.waitForTaskToken`)), FINE], // prettier-ignore
  ['LK607', 'a machine calls it by its ARN, and waits', written(one({ Resource: '${Shop.Arn}' })), FINE],
  ['LK607', 'a machine calls it, and a queue takes what fails', [...written(event('${Shop.Arn}')), KEEPS], FINE],
  ['LK607', 'a machine calls it with JSONata', jsonata('Event'), ERROR],
  ['LK607', 'a machine with JSONata waits for it', jsonata('RequestResponse'), FINE],
  ['LK607', 'a machine finds out with JSONata whether it waits', jsonata('{% $kind %}'), UNDECIDED],
  ['LK607', 'a machine finds out with JSONata whether it waits for another', jsonata('{% $kind %}', '${Billing.Arn}'), FINE], // prettier-ignore
  ['LK607', 'a machine finds out while it runs whether it waits', written(task({ FunctionName: '${Shop.Arn}', 'InvocationType.$': '$.kind' })), UNDECIDED], // prettier-ignore
  ['LK607', 'a deploy decides whether a machine waits', defined(task({ FunctionName: ARN('Shop'), InvocationType: TOKEN })), UNDECIDED], // prettier-ignore
  ['LK607', 'a machine finds out while it runs whom it calls, and may call it', chosen(ARN('Shop')), UNDECIDED],
  ['LK607', 'a machine finds out while it runs whom it calls, and may call another', chosen(ARN('Billing')), FINE],
  ['LK607', 'a machine finds out while it runs whom it calls, and may call any', chosen('*'), FINE],
  ['LK607', 'a machine lies elsewhere and may call it', elsewhere({}, ARN('Shop')), UNDECIDED],
  ['LK607', 'a machine lies elsewhere and may call another', elsewhere({}, ARN('Billing')), FINE],
  ['LK607', 'a machine lies elsewhere and may call any', elsewhere({}, '*'), FINE],
  ['LK607', 'a machine lies elsewhere and is told of it', elsewhere({ DefinitionSubstitutions: { Called: ARN('Shop') } }, 'x'), UNDECIDED], // prettier-ignore
  ['LK607', 'a machine lies elsewhere and is told of another', elsewhere({ DefinitionSubstitutions: { Called: ARN('Billing') } }, 'x'), FINE], // prettier-ignore
  ['LK607', 'a machine is no JSON and may call it', [role(ARN('Shop')), ...machine({ DefinitionString: '{', ...BY_ROLE })], UNDECIDED], // prettier-ignore
  ['LK607', 'a machine is nested without end', [role(ARN('Shop')), ...machine({ DefinitionString: '['.repeat(200_000), ...BY_ROLE })], UNDECIDED], // prettier-ignore
  ['LK607', 'a machine of SAM lies elsewhere and may call it', ofSam('Shop'), UNDECIDED],
  ['LK607', 'a machine of SAM lies elsewhere and may call another', ofSam('Billing'), FINE],
  ['LK607', 'a schedule calls it by an action, without waiting', universal('${Shop.Arn}', { InvocationType: 'Event' }), ERROR], // prettier-ignore
  ['LK607', 'a schedule calls it by an action, and waits', universal('${Shop.Arn}', {}), FINE],
  ['LK607', 'a schedule calls another by an action', universal('${Billing.Arn}', { InvocationType: 'Event' }), FINE],
  ['LK607', 'a deploy decides whether a pipe waits', pipe(TOKEN), UNDECIDED],
  ['LK607', 'a deploy decides whether mail that arrives waits for it', receipt(TOKEN), UNDECIDED],
];
