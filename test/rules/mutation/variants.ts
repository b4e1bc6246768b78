import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template as Synthesized } from 'aws-cdk-lib/assertions';
import { OrdersStack } from '../../../examples/orders/stack';
import { parseTemplate } from '../../../rules';
import type { Nesting, Template, Templates } from './mutant';
import type { Purpose, Purposes } from './subjects';

/** Templates in which nothing is lost. */
export interface Variant {
  readonly name: string;
  readonly templates: Templates;
  readonly nesting?: Nesting;
  readonly purposes: Purposes;
  /** Where the template has a property that CloudFormation has elsewhere. */
  readonly path?: (of: Purpose, property: string) => string;
  /** What the rules say of it as it is, by code: what lies outside is known only at deploy. */
  readonly known?: readonly string[];
}

const yaml = (...path: string[]): Templates[string] =>
  // Copied by way of text: two aliases of one anchor must not be one object.
  JSON.parse(JSON.stringify(parseTemplate(readFileSync(join(__dirname, ...path), 'utf8')))) as Templates[string];

// `npm run judges` runs CloudFormation's own schema check, which takes ten times as long as everything else.
process.env['CDK_VALIDATION'] = 'false';
const newApp = (): App => new App({ context: { 'aws:cdk:bundling-stacks': [] } });

const sample = (): Variant => ({
  name: 'sample',
  templates: { orders: Synthesized.fromStack(new OrdersStack(newApp(), 'Orders')).toJSON() as Templates[string] },
  purposes: {
    consumer: /^Billing[0-9A-F]{8}$/,
    producer: /^OrdersIngest[0-9A-F]{8}$/,
    replay: /^OrdersSpillReplay[0-9A-F]{8}$/,
    unpack: /^OrdersBillingConsumerUnpack[0-9A-F]{8}$/,
    events: /(DeadLetters|Spill)Bucket[0-9A-F]{8}$|OnFailure[0-9A-F]{8}$/,
    'on failure': /OnFailure[0-9A-F]{8}$/,
    'dead letters': /DeadLettersBucket[0-9A-F]{8}$/,
    spill: /SpillBucket[0-9A-F]{8}$/,
    memory: /ConsumerTable/,
    key: /^OrdersKey/,
    'broker group': /^OrdersClusterSecurityGroup[0-9A-F]{8}$/,
    'producer group': /^OrdersIngestSecurityGroup/,
    'way for pollers': /Pollers/,
    'way for producers': /fromOrdersIngest/,
    'way to S3': /VpcS3/,
    'way to the endpoint': /RouteTableAssociation/,
    'replay schedule': /ReplaySchedule[0-9A-F]{8}$/,
    'replay permission': /ReplayScheduleAllow/,
    'unpack schedule': /UnpackSchedule[0-9A-F]{8}$/,
    'unpack permission': /UnpackScheduleAllow/,
  },
});

/** Its shop replays, too, which excuses it from some questions about doors; here it only produces. */
function plain(): Variant {
  const template = yaml('..', 'shapes', 'plain.yaml');
  const shop = template.Resources['Shop']?.Properties as { Environment: { Variables: Record<string, unknown> } };
  delete shop.Environment.Variables['LOSSLESS_REPLAY_Shop'];
  return {
    name: 'by hand',
    templates: { plain: template },
    purposes: {
      consumer: /^Billing$/,
      producer: /^Shop$/,
      replay: /^Replay$/,
      'replay schedule': /^ReplayMinutely$/,
      'replay permission': /^ReplayMayBeCalled$/,
      unpack: /^Unpack$/,
      events: /^(DeadLetters|Spill|OnFailure)$/,
      'on failure': /^OnFailure$/,
      'dead letters': /^DeadLetters$/,
      spill: /^Spill$/,
      memory: /^Table$/,
      key: /^Key$/,
      'broker group': /^BrokerGroup$/,
      'producer group': /^ShopGroup$/,
      'way for pollers': /^Pollers$/,
      'way for producers': /^ShopIn$/,
    },
  };
}

/** Several files as one template. */
function merged(...files: string[]): Template {
  const parts = files.map((file) => yaml('variants', file));
  return parts.reduce((all, part) => ({ ...all, ...part, Resources: { ...all.Resources, ...part.Resources } }));
}

/** With brokers that know no other way in. */
function byPassword(template: Template): Template {
  const { Brokers } = template.Resources;
  const ClientAuthentication = { Sasl: { Scram: { Enabled: true } }, Unauthenticated: { Enabled: false } };
  const Properties = { ...(Brokers?.Properties as object), ClientAuthentication };
  return { ...template, Resources: { ...template.Resources, ...(Brokers && { Brokers: { ...Brokers, Properties } }) } };
}

const BILL: Purposes = {
  consumer: /^Bill$/,
  events: /^Failed$/,
  'on failure': /^Failed$/,
  'broker group': /^BrokerGroup$/,
  'way for pollers': /^Pollers$/,
};

/** The sample, and six others as people write them. */
export const variants = (): Variant[] => [
  sample(),
  plain(),
  {
    name: 'imported cluster',
    templates: { imported: merged('failed.yaml', 'imported.yaml') },
    purposes: BILL,
    known: ['LK112'],
  },
  {
    name: 'SAM',
    templates: { sam: merged('cluster.yaml', 'failed.yaml', 'sam.yaml') },
    purposes: { ...BILL, mapping: /^Bill$/ },
    path: (of, path) =>
      of === 'mapping'
        ? `Events.Orders.Properties.${path.replace('AmazonManagedKafkaEventSourceConfig.', '').replace('EventSourceArn', 'Stream')}`
        : path,
  },
  {
    name: 'SCRAM',
    templates: { scram: byPassword(merged('cluster.yaml', 'failed.yaml', 'scram.yaml')) },
    purposes: { ...BILL, 'secret key': /^PasswordKey$/ },
  },
  {
    name: 'stacks apart',
    templates: {
      network: yaml('variants', 'split-network.yaml'),
      main: yaml('variants', 'split-main.yaml'),
      brokers: yaml('variants', 'split-brokers.yaml'),
      consumer: merged('failed.yaml', 'split-consumer.yaml'),
    },
    nesting: { brokers: ['main', 'BrokersStack'], consumer: ['main', 'ConsumerStack'] },
    purposes: BILL,
  },
  {
    name: 'other readers',
    templates: { readers: merged('cluster.yaml', 'failed.yaml', 'readers.yaml') },
    purposes: BILL,
  },
];
