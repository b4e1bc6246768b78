import { UNDECIDED, FINE, statement, type Row } from './row';
import { TOKEN, type Edit } from './support';

const add = (id: string, Type: string, more: object = {}): Row[2] => [[id, { Type, ...more }]];

const set = (Properties: object) => add('Everywhere', 'AWS::CloudFormation::StackSet', { Properties });

export const INCLUDE = { Name: 'AWS::Include', Parameters: { Location: 's3://b/c' } };
const CUSTOM: readonly [string, object] = [
  'Custom',
  { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': 'Maker.Arn' } } },
];
const maker = (Properties: object): Edit[] => [
  ['Maker', { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': 'MakerRole.Arn' }, ...Properties } }],
  ['MakerRole', { Type: 'AWS::IAM::Role', Properties: {} }],
];
const ONE_FUNCTION = { Effect: 'Allow', Action: 'lambda:CreateEventSourceMapping', Resource: '*', Condition: { ArnEquals: { 'lambda:FunctionArn': 'x' } } }; // prettier-ignore
const may = (Action: string, more: object = {}): Edit[] => [
  ['MakerPolicy', { Type: 'AWS::IAM::Policy', Properties: { Roles: [{ Ref: 'MakerRole' }], PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource: '*', ...more }] } } }], // prettier-ignore
];

/** What a template leaves to others: named, never passed over. */
export const UNSEEN: readonly Row[] = [
  ['LK901', 'a nested stack lies elsewhere', add('Child', 'AWS::CloudFormation::Stack', { Properties: { TemplateURL: 'https://b/c.yaml' } }), UNDECIDED], // prettier-ignore
  ['LK901', 'a nested application lies elsewhere', add('App', 'AWS::Serverless::Application', { Properties: { Location: './app' } }), UNDECIDED], // prettier-ignore
  ['LK901', 'a stack set has its template elsewhere', set({ TemplateURL: 'https://b/c.yaml' }), UNDECIDED], // prettier-ignore
  ['LK901', 'a stack set makes clusters by a template of its own', set({ TemplateBody: '{"Resources":{"C":{"Type":"AWS::MSK::Cluster"}}}' }), UNDECIDED], // prettier-ignore
  ['LK901', 'a macro writes the template of a stack set', set({ TemplateBody: 'Transform: Acme\nResources: {}' }), UNDECIDED], // prettier-ignore
  ['LK901', 'a deploy decides about the template of a stack set', set({ TemplateBody: TOKEN }), UNDECIDED],
  ['LK901', 'a stack set makes roles by a template of its own', set({ TemplateBody: 'Resources: { R: { Type: AWS::IAM::Role } }' }), FINE], // prettier-ignore
  ['LK901', 'a product of a catalogue lies elsewhere', add('Product', 'AWS::ServiceCatalog::CloudFormationProvisionedProduct', { Properties: { ProductName: 'kafka' } }), UNDECIDED], // prettier-ignore
  ['LK902', 'a loop has a list that a deploy decides', [['Fn::ForEach::Topics', ['Name', { Ref: 'Open' }, { 'Topic${Name}': { Type: 'AWS::MSK::Topic' } }]]], UNDECIDED], // prettier-ignore
  ['LK902', 'an include stands among the resources', [['Fn::Transform', { Name: 'AWS::Include', Parameters: { Location: 's3://b/c' } }]], UNDECIDED], // prettier-ignore
  ['LK902', 'a loop has a list of its own', [['Fn::ForEach::Queues', ['Name', ['a', 'b'], { 'Queue${Name}': { Type: 'AWS::SQS::Queue' } }]]], FINE], // prettier-ignore
  ['LK903', 'properties come from an include', add('Topic2', 'AWS::SQS::Queue', { Properties: { 'Fn::Transform': { Name: 'AWS::Include' } } }), UNDECIDED], // prettier-ignore
  [
    'LK903',
    'variables of a function come from an include',
    [['Billing.Environment.Variables.Fn::Transform', INCLUDE]],
    UNDECIDED,
  ],
  ['LK903', 'a statement of a policy comes from an include', [statement(4, { 'Fn::Transform': INCLUDE })], UNDECIDED],
  ['LK903', 'who is let in comes from an include', [['BrokerGroup.SecurityGroupIngress', { 'Fn::Transform': INCLUDE }]], UNDECIDED], // prettier-ignore
  ['LK903', 'a text of a resource speaks of an include', add('Said', 'AWS::SSM::Parameter', { Properties: { Type: 'String', Value: '{"Fn::Transform": {}}' } }), FINE], // prettier-ignore
  ['LK904', 'a module stands for resources', add('Mod', 'Acme::MSK::Consumer::MODULE', { Properties: { Topic: 'orders' } }), UNDECIDED], // prettier-ignore
  ['LK905', 'code of its own makes a mapping', add('Custom', 'Custom::AWS', { Properties: { Create: '{"action":"createEventSourceMapping"}' } }), UNDECIDED], // prettier-ignore
  ['LK905', 'a custom resource is called after one', add('Custom', 'Custom::EventSourceMapping', { Properties: {} }), UNDECIDED], // prettier-ignore
  ['LK905', 'a custom resource does something else', add('Custom', 'Custom::AWS', { Properties: { Create: '{"action":"getBootstrapBrokers"}' } }), FINE], // prettier-ignore
  ['LK905', 'the function of a custom resource makes a mapping, in Python', [...maker({ Code: { ZipFile: 'client.create_event_source_mapping(Topics=t)' } }), CUSTOM], UNDECIDED], // prettier-ignore
  ['LK905', 'a custom resource asks for a mapping, in Python', add('Custom', 'Custom::Thing', { Properties: { Call: 'create_event_source_mapping' } }), UNDECIDED], // prettier-ignore
  ['LK905', 'a provider of the CDK calls a function that makes a mapping', [...maker({ Code: { ZipFile: 'lambda.createEventSourceMapping({})' } }), ['Provider', { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: { USER_ON_EVENT_FUNCTION_ARN: { 'Fn::GetAtt': 'Maker.Arn' } } } } }], ['Custom', { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': 'Provider.Arn' } } }]], UNDECIDED], // prettier-ignore
  ['LK905', 'the role of a custom resource may make mappings', [...maker({}), ...may('lambda:CreateEventSourceMapping'), CUSTOM], UNDECIDED], // prettier-ignore
  ['LK905', 'the role of a custom resource may make mappings of one function', [...maker({}), ...may('lambda:CreateEventSourceMapping', { Condition: { ArnEquals: { 'lambda:FunctionArn': 'x' } } }), CUSTOM], UNDECIDED], // prettier-ignore
  ['LK905', 'the role of a custom resource may, by its own words, make mappings of one function', [...maker({}), ['MakerRole.Policies', [{ PolicyDocument: { Statement: [ONE_FUNCTION] } }]], CUSTOM], UNDECIDED], // prettier-ignore
  ['LK905', 'a managed policy lets a custom resource make mappings of one function', [...maker({}), ['MakerPolicy', { Type: 'AWS::IAM::ManagedPolicy', Properties: { Roles: [{ Ref: 'MakerRole' }], PolicyDocument: { Statement: [ONE_FUNCTION] } } }], CUSTOM], UNDECIDED], // prettier-ignore
  ['LK905', 'a custom resource without a type of its own has a function that makes a mapping', [...maker({ Code: { ZipFile: 'lambda.createEventSourceMapping({})' } }), ['Custom', { ...CUSTOM[1], Type: 'AWS::CloudFormation::CustomResource' }]], UNDECIDED], // prettier-ignore
  ['LK905', 'a provider of the CDK waits by a function that makes a mapping', [...maker({ Code: { ZipFile: 'lambda.createEventSourceMapping({})' } }), ['Provider', { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: { USER_IS_COMPLETE_FUNCTION_ARN: { 'Fn::GetAtt': 'Maker.Arn' } } } } }], ['Custom', { Type: 'Custom::Thing', Properties: { ServiceToken: { 'Fn::GetAtt': 'Provider.Arn' } } }]], UNDECIDED], // prettier-ignore
  ['LK905', 'the role of a custom resource may do all with functions', [...maker({}), ...may('lambda:*'), CUSTOM], UNDECIDED], // prettier-ignore
  ['LK905', 'the role of a custom resource may do something else', [...maker({}), ...may('lambda:GetFunction'), CUSTOM], FINE], // prettier-ignore
  ['LK905', 'the function of a custom resource lies elsewhere', add('Custom', 'Custom::Thing', { Properties: { ServiceToken: TOKEN } }), FINE], // prettier-ignore
  ['LK905', 'a call of the SDK is another, and its function makes mappings for others', [...maker({}), ...may('lambda:*'), ['Custom', { Type: 'Custom::AWS', Properties: { ServiceToken: { 'Fn::GetAtt': 'Maker.Arn' }, Create: '{"service":"Kafka","action":"getBootstrapBrokers"}' } }]], FINE], // prettier-ignore
];
