import { PRODUCER_VARIABLE } from '../../lambdas/runtime/contract';
import { grows, tells } from './alarms';
import { forEachPart } from './environment';
import type { Graph, Resource } from '../reading/graph';
import { forEachHolding, KEPT } from './holdings';
import { BY_NAME, CLUSTER, isStandard, SERVERLESS_CLUSTER, switchOf } from '../reading/kafka';
import { forEachMapping } from './each-mapping';
import { cloudFormation, msk } from './pages';
import {
  fail,
  forEach,
  judge,
  judgeMatch,
  pass,
  provided,
  together,
  undecided,
  type Place,
  type Rule,
  type Verdict,
} from './rule';
import { most } from '../reading/matching';
import { shown } from '../reading/symbols';
import { certainly, type Read } from '../reading/value';

/** What happens around a cluster: who gets in, what is deleted, what fills up, and what cannot be seen. */

function judgeDoor(cluster: Resource): Verdict[] {
  const at = (property: string): Place => ({ resource: cluster, property });
  const [inTransit, unauthenticated, publicAccess] = [
    'EncryptionInfo.EncryptionInTransit.ClientBroker',
    'ClientAuthentication.Unauthenticated.Enabled',
    'BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type',
  ] as const;
  return [
    judge(at(inTransit), cluster.at(inTransit).string(), {
      want: 'TLS',
      ok: (mode) => mode === 'TLS',
      byDefault: 'TLS',
    }),
    judge(at(unauthenticated), cluster.at(unauthenticated).boolean(), {
      want: 'false',
      ok: (enabled) => !enabled,
      byDefault: false,
    }),
    judge(at(publicAccess), cluster.at(publicAccess).string(), {
      want: 'DISABLED',
      ok: (type) => type === 'DISABLED',
      byDefault: 'DISABLED',
    }),
    judgeAuthentication(cluster),
  ];
}

function judgeAuthentication(cluster: Resource): Verdict {
  const place = { resource: cluster, property: 'ClientAuthentication' };
  const want = 'one of Sasl.Iam, Sasl.Scram and Tls enabled';
  const ways = BY_NAME.map((way) => switchOf(cluster, way));
  if (ways.some((way) => certainly(way, Boolean))) return pass(place);
  const doubt = ways.find((way) => way.kind === 'unknown');
  return doubt?.kind === 'unknown' ? undecided(place, doubt.why, want) : fail(place, 'no client authentication', want);
}

const judgeKept = (resource: Resource): Verdict[] => [
  judge({ resource, property: 'DeletionPolicy' }, resource.attribute('DeletionPolicy'), {
    want: KEPT.join(' or '),
    ok: (policy) => KEPT.includes(policy),
  }),
  judge({ resource, property: 'UpdateReplacePolicy' }, resource.attribute('UpdateReplacePolicy'), {
    want: 'Retain',
    ok: (policy) => policy === 'Retain',
  }),
];

const SCALING = 'AWS::ApplicationAutoScaling::ScalableTarget';

/** Storage autoscaling is a target and a policy; an alarm on the disks does as well. */
function judgeDisks(graph: Graph, cluster: Resource): Verdict {
  const place = { resource: cluster, property: 'BrokerNodeGroupInfo.StorageInfo' };
  const name = cluster.at('ClusterName').text();
  const targets = graph.ofType(SCALING).filter((target) => graph.means(target.at('ResourceId').text(), cluster));
  const policies = graph.ofType('AWS::ApplicationAutoScaling::ScalingPolicy');
  const growing = targets.flatMap((target) => {
    return policies
      .filter(
        (policy) =>
          graph.means(policy.at('ScalingTargetId').text(), target) ||
          (policy.at('ResourceId').raw === target.at('ResourceId').raw && policy.at('ResourceId').raw !== undefined),
      )
      .map((policy) => grows(cluster, target, policy));
  });
  const watching = graph
    .ofType('AWS::CloudWatch::Alarm')
    .filter((alarm) => watchesDisks(alarm, name))
    .map((alarm) => tells(graph, alarm));
  const want = 'storage autoscaling that can grow, or an alarm on KafkaDataLogsDiskUsed that calls somebody';
  const maybe = 'scaling or an alarm of which a deploy decides';
  return judgeMatch(place, most([...growing, ...watching]), { want, no: 'neither', maybe });
}

function watchesDisks(alarm: Resource, cluster: Read<string>): boolean {
  if (!certainly(alarm.at('MetricName').string(), (metric) => metric === 'KafkaDataLogsDiskUsed')) return false;
  const dimensions = alarm.at('Dimensions').list();
  if (dimensions.kind !== 'known') return false;
  const named = dimensions.value.find((each) => certainly(each.at('Name').string(), (name) => name === 'Cluster Name'));
  const value = named?.at('Value').text();
  return value?.kind === 'known' && certainly(cluster, (name) => name === value.value);
}

/** Whether the cluster that is used is in the template. */
export function judgeSight(graph: Graph, place: Place, arn: Read<string>): Verdict {
  if (certainly(arn, (text) => graph.find(text, CLUSTER, SERVERLESS_CLUSTER) !== undefined)) return pass(place);
  const name = arn.kind === 'known' ? shown(arn.value) : 'of another kind than Amazon MSK';
  return undecided(place, `cluster ${name} is not in the template`, `its settings checked: ${LOOK}`);
}

const LOOK =
  'aws kafka describe-cluster-v2 --cluster-arn <arn>, then aws kafka describe-configuration-revision --arn <configuration> --revision <revision>';

export const SAFEKEEPING_RULES: readonly Rule[] = [
  {
    code: 'LK108',
    name: 'open-door',
    severity: 'error',
    why: 'anybody who reaches the brokers may write events, or delete them with their topic',
    fix: {
      cdk: 'use KafkaCluster: TLS and IAM alone, no public access',
      cloudFormation:
        'set EncryptionInTransit.ClientBroker to TLS, ClientAuthentication.Sasl.Iam.Enabled to true and Unauthenticated.Enabled to false, and leave PublicAccess out',
    },
    source: msk('msk-authentication-and-authorization'),
    check: forEach(CLUSTER, judgeDoor),
  },
  {
    code: 'LK109',
    name: 'deleted-with-stack',
    severity: 'error',
    why: 'deleting the stack, or a change that replaces the resource, deletes the events in it or the way to them',
    fix: {
      cdk: 'applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)',
      cloudFormation: 'set DeletionPolicy to RetainExceptOnCreate and UpdateReplacePolicy to Retain beside Properties',
    },
    source: cloudFormation('aws-attribute-deletionpolicy'),
    check: forEachHolding(judgeKept),
  },
  {
    code: 'LK110',
    name: 'disk-fills-up',
    severity: 'warning',
    why: 'a broker with a full disk stops, and takes its replicas with it',
    fix: {
      cdk: 'use KafkaCluster, which grows its disks, or add a ScalableTarget with scaleToTrackMetric, or an alarm on KafkaDataLogsDiskUsed',
      cloudFormation:
        'add an AWS::ApplicationAutoScaling::ScalableTarget (kafka:broker-storage:VolumeSize) with a ScalingPolicy, or an AWS::CloudWatch::Alarm on KafkaDataLogsDiskUsed',
    },
    source: msk('msk-autoexpand'),
    check: forEach(CLUSTER, (cluster, graph) => provided(isStandard(cluster), judgeDisks(graph, cluster))),
  },
  {
    code: 'LK112',
    name: 'cluster-out-of-sight',
    severity: 'warning',
    why: 'whether its brokers keep what they acknowledge cannot be told from this template',
    fix: {
      cdk: 'check the cluster with the command, then acknowledge LK112 with what it said',
      cloudFormation: 'check the cluster with the command, then acknowledge LK112 with what it said',
    },
    source: msk('msk-configuration-operations'),
    check: together(
      forEachMapping(({ resource, clusterArn }, graph) =>
        judgeSight(graph, { resource, property: 'EventSourceArn' }, clusterArn),
      ),
      forEachPart(PRODUCER_VARIABLE, ({ handler, property, fields }, graph) =>
        judgeSight(graph, { resource: handler, property: `${property}.cluster` }, fields.at('cluster').text()),
      ),
    ),
  },
];
