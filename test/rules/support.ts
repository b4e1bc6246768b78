import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingsOf, parseTemplate, type Finding } from '../../rules';

/** A template of test/rules/shapes, parsed; a fresh copy each time, to be changed at will. */
export const shape = (name: string): Template => structuredClone(parsed(name)) as Template;

export const SHAPES = ['plain.yaml', 'serverless.yaml', 'self-managed.yaml', 'express.json'] as const;

interface Template {
  Resources: Record<string, Record<string, unknown>>;
  [section: string]: unknown;
}

const cache = new Map<string, unknown>();
function parsed(name: string): unknown {
  if (!cache.has(name)) cache.set(name, parseTemplate(readFileSync(join(__dirname, 'shapes', name), 'utf8')));
  return cache.get(name);
}

/** One edit: `['Cluster.NumberOfBrokerNodes', 2]`; undefined removes; a path with `!` starts beside the properties. */
export type Edit = readonly [path: string, value: unknown];

export function edited(name: string, ...edits: readonly Edit[]): Template {
  const template = shape(name);
  // Copies, as a later edit may change what an earlier one has put in.
  for (const [path, value] of structuredClone(edits)) {
    const [id = '', ...rest] = path.split(/[.!]/);
    const keys = path.includes('!') ? rest : ['Properties', ...rest];
    let at: Record<string, unknown> = (template.Resources[id] ??= {});
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    const last = keys.at(-1) ?? '';
    if (path.indexOf('.') < 0 && path.indexOf('!') < 0) template.Resources[id] = value as Record<string, unknown>;
    else if (value === undefined) delete at[last];
    else at[last] = value;
    if (template.Resources[id] === undefined) delete template.Resources[id];
  }
  return template;
}

/** `error`, `warning` or `undecided` for each finding of the rule, each once. */
export function answers(template: unknown, code: string): string[] {
  const found = findingsOf(template).filter((finding) => finding.code === code);
  return [...new Set(found.map(answer))];
}

const answer = ({ status, severity }: Finding): string => (status === 'undecided' ? 'undecided' : severity);

/** A value that only a deploy knows. */
export const TOKEN = { Ref: 'Open' };

const CLUSTER_SETTINGS = {
  'default.replication.factor': '3',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'auto.create.topics.enable': 'false',
};
const TOPIC_SETTINGS = {
  'message.timestamp.type': 'LogAppendTime',
  'retention.ms': '604800000',
};

type Settings = Readonly<Record<string, string | undefined>>;

const lines = (settings: Settings): string =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** The cluster's settings of plain.yaml as a text, some changed, some left out. */
export const brokerSettings = (changed: Settings): string => lines({ ...CLUSTER_SETTINGS, ...changed });

export const brokers = (changed: Settings): Edit => ['Configuration.ServerProperties', brokerSettings(changed)];
/** The same with something in it that only a deploy knows. */
export const brokersWithToken = (name: string): Edit => [
  'Configuration.ServerProperties',
  { 'Fn::Sub': brokerSettings({ [name]: '${Open}' }) },
];
export const topic = (changed: Settings): Edit => [
  'Topic.Configs',
  { 'Fn::Base64': lines({ ...TOPIC_SETTINGS, ...changed }) },
];
export const topicWithToken = (name: string): Edit => [
  'Topic.Configs',
  { 'Fn::Base64': { 'Fn::Sub': lines({ ...TOPIC_SETTINGS, [name]: '${Open}' }) } },
];

/** The variable of plain.yaml's producer or consumer, some fields changed, some left out. */
export function variable(part: 'PRODUCER_Shop' | 'CONSUMER_Billing', changed: Readonly<Record<string, unknown>>): Edit {
  const [handler = ''] = part.split('_').slice(1);
  const path = `${handler}.Environment.Variables.LOSSLESS_${part}`;
  const written = shape('plain.yaml').Resources[handler]?.['Properties'] as {
    Environment: { Variables: Record<string, { 'Fn::Sub': string }> };
  };
  const fields = JSON.parse(written.Environment.Variables[`LOSSLESS_${part}`]?.['Fn::Sub'] ?? '{}') as object;
  return [path, { 'Fn::Sub': JSON.stringify({ ...fields, ...changed }) }];
}
