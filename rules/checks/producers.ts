import { PRODUCER_VARIABLE, REPLAY_VARIABLE } from '../../lambdas/runtime/contract';
import { asynchronousDoors, doubtfulDoors, failureDestination, patienceOf } from './doors';
import { forEachPart, isSweeper, ownParts, type Part } from './environment';
import type { Graph, Resource } from '../reading/graph';
import { CLUSTER } from '../reading/kafka';
import { letsBrokersHear, letsCallBrokers } from '../reading/acls';
import { texts } from './holdings';
import { UNSAID_TIMEOUT_SECONDS } from '../reading/lambda-limits';
import { groupsAt, letsIn, letsOut } from './network';
import { lambda, msk } from './pages';
import { folderBelow, judgeRights, networkNeeds, writeNeeds, type Need } from './rights';
import {
  fail,
  forEach,
  judge,
  pass,
  provided,
  undecided,
  worst,
  type Judge,
  type Place,
  type Rule,
  type Subjects,
  type Verdict,
} from './rule';
import { least } from '../reading/matching';
import { arnOnCluster } from '../reading/symbols';
import { certainly, known, map, or, then, type Read } from '../reading/value';

/** What a producing function can get wrong, as far as its environment and the template say it. */

const forEachProducer = (judge: Judge<Part>): Subjects => forEachPart(PRODUCER_VARIABLE, judge);
const field = ({ handler, property }: Part, name: string): Place => ({
  resource: handler,
  property: `${property}.${name}`,
});
/** Whose events lie in the spill store already, and stay there until Kafka takes them. */
export const replays = ({ handler, fields }: Part): boolean =>
  ownParts(handler, REPLAY_VARIABLE).some((part) =>
    certainly(part.fields.at('spill').text(), (spill) => certainly(fields.at('spill').text(), (own) => own === spill)),
  );
const usesIam = ({ fields }: Part): Read<boolean> => map(fields.at('authentication').string(), (way) => way === 'iam');

function judgeDeadline(part: Part, graph: Graph): Verdict[] {
  const { handler, fields } = part;
  const needed = then(fields.at('deadlineMs').number(), (deadline) =>
    map(fields.at('spillTimeMs').number(), (spill) => (deadline + spill) / 1000),
  );
  const timeout = or(handler.at('Timeout').number(), () => known(UNSAID_TIMEOUT_SECONDS));
  const limits = [
    { want: "below the function's timeout", seconds: timeout },
    ...patienceOf(graph, handler).map(({ who, seconds }) => ({
      want: `below ${seconds} s, when ${who} gives up`,
      seconds: known(seconds),
    })),
  ];
  return limits.map(({ want, seconds }) => {
    const place = field(part, 'deadlineMs');
    const whole = `deadline and spill time ${want}`;
    if (seconds.kind !== 'known')
      return undecided(place, seconds.kind === 'unknown' ? seconds.why : 'no timeout', whole);
    return judge(place, needed, { want: `${whole} (${seconds.value} s)`, ok: (sum) => sum < seconds.value });
  });
}

function judgeSpill(part: Part): Verdict {
  const place = field(part, 'spill');
  const spill = part.fields.at('spill').text();
  if (certainly(spill, (bucket) => bucket !== '')) return pass(place);
  const want = 'a bucket for what Kafka does not take by the deadline';
  if (spill.kind === 'unknown') return undecided(place, spill.why, want);
  const drops = certainly(part.fields.at('onRejected.kind').string(), (kind) => kind === 'drop');
  return fail(place, drops ? 'nothing, and a disposition that drops' : 'nothing', want, drops ? 'error' : 'warning');
}

function judgeWriting(part: Part, graph: Graph): Verdict[] {
  const place = field(part, 'topic');
  const cluster = part.fields.at('cluster').text();
  const topic = then(part.fields.at('topic').text(), (name) => map(cluster, (arn) => arnOnCluster(arn, 'topic', name)));
  const needs: Need[] = [
    ['kafka-cluster:Connect', cluster],
    ['kafka-cluster:WriteDataIdempotently', cluster],
    ['kafka-cluster:DescribeTopic', topic],
    ['kafka-cluster:WriteData', topic],
  ];
  const look: Need[] = [['kafka-cluster:DescribeTopicDynamicConfiguration', topic]];
  const looking = judgeRights(graph, place, part.handler, look);
  return [
    judgeRights(graph, place, part.handler, needs),
    looking.status === 'fail' ? fail(looking, looking.found, looking.wanted, 'warning') : looking,
  ].map((verdict) => provided(usesIam(part), verdict));
}

/** Lambda lays the way of a function with the rights of its role. */
function judgeWay(part: Part, graph: Graph): Verdict {
  const way = judgeOpening(part, graph);
  const { handler } = part;
  const may = judgeRights(graph, { resource: handler, property: 'VpcConfig' }, handler, networkNeeds());
  return worst([way, may]) ?? way;
}

function judgeOpening(part: Part, graph: Graph): Verdict {
  const { handler, fields } = part;
  const place: Place = { resource: handler, property: 'VpcConfig' };
  const subnets = handler.at('VpcConfig.SubnetIds').list();
  if (subnets.kind !== 'known' || subnets.value.length === 0) {
    const want = "the brokers' VPC";
    return subnets.kind === 'unknown' ? undecided(place, subnets.why, want) : fail(place, 'no VPC', want);
  }
  const own = groupsAt(graph, handler.at('VpcConfig.SecurityGroupIds'));
  const arn = fields.at('cluster').text();
  const cluster = arn.kind === 'known' ? graph.find(arn.value, CLUSTER) : undefined;
  const brokers = cluster
    ? groupsAt(graph, cluster.at('BrokerNodeGroupInfo.SecurityGroups'))
    : { seen: [], others: true };
  const want = "a rule that lets the function's security group into the cluster's on port 9098";
  const onward = least(
    letsOut(graph, own, 9098, brokers),
    ...subnets.value.map((subnet) => letsCallBrokers(graph, subnet.text(), 9098)),
    ...(cluster ? texts(cluster.at('BrokerNodeGroupInfo.ClientSubnets')) : []).map((subnet) =>
      letsBrokersHear(graph, subnet, 9098),
    ),
  );
  if (onward === 'no')
    return fail(place, 'a group or an access control list that lets nothing pass on that port', want);
  switch (letsIn(graph, brokers, own, 9098)) {
    case 'yes':
      return onward === 'yes'
        ? pass(place)
        : undecided(place, 'egress or access control lists known only at deploy', want);
    case 'maybe':
      return letInElsewhere(graph, own.seen)
        ? pass(place)
        : undecided(place, 'security groups that are not in the template', want);
    case 'no':
      return fail(place, 'none', want);
  }
}

/** A rule made here for a security group that lies elsewhere, as beside an imported cluster. */
const letInElsewhere = (graph: Graph, own: readonly Resource[]): boolean =>
  graph.ofType('AWS::EC2::SecurityGroupIngress').some((rule) => {
    const source = rule.at('SourceSecurityGroupId').text();
    const from = source.kind === 'known' ? graph.find(source.value, 'AWS::EC2::SecurityGroup') : undefined;
    const into = rule.at('GroupId').text();
    const abroad = into.kind === 'known' && graph.find(into.value, 'AWS::EC2::SecurityGroup') === undefined;
    return (
      abroad &&
      from !== undefined &&
      own.includes(from) &&
      certainly(rule.at('FromPort').number(), (port) => port === 9098)
    );
  });

function judgeAsynchronous(handler: Resource, graph: Graph): Verdict[] {
  if (ownParts(handler, PRODUCER_VARIABLE).length === 0) return [];
  const place: Place = { resource: handler, property: 'EventInvokeConfig' };
  if (isSweeper(handler)) return [pass(place)];
  const [doors, doubtful] = [asynchronousDoors(graph, handler), doubtfulDoors(graph, handler)];
  if (doors.length + doubtful.length === 0) return [pass(place)];
  const destination = failureDestination(graph, handler);
  const want = 'a failure destination of an AWS::Lambda::EventInvokeConfig, or a DeadLetterConfig';
  if (destination.kind === 'known') return [pass(place)];
  if (destination.kind === 'unknown') return [undecided(place, destination.why, want)];
  const by = (callers: readonly Resource[]) => callers.map(({ logicalId }) => logicalId).join(', ');
  return doors.length > 0
    ? [fail(place, `none, and asynchronous calls by ${by(doors)}`, want)]
    : [undecided(place, `none, and calls by ${by(doubtful)} of which it is not seen that they wait`, want)];
}

export const PRODUCER_RULES: readonly Rule[] = [
  {
    code: 'LK601',
    name: 'acks',
    severity: 'error',
    why: 'an event is acknowledged that the leader alone has, and is gone when the leader dies',
    fix: {
      cdk: "use EventProducer as it is: acks is 'all'",
      cloudFormation: "set acks to 'all' in the LOSSLESS_PRODUCER_ variable",
    },
    source: msk('bestpractices'),
    check: forEachProducer((part) =>
      judge(field(part, 'acks'), part.fields.at('acks').string(), { want: 'all', ok: (acks) => acks === 'all' }),
    ),
  },
  {
    code: 'LK602',
    name: 'deadline',
    severity: 'error',
    why: 'the function is killed, or its caller gone, before an event that Kafka does not take is spilled: nobody knows what became of it',
    fix: {
      cdk: 'raise timeout of the function, or lower deadline or spillTime of EventProducer',
      cloudFormation: 'raise Timeout of the function, or lower deadlineMs of the LOSSLESS_PRODUCER_ variable',
    },
    source: lambda('configuration-timeout'),
    check: forEachProducer(judgeDeadline),
  },
  {
    code: 'LK603',
    name: 'nowhere-to-go',
    severity: 'error',
    why: 'what Kafka does not take by the deadline has nowhere to go, and is dropped',
    fix: {
      cdk: 'use EventProducer with a SpillStore',
      cloudFormation: 'name a bucket in spill of the LOSSLESS_PRODUCER_ variable',
    },
    source: msk('bestpractices'),
    check: forEachProducer(judgeSpill),
  },
  {
    code: 'LK604',
    name: 'cannot-write',
    severity: 'error',
    why: 'no event reaches the topic: all go to the spill store, from which none comes back either',
    fix: {
      cdk: 'use EventProducer, or cluster.grantProduce(function, topic)',
      cloudFormation:
        "allow the function's role kafka-cluster:Connect and WriteDataIdempotently on the cluster, DescribeTopic, DescribeTopicDynamicConfiguration and WriteData on the topic",
    },
    source: msk('iam-access-control'),
    check: forEachProducer(judgeWriting),
  },
  {
    code: 'LK605',
    name: 'spill-not-writable',
    severity: 'error',
    why: 'while the brokers are away, events cannot be spilled',
    fix: {
      cdk: 'use EventProducer, or spill.grantSpill(function)',
      cloudFormation:
        "allow the function's role s3:PutObject on <bucket>/<cluster>/<topic>/* (or <bucket>/*) and kms:GenerateDataKey on its key",
    },
    source: lambda('lambda-intro-execution-role'),
    check: forEachProducer((part, graph) => {
      const spill = part.fields.at('spill').text();
      if (spill.kind === 'absent' || replays(part)) return [];
      const folder = folderBelow([part.fields.at('cluster').text(), part.fields.at('topic').text()]);
      return judgeRights(graph, field(part, 'spill'), part.handler, writeNeeds(graph, spill, true, folder));
    }),
  },
  {
    code: 'LK606',
    name: 'no-way-to-the-brokers',
    severity: 'error',
    why: 'brokers have no address outside their VPC: no event reaches the topic',
    fix: {
      cdk: 'give the function vpc: topic.cluster.vpc; EventProducer opens the way',
      cloudFormation:
        'set VpcConfig of the function, and add an AWS::EC2::SecurityGroupIngress on port 9098 from its security group',
    },
    source: lambda('configuration-vpc'),
    check: forEachProducer(judgeWay),
  },
  {
    code: 'LK607',
    name: 'asynchronous-door',
    severity: 'error',
    why: 'nobody waits for the answer: an event whose invocation fails three times is dropped',
    fix: {
      cdk: 'give the function onFailure: new SqsDestination(queue)',
      cloudFormation:
        'set DestinationConfig.OnFailure of an AWS::Lambda::EventInvokeConfig, or DeadLetterConfig of the function',
    },
    source: lambda('invocation-async-retain-records'),
    check: forEach('AWS::Lambda::Function', judgeAsynchronous),
  },
];
