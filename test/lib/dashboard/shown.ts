import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { EventPipeline, type EventPipelineProps } from 'cdk-lossless-kafka';
import { newApp, newFunction, resourcesOf } from '../support';

/** A metric as a dashboard has it: `[namespace, name, dimension, value, …, options]`, or an expression alone. */
export type Row = readonly (string | Options)[];
export interface Options {
  readonly id?: string;
  readonly label?: string;
  readonly expression?: string;
  readonly visible?: boolean;
  readonly yAxis?: 'left' | 'right';
}
export interface Annotation {
  readonly value: number;
  readonly label: string;
  readonly color: string;
  readonly yAxis: 'left' | 'right';
}
export interface Widget {
  readonly type: 'text' | 'metric' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly view?: 'timeSeries' | 'singleValue';
    readonly metrics?: readonly Row[];
    readonly alarms?: readonly string[];
    readonly states?: readonly string[];
    readonly annotations?: { readonly horizontal: readonly Annotation[] };
    readonly yAxis?: Readonly<Record<'left' | 'right', { readonly label?: string; readonly max?: number } | undefined>>;
  };
}

/** A pipeline with everything that a dashboard shows, and the dashboard as CloudWatch gets it, but for names that a deploy gives. */
export function shown(props: (stack: Stack) => Partial<EventPipelineProps> = () => ({})) {
  const stack = new Stack(newApp(), 'Shop');
  const pipeline = new EventPipeline(stack, 'Orders', { topicName: 'orders', ...props(stack) });
  const door = pipeline.addIngest('Ingest');
  door.addRule('Rule', { eventPattern: { source: ['shop'] } });
  const deadLetterQueue = { queue: new Queue(stack, 'Failed'), maxReceiveCount: 10 };
  door.addQueue('Queue', {
    queue: new Queue(stack, 'In', { visibilityTimeout: Duration.minutes(3), deadLetterQueue }),
  });
  for (const name of ['Billing', 'Shipping']) {
    pipeline.addConsumer(name, { handler: newFunction(stack, {}, `${name}Handler`) });
  }
  const { vpc, vpcSubnets } = pipeline.cluster;
  pipeline.addProducer('Shop', { handler: newFunction(stack, { vpc, vpcSubnets }, 'ShopHandler') });
  const template = Template.fromStack(stack);
  const [dashboard] = resourcesOf(template, 'AWS::CloudWatch::Dashboard');
  const body = dashboard?.[1].Properties['DashboardBody'];
  const widgets = body === undefined ? [] : (JSON.parse(flat(body)) as { widgets: readonly Widget[] }).widgets;
  return { stack, pipeline, template, widgets };
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  readonly 'Fn::GetAtt'?: readonly [string, string];
  readonly 'Fn::Select'?: unknown;
}

/** References by logical ids; of the cluster's ARN its name. */
export function flat(text: unknown): string {
  if (typeof text === 'string') return text;
  const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = text as Intrinsic;
  if (join) return join[1].map(flat).join(join[0]);
  return Ref ?? attribute?.[0] ?? 'the-cluster';
}
