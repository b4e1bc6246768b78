import { Duration } from 'aws-cdk-lib';
import { SILENCE, type AlarmSpec } from './alarms';
import { BrokerType, type IKafkaCluster } from './interfaces';

const MINUTE = { period: Duration.minutes(1) };
const FIVE_MINUTES = { period: Duration.minutes(5) };

/** Of Express brokers MSK itself runs replicas and disks, and counts neither. */
export function brokerAlarms(cluster: IKafkaCluster): AlarmSpec[] {
  const alarms = [
    ...controllerAndCpu(cluster),
    ...(cluster.brokerType === BrokerType.EXPRESS ? [] : replicasAndDisks(cluster)),
  ];
  return alarms.map((alarm) => ({ ...alarm, subject: cluster }));
}

type OfCluster = Omit<AlarmSpec, 'subject'>;

const controllerAndCpu = (cluster: IKafkaCluster): OfCluster[] => [
  {
    heading: 'No active controller',
    severity: 'page',
    metric: cluster.metricActiveControllers(MINUTE),
    // An election takes seconds. Two controllers at once cannot be seen: each counts itself. Silence is that of the whole cluster.
    ...{ below: 1, looks: 5, silence: SILENCE.DEAD },
    meaning: 'no controller, or no word from the cluster, for 5 minutes: no leader is elected',
  },
  {
    heading: 'Broker CPU',
    severity: 'ticket',
    metric: cluster.metricCpuIdle(FIVE_MINUTES),
    // AWS wants user and system below 60 %, so that the others can carry a broker's load when it is away; waiting for disks counts here, too.
    ...{ below: 40, looks: 3, silence: SILENCE.AS_BEFORE },
    meaning: 'a broker has been busy for more than 60 % of 15 minutes',
  },
  {
    heading: 'Client connections',
    severity: 'ticket',
    metric: cluster.metricClientConnections(),
    // 80 % of the 3,000 that a broker takes by IAM.
    ...{ above: 2_400, looks: 15, silence: SILENCE.AS_BEFORE },
    meaning: 'a broker has had more than 2,400 clients for 15 minutes: at 3,000 it refuses the next',
  },
];

const replicasAndDisks = (cluster: IKafkaCluster): OfCluster[] => [
  {
    heading: 'Offline partitions',
    severity: 'page',
    metric: cluster.metricOfflinePartitions(MINUTE),
    // With three replicas none is offline while a broker restarts; two minutes leave out an election.
    ...{ above: 0, looks: 2, silence: SILENCE.AS_BEFORE },
    meaning: 'partitions have no leader: nothing is written to them or read from them',
  },
  {
    heading: 'Partitions under min ISR',
    severity: 'page',
    metric: cluster.metricUnderMinIsr(MINUTE),
    // Not reached by the restart of one broker in three: two replicas are away.
    ...{ above: 0, looks: 3, silence: SILENCE.AS_BEFORE },
    meaning: 'partitions have one replica in sync: they refuse events, and what they have hangs on one disk',
  },
  {
    heading: 'Under-replicated partitions',
    severity: 'ticket',
    metric: cluster.metricUnderReplicated(FIVE_MINUTES),
    // Every maintenance of MSK restarts brokers one by one, each for minutes.
    ...{ above: 0, looks: 3, silence: SILENCE.AS_BEFORE },
    meaning: 'partitions have had a replica too few for 15 minutes: one more broker away, and they refuse events',
  },
  {
    heading: 'Broker disk',
    severity: 'page',
    metric: cluster.metricDiskUsed(FIVE_MINUTES),
    // AWS's own threshold. Disks grow at 60 %: at 85 % they could not, or not fast enough.
    ...{ above: 85, looks: 1, silence: SILENCE.AS_BEFORE },
    meaning: 'the disk of a broker is 85 % full: full, the broker stops',
  },
  {
    heading: 'Traffic shaped',
    severity: 'ticket',
    metric: cluster.metricTrafficShaped(FIVE_MINUTES),
    ...{ above: 0, looks: 3, silence: SILENCE.ALL_IS_WELL },
    meaning:
      "brokers have needed more than their network for 15 minutes: events are spilled that it doesn't carry in time",
  },
];
