import type { Mutant, Node, Resource, Templates } from './mutant';
import { always, CONDITION, PROD_BY_DEFAULT, undecided } from './operators';
import type { Subject } from './spot';
import { subjectsOf, type Purpose, type Purposes } from './subjects';

/** Resources that are missed when they are not there, and resources that harm by being there. */

const SWEEP = 'what was put aside never comes back';

/** What stands by itself, so that a template without it can be deployed; and what is lost then. */
const NEEDED: Partial<Record<Purpose, string>> = {
  'way for pollers': 'nothing is read, and events are gone with the retention',
  'way for producers': 'no event reaches the topic',
  'way to S3': 'nothing is spilled',
  'way to the endpoint': 'nothing is spilled from that subnet',
  'plain text refused': 'whole events go over the wire in plain text',
  growth: 'a broker with a full disk stops',
  'replay schedule': SWEEP,
  'replay permission': SWEEP,
  'unpack schedule': SWEEP,
  'unpack permission': SWEEP,
  'door policy': 'a call that failed three times is dropped',
  secret: 'the brokers know no such user: nothing is read',
};

/** Whether they are made elsewhere, no template says. */
const OUTSIDE: readonly Purpose[] = ['secret'];

export function removalsOf(templates: Templates, purposes: Purposes): Mutant[] {
  return Object.entries(NEEDED).flatMap(([purpose, loses]) =>
    subjectsOf(templates, purposes, purpose as Purpose).flatMap((subject) =>
      removals(subject, loses, !OUTSIDE.includes(purpose as Purpose)),
    ),
  );
}

function removals({ file, id }: Subject, loses: string, certain: boolean): Mutant[] {
  const mutant = { at: `${file}/${id}`, loses };
  const conditional =
    (more: object): Mutant['apply'] =>
    (to) => {
      undecided(to[file], more);
      Object.assign(to[file]?.Resources[id] ?? {}, { Condition: CONDITION });
    };
  return [
    { ...mutant, kind: 'resource removed', change: 'gone', certain, apply: (to) => remove(to, { file, id }) },
    { ...mutant, kind: 'resource under a condition', change: 'there under ?', certain: false, apply: conditional({}) },
    {
      ...mutant,
      kind: 'resource under a condition',
      change: 'there by default',
      certain: false,
      apply: conditional(PROD_BY_DEFAULT),
    },
    {
      kind: 'Fn::If, always safe',
      at: mutant.at,
      change: 'there under a condition that always holds',
      certain: true,
      apply: (to) => {
        always(to[file]);
        Object.assign(to[file]?.Resources[id] ?? {}, { Condition: CONDITION });
      },
    },
  ];
}

/** Takes a resource out, and out of the order in which others are made. */
function remove(templates: Templates, { file, id }: Subject): void {
  const { Resources = {} } = templates[file] ?? {};
  delete Resources[id];
  for (const resource of Object.values(Resources)) {
    if (resource['DependsOn'] === undefined) continue;
    const others = [resource['DependsOn']].flat().filter((name) => name !== id);
    resource['DependsOn'] = others;
  }
}

/** One resource more, beside one that is there for a purpose. */
export interface Addition {
  readonly beside: Purpose;
  readonly name: string;
  /** What is lost; a harmless addition has none. */
  readonly loses?: string;
  readonly certain?: false;
  /** One resource, or several by name. */
  readonly make: (own: Resource, id: string) => Resource | Record<string, Resource>;
}

const arn = (id: string): Node => ({ 'Fn::GetAtt': [id, 'Arn'] });
const policy = (statement: Node): Node => ({ Version: '2012-10-17', Statement: [statement] });
const DROPPED = 'a call that failed three times is dropped';
const door = (Type: string, properties: (id: string) => Node): Pick<Addition, 'beside' | 'make'> => ({
  beside: 'producer',
  make: (_, id) => ({ Type, Properties: properties(id) }),
});

export const ADDITIONS: readonly Addition[] = [
  {
    beside: 'mapping',
    name: 'a second mapping of the group, on another function',
    loses: 'each mapping gets a share of the events',
    make: ({ Type, Properties }) => ({
      Type,
      Properties: { ...Properties, FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:other' },
    }),
  },
  {
    name: 'a rule',
    loses: DROPPED,
    ...door('AWS::Events::Rule', (id) => ({
      EventPattern: { source: ['shop'] },
      Targets: [{ Id: 'x', Arn: arn(id) }],
    })),
  },
  {
    name: 'a schedule',
    loses: DROPPED,
    ...door('AWS::Scheduler::Schedule', (id) => ({
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arn(id), RoleArn: 'arn:aws:iam::111122223333:role/scheduler' },
    })),
  },
  {
    name: 'a subscription',
    loses: DROPPED,
    ...door('AWS::SNS::Subscription', (id) => ({
      Protocol: 'lambda',
      TopicArn: 'arn:aws:sns:eu-west-1:111122223333:shop',
      Endpoint: arn(id),
    })),
  },
  {
    name: 'a bucket that notifies',
    loses: DROPPED,
    ...door('AWS::S3::Bucket', (id) => ({
      NotificationConfiguration: { LambdaConfigurations: [{ Event: 's3:ObjectCreated:*', Function: arn(id) }] },
    })),
  },
  {
    name: 'an IoT rule',
    loses: DROPPED,
    ...door('AWS::IoT::TopicRule', (id) => ({
      TopicRulePayload: { Sql: "SELECT * FROM 'shop'", Actions: [{ Lambda: { FunctionArn: arn(id) } }] },
    })),
  },
  {
    name: 'a log subscription',
    loses: DROPPED,
    ...door('AWS::Logs::SubscriptionFilter', (id) => ({
      LogGroupName: 'shop',
      FilterPattern: '',
      DestinationArn: arn(id),
    })),
  },
  {
    name: 'a REST method that does not wait',
    loses: DROPPED,
    ...door('AWS::ApiGateway::Method', (id) => ({
      HttpMethod: 'POST',
      ResourceId: 'r',
      RestApiId: 'a',
      Integration: {
        Type: 'AWS',
        IntegrationHttpMethod: 'POST',
        RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
        Uri: {
          'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${id}.Arn}/invocations`,
        },
      },
    })),
  },
  {
    beside: 'brokers',
    name: 'a pipe that starts at LATEST',
    loses: 'what comes while the pipe is created',
    make: (_, id) => ({
      Type: 'AWS::Pipes::Pipe',
      Properties: {
        RoleArn: 'arn:aws:iam::111122223333:role/pipe',
        Source: arn(id),
        SourceParameters: {
          ManagedStreamingKafkaParameters: { TopicName: 'orders', StartingPosition: 'LATEST', ConsumerGroupID: 'pipe' },
        },
        Target: 'arn:aws:states:eu-west-1:111122223333:stateMachine:bill',
      },
    }),
  },
  {
    beside: 'brokers',
    name: 'a topic of one copy',
    loses: 'one copy of every event',
    make: (_, id) => ({
      Type: 'AWS::MSK::Topic',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { ClusterArn: arn(id), TopicName: 'more', PartitionCount: 1, ReplicationFactor: 1 },
    }),
  },
  {
    beside: 'events',
    name: 'a policy by which nobody may put',
    loses: 'nothing is parked, spilled or given up',
    make: (_, id) => ({
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: id },
        PolicyDocument: policy({
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:PutObject',
          Resource: { 'Fn::Sub': `\${${id}.Arn}/*` },
        }),
      },
    }),
  },
  {
    beside: 'subnet',
    name: 'an access control list that lets nothing in',
    loses: 'no broker, producer or poller of that subnet hears an answer',
    make: ({ Properties }, id) => ({
      MutantAcl: { Type: 'AWS::EC2::NetworkAcl', Properties: { VpcId: Properties?.['VpcId'] } },
      MutantAclThere: {
        Type: 'AWS::EC2::SubnetNetworkAclAssociation',
        Properties: { SubnetId: { Ref: id }, NetworkAclId: { Ref: 'MutantAcl' } },
      },
    }),
  },
  // Harmless neighbours
  {
    beside: 'brokers',
    name: 'an output queue',
    make: () => ({ Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 60 } }),
  },
  {
    beside: 'brokers',
    name: 'a bucket for pictures',
    make: () => ({
      Type: 'AWS::S3::Bucket',
      Properties: { LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: 1 }] } },
    }),
  },
  {
    beside: 'brokers',
    name: 'a table of sessions',
    make: () => ({
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [],
        AttributeDefinitions: [],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    }),
  },
  {
    beside: 'mapping',
    name: 'a function of three seconds on a queue',
    make: () => ({
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: 'pictures', EventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:pictures' },
    }),
  },
  {
    beside: 'mapping',
    name: 'a stream read from its end',
    make: () => ({
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: 'pictures',
        EventSourceArn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/clicks',
        StartingPosition: 'LATEST',
      },
    }),
  },
  {
    beside: 'mapping',
    name: 'a role that is denied everything',
    make: () => ({
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {},
        Policies: [{ PolicyName: 'x', PolicyDocument: policy({ Effect: 'Deny', Action: '*', Resource: '*' }) }],
      },
    }),
  },
  {
    beside: 'events',
    name: 'an alarm',
    make: () => ({
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        MetricName: 'Errors',
        Namespace: 'AWS/Lambda',
        Threshold: 1,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:ops'],
      },
    }),
  },
];

const ADDED = 'MutantResource';

export function additionsOf(templates: Templates, purposes: Purposes): Mutant[] {
  return ADDITIONS.flatMap(({ beside, name, loses, make }) =>
    subjectsOf(templates, purposes, beside)
      .filter(({ file, id }) => templates[file]?.Resources[id]?.Type !== 'AWS::Serverless::Function')
      .slice(0, beside === 'events' ? 3 : 1)
      .map(({ file, id }): Mutant => ({
        kind: loses === undefined ? 'unrelated' : 'resource added',
        at: `${file}/${id}`,
        change: name,
        ...(loses !== undefined && { loses }),
        certain: true,
        apply: (to) => {
          const { Resources = {} } = to[file] ?? {};
          const own = Resources[id];
          if (!own) return;
          const made = make(own, id);
          Object.assign(Resources, typeof made.Type === 'string' ? { [ADDED]: made } : made);
        },
      })),
  );
}
