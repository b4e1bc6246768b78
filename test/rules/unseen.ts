import { UNDECIDED, FINE, type Row } from './rows';
import { TOKEN } from './support';

const add = (id: string, Type: string, more: object = {}): Row[2] => [[id, { Type, ...more }]];

const set = (Properties: object) => add('Everywhere', 'AWS::CloudFormation::StackSet', { Properties });

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
  ['LK904', 'a module stands for resources', add('Mod', 'Acme::MSK::Consumer::MODULE', { Properties: { Topic: 'orders' } }), UNDECIDED], // prettier-ignore
  ['LK905', 'code of its own makes a mapping', add('Custom', 'Custom::AWS', { Properties: { Create: '{"action":"createEventSourceMapping"}' } }), UNDECIDED], // prettier-ignore
  ['LK905', 'a custom resource is called after one', add('Custom', 'Custom::EventSourceMapping', { Properties: {} }), UNDECIDED], // prettier-ignore
  ['LK905', 'a custom resource does something else', add('Custom', 'Custom::AWS', { Properties: { Create: '{"action":"getBootstrapBrokers"}' } }), FINE], // prettier-ignore
];
