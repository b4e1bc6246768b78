import { Candidates } from './candidates';
import { perGraph, type Graph, type Resource } from './graph';
import { CLUSTER, SERVERLESS_CLUSTER, topicNamed } from './kafka';
import { UNSAID_TIMEOUT_SECONDS } from './lambda-limits';
import { shown, split } from './symbols';
import { ABSENT, certainly, known, map, or, then, unknown, type Read } from './value';

/** Event source mappings on Kafka, and where their lines lead. */

export const MAPPING = 'AWS::Lambda::EventSourceMapping';
/** Where a mapping says what Kafka alone has. */
const KAFKA_CONFIGS = ['AmazonManagedKafkaEventSourceConfig', 'SelfManagedKafkaEventSourceConfig'];

/** A mapping on Kafka: each line is read as it is asked for. */
export class Mapping {
  constructor(
    readonly resource: Resource,
    private readonly graph: Graph,
  ) {}

  /** ARN of an MSK cluster; absent for a self-managed one. */
  get clusterArn(): Read<string> {
    return this.resource.at('EventSourceArn').text();
  }

  /** The cluster, where it is in the template. */
  get cluster(): Resource | undefined {
    const { clusterArn, graph } = this;
    return clusterArn.kind === 'known' ? graph.find(clusterArn.value, CLUSTER, SERVERLESS_CLUSTER) : undefined;
  }

  get topics(): Read<readonly string[]> {
    return then(this.resource.at('Topics').list(), (topics) => {
      const texts = topics.map((topic) => topic.text());
      const names = texts.flatMap((text) => (text.kind === 'known' ? [text.value] : []));
      return names.length === texts.length ? known(names) : unknown('a topic of the mapping is no text');
    });
  }

  /** The function behind the mapping, past aliases and versions. */
  get handler(): Read<Resource> {
    return then(this.resource.at('FunctionName').text(), (text) => functionNamed(this.graph, text));
  }

  get group(): Read<string> {
    return KAFKA_CONFIGS.reduce<Read<string>>(
      (found, config) => or(found, () => this.resource.at(`${config}.ConsumerGroupId`).text()),
      ABSENT,
    );
  }

  get destination(): Read<string> {
    return this.resource.at('DestinationConfig.OnFailure.Destination').text();
  }
}

/** Every mapping on Kafka, in the template's order. */
export const mappingsOf = perGraph(
  (graph): Candidates<Mapping> =>
    new Candidates(
      graph.everyOfType(MAPPING).map((resource) => new Mapping(resource, graph)),
      ({ resource }) => resource.isThere && isOnKafka(resource),
    ),
);

export function isOnKafka(resource: Resource): boolean {
  const configured = ['Topics', 'SelfManagedEventSource', 'AmazonManagedKafkaEventSourceConfig'];
  return (
    configured.some((name) => resource.at(name).raw !== undefined) ||
    certainly(resource.at('EventSourceArn').text(), (arn) => arn.includes(':kafka:'))
  );
}

/** The function that a name, an ARN, an alias or a version means. */
export function functionNamed(graph: Graph, text: string, hops = 3): Read<Resource> {
  const found = graph.find(text, 'AWS::Lambda::Function') ?? graph.find(unqualified(text), 'AWS::Lambda::Function');
  if (found) return known(found);
  const other = graph.find(text, 'AWS::Lambda::Alias', 'AWS::Lambda::Version');
  if (other && hops > 0) return then(other.at('FunctionName').text(), (name) => functionNamed(graph, name, hops - 1));
  return unknown(`function ${shown(text)} is not in the template`);
}

/** Without the alias or version; `<account>:function:<name>` means a function as its name does. */
function unqualified(text: string): string {
  const parts = split(':', text) ?? [text];
  if (parts[0] === 'arn') return parts.slice(0, 7).join(':');
  return parts[parts.indexOf('function') + 1] ?? text;
}

/** Seconds; absent means Lambda's default of 3. */
export const timeoutOf = (mapping: Mapping): Read<number> =>
  then(mapping.handler, (handler) => or(handler.at('Timeout').number(), () => known(UNSAID_TIMEOUT_SECONDS)));

export type Destination = 's3' | 'sqs' | 'sns' | 'kafka';

/** What kind of destination the mapping has. */
export const destinationKind = (mapping: Mapping): Read<Destination> =>
  then(mapping.destination, (text) => {
    if (text.startsWith('kafka://')) return known('kafka');
    const service = /^arn:[^:]*:(s3|sqs|sns):/.exec(text)?.[1];
    return service ? known(service as Destination) : unknown(`destination ${shown(text)} is known only at deploy`);
  });

/** Name of the topic of a Kafka destination. */
export const destinationTopic = (mapping: Mapping): Read<string> =>
  then(mapping.destination, (text) => (text.startsWith('kafka://') ? known(text.slice('kafka://'.length)) : ABSENT));

/** The mapping's topics that are in the template. */
export const topicsOf = (graph: Graph, mapping: Mapping): Resource[] =>
  mapping.topics.kind === 'known'
    ? mapping.topics.value.flatMap((name) => {
        const topic = topicNamed(graph, name, mapping.clusterArn);
        return topic ? [topic] : [];
      })
    : [];

/** Retry limit; absent for none said or −1, which Lambda takes for the same. */
export const retriesOf = ({ resource }: Mapping): Read<number> => limit(resource.at('MaximumRetryAttempts').number());
/** Record age limit in seconds; absent for none said or −1. */
export const ageLimitOf = ({ resource }: Mapping): Read<number> =>
  limit(resource.at('MaximumRecordAgeInSeconds').number());

const limit = (read: Read<number>): Read<number> => (read.kind === 'known' && read.value < 0 ? ABSENT : read);

/** How pollers prove who they are; Lambda takes IAM where the mapping names no secret. */
export type MappingAuthentication = 'iam' | 'scram' | 'tls' | 'none';

const SECRETS: Readonly<Record<string, MappingAuthentication>> = {
  SASL_SCRAM_512_AUTH: 'scram',
  SASL_SCRAM_256_AUTH: 'scram',
  BASIC_AUTH: 'scram',
  CLIENT_CERTIFICATE_TLS_AUTH: 'tls',
};

/** One of the ways in, subnets and groups that a mapping names in `SourceAccessConfigurations`. */
export interface SourceAccess {
  readonly type: Read<string>;
  readonly uri: Read<string>;
}

/** Those of the types that are asked for. */
export function sourceAccessOf(mapping: Resource, isAsked: (type: string) => boolean): SourceAccess[] {
  const list = mapping.at('SourceAccessConfigurations').list();
  if (list.kind !== 'known') return [];
  return list.value
    .map((each) => ({ type: each.at('Type').string(), uri: each.at('URI').text() }))
    .filter(({ type }) => certainly(type, isAsked));
}

export const SECRET = 'AWS::SecretsManager::Secret';

/** Secrets that pollers read: to come in to a cluster, and to ask a registry of schemas that is not AWS Glue's. */
export const secretsOf = (mapping: Resource): Read<string>[] => [
  ...sourceAccessOf(mapping, (type) => /_AUTH$|CERTIFICATE/.test(type)).map(({ uri }) => uri),
  ...KAFKA_CONFIGS.flatMap((config) => {
    const list = mapping.at(`${config}.SchemaRegistryConfig.AccessConfigs`).list();
    if (list.kind === 'unknown') return [unknown(list.why)];
    return list.kind === 'absent' ? [] : list.value.map((access) => access.at('URI').text());
  }),
];

export function authenticationOf({ resource, cluster, clusterArn }: Mapping): Read<MappingAuthentication> {
  const secrets = or(resource.at('SourceAccessConfigurations').list(), () => known([]));
  return then(secrets, (configurations) => {
    const types = configurations.map((each) => each.at('Type').string());
    const doubt = types.find((type) => type.kind === 'unknown');
    if (doubt) return doubt;
    for (const type of types) {
      const named = type.kind === 'known' && Object.hasOwn(SECRETS, type.value) ? SECRETS[type.value] : undefined;
      if (named) return known(named);
    }
    if (clusterArn.kind === 'absent') return known('none');
    if (cluster?.type === SERVERLESS_CLUSTER) return known('iam');
    if (!cluster) return unknown('how the cluster lets clients in is not in the template');
    const iam = cluster.at('ClientAuthentication.Sasl.Iam.Enabled').boolean();
    return map(
      or(iam, () => known(false)),
      (enabled) => (enabled ? 'iam' : 'none'),
    );
  });
}
