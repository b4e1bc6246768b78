import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { ConfigResourceTypes, Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { BROKERS_VARIABLE, INSTRUCTION, topicOf, type BrokersVariable, type MappingName, type Outgoing } from './wire';

export type SenderRequest =
  /** Sends these as one batch, to partition 0 of the mapping's topic. */
  | { readonly send: readonly Outgoing[]; readonly mapping: MappingName }
  /** Asks the brokers for a setting of the mapping's topic. */
  | { readonly describe: string; readonly mapping: MappingName };

/** Runs beside the brokers, where the script cannot be. */
export async function handler(request: SenderRequest): Promise<string | undefined> {
  const kafka = new Kafka(config(JSON.parse(process.env[BROKERS_VARIABLE] ?? '{}') as BrokersVariable));
  const topic = topicOf(request.mapping);
  return 'send' in request ? send(kafka, topic, request.send) : describe(kafka, topic, request.describe);
}

async function send(kafka: Kafka, topic: string, records: readonly Outgoing[]): Promise<undefined> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    const messages = records.map(({ instruction, key, value, timestamp }) => ({
      ...{ key, value, partition: 0, timestamp: timestamp === undefined ? undefined : String(timestamp) },
      headers: { [INSTRUCTION]: JSON.stringify(instruction) },
    }));
    await producer.send({ topic, acks: -1, messages });
  } finally {
    await producer.disconnect();
  }
}

async function describe(kafka: Kafka, topic: string, name: string): Promise<string | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] };
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
  } finally {
    await admin.disconnect();
  }
}

function config({ brokers, authentication }: BrokersVariable): KafkaConfig {
  const client = { clientId: 'probe', brokers: brokers.split(','), logLevel: logLevel.ERROR };
  if (authentication === 'none') return client;
  const region = process.env['AWS_REGION'] ?? '';
  const token = async () => ({ value: (await generateAuthToken({ region })).token });
  return { ...client, ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: token } };
}
