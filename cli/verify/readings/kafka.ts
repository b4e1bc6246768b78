import type { Cluster } from '@aws-sdk/client-kafka';
import type { Deployed } from '../deployed';
import { isMap } from '../deployed-values';
import type { Drift } from '../drift';
import { drift, each, type Look, type Reading, type Seen } from '../reading';
import { ruled } from '../ruled';

export const clusters: Reading = each(async (of, look) => {
  const said = await look.ask(of, 'kafka:DescribeClusterV2', { ClusterArn: of.physicalId });
  if (said.kind === 'none') return 'gone';
  const cluster = said.kind === 'said' ? said.value.ClusterInfo : undefined;
  if (!cluster) return [];
  const configured = await configurationOf(of, cluster, look);
  return [
    { of, properties: propertiesOf(of, cluster), drifts: [...stateOf(of, cluster), ...configured.drifts] },
    ...configured.seen,
  ];
});

function propertiesOf(of: Deployed, { Provisioned: provisioned }: Cluster): Record<string, unknown> {
  if (!provisioned) return {};
  const { BrokerNodeGroupInfo: nodes, EncryptionInfo: encryption, CurrentBrokerSoftwareInfo: software } = provisioned;
  return {
    BrokerNodeGroupInfo: {
      ...(Object(of.properties['BrokerNodeGroupInfo']) as object),
      InstanceType: nodes?.InstanceType,
      ClientSubnets: nodes?.ClientSubnets,
      SecurityGroups: nodes?.SecurityGroups,
      ...(nodes?.ConnectivityInfo?.PublicAccess && {
        ConnectivityInfo: { PublicAccess: nodes.ConnectivityInfo.PublicAccess },
      }),
    },
    ClientAuthentication: provisioned.ClientAuthentication,
    EncryptionInfo: encryption && {
      ...(encryption.EncryptionAtRest && { EncryptionAtRest: encryption.EncryptionAtRest }),
      EncryptionInTransit: encryption.EncryptionInTransit,
    },
    KafkaVersion: software?.KafkaVersion,
    NumberOfBrokerNodes: provisioned.NumberOfBrokerNodes,
    StorageMode: provisioned.StorageMode,
    ...(software?.ConfigurationArn === undefined && { ConfigurationInfo: undefined }),
  };
}

/** What brokers run with is said of the configuration that the template gives them, whichever it is. */
async function configurationOf(
  of: Deployed,
  { Provisioned: provisioned }: Cluster,
  { ask, find }: Look,
): Promise<{ readonly seen: readonly Seen[]; readonly drifts: readonly Drift[] }> {
  const { ConfigurationArn: arn, ConfigurationRevision: Revision } = provisioned?.CurrentBrokerSoftwareInfo ?? {};
  const meant = Object(of.stack.values.meaningOf(of.properties['ConfigurationInfo'])) as { readonly Arn?: string };
  const written = find(meant.Arn ?? '');
  if (arn === undefined || Revision === undefined || !written) return { seen: [], drifts: [] };
  const inUse = await ask(written, 'kafka:DescribeConfigurationRevision', { Arn: arn, Revision });
  const text = inUse.kind === 'said' ? inUse.value.ServerProperties : undefined;
  const ServerProperties = text === undefined ? undefined : Buffer.from(text).toString('utf8');
  const seen = ServerProperties === undefined ? [] : [{ of: written, properties: { ServerProperties } }];
  const newest = await ask(written, 'kafka:DescribeConfiguration', { Arn: written.physicalId });
  if (newest.kind === 'none') return { seen, drifts: [] };
  const latest = newest.kind === 'said' ? newest.value.LatestRevision?.Revision : undefined;
  if (arn === written.physicalId && (latest === undefined || latest === Revision)) return { seen, drifts: [] };
  const told = {
    of,
    property: 'ConfigurationInfo',
    found: `revision ${Revision} of ${arn}`,
    wanted: `revision ${latest ?? 'the newest'} of ${written.physicalId}`,
    fix: `give them what the template means: aws kafka update-cluster-configuration --cluster-arn ${of.physicalId} --configuration-info Arn=${written.physicalId},Revision=${latest ?? '<revision>'} --current-version <version>`,
  };
  return { seen, drifts: [ruled('LK107', told)] };
}

/** In others MSK is at work, and brokers serve. */
const BROKEN = ['CREATING', 'DELETING', 'FAILED'];

function stateOf(of: Deployed, { State, StateInfo: info }: Cluster): Drift[] {
  if (State === undefined || !BROKEN.includes(State)) return [];
  const found = info?.Message === undefined ? State : `${State}: ${info.Message}`;
  return [
    drift('LK802', {
      of,
      property: 'State',
      found,
      wanted: 'ACTIVE',
      fix: 'open a case with AWS Support; what the cluster holds is kept while nobody deletes it',
    }),
  ];
}

export const topics: Reading = each(async (of, look) => {
  const { ClusterArn, TopicName } = of.stack.values.meaningOf(of.properties) as {
    ClusterArn: string;
    TopicName: string;
  };
  const said = await look.ask(of, 'kafka:DescribeTopic', { ClusterArn, TopicName });
  if (said.kind === 'none') return 'gone';
  if (said.kind === 'unseen') return [];
  const { ReplicationFactor, PartitionCount, Configs, Status } = said.value;
  const drifts =
    Status === 'DELETING'
      ? [
          drift('LK802', {
            of,
            property: 'Status',
            found: Status,
            wanted: 'ACTIVE',
            fix: 'stop the producers; what was spilled is replayed once the topic is there again',
          }),
        ]
      : [];
  return [{ of, properties: { ReplicationFactor, PartitionCount, ...configsOf(of, Configs, look) }, drifts }];
});

/** What the template says of a topic's settings is held against them; those of the brokers may be among them. */
function configsOf(of: Deployed, said: string | undefined, { unseen }: Look): Record<string, unknown> {
  if (said === undefined) return {};
  const now = settingsIn(said);
  if (!now) {
    unseen(
      of,
      'kafka:DescribeTopic answered settings that are neither lines nor JSON; ask the brokers (kafka-configs.sh)',
    );
    return {};
  }
  const meant = of.stack.values.meaningOf(of.properties['Configs']);
  const wanted = typeof meant === 'string' ? (settingsIn(meant) ?? []) : [];
  if (wanted.every((line) => now.includes(line))) return {};
  return { Configs: Buffer.from(now.map((line) => `${line}\n`).join('')).toString('base64') };
}

/** Behind base64, `name=value` each. How MSK writes them no page says: lines, as it takes them, or JSON. */
function settingsIn(base64: string): string[] | undefined {
  const text = Buffer.from(base64, 'base64').toString('utf8').trim();
  if (text.startsWith('{')) {
    const parsed: unknown = JSON.parse(text);
    return Object.entries(isMap(parsed) ? parsed : {}).map(([name, value]) => `${name}=${String(value)}`);
  }
  const lines = text.split('\n').map((line) => line.trim().replace(/\s*=\s*/, '='));
  const settings = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return settings.every((line) => /^[\w.]+=/.test(line)) ? settings : undefined;
}
