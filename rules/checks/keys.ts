import type { Graph, Resource } from '../reading/graph';
import { BUCKET, isEventBucket, isIdempotencyTable, keyOf, TABLES, texts } from './holdings';
import { CLUSTER } from '../reading/kafka';
import { mappingsOf, SECRET, secretsOf } from '../reading/mappings';
import { forEach, judge, type Rule, type Verdict } from './rule';
import { ASSOCIATION } from './ways-in';

/** Keys that encrypt events or passwords, and cannot be used by anybody. Who may use those that can is a matter of rights. */

const KEY = 'AWS::KMS::Key';

const HOLDERS = [CLUSTER, 'AWS::SQS::Queue', BUCKET, SECRET, ...TABLES];

function isNeeded(graph: Graph, holder: Resource): boolean {
  if (holder.type === BUCKET) return isEventBucket(graph, holder);
  if (holder.type === SECRET) return isPassword(graph, holder);
  return TABLES.some((type) => type === holder.type) ? isIdempotencyTable(graph, holder) : true;
}

/** Pollers come in with it, or ask a registry of schemas; or brokers know a user by it. */
const isPassword = (graph: Graph, secret: Resource): boolean =>
  mappingsOf(graph).some(({ resource }) => secretsOf(resource).some((uri) => graph.means(uri, secret))) ||
  graph.ofType(ASSOCIATION).some((each) => texts(each.at('SecretArnList')).some((text) => graph.means(text, secret)));

/** The key that a holder names by its ARN, its id or an alias. */
function keyNamed(graph: Graph, holder: Resource): Resource | undefined {
  const text = keyOf(holder).text();
  if (text.kind !== 'known') return undefined;
  const found = graph.find(text.value, KEY, 'AWS::KMS::Alias');
  if (found?.type !== 'AWS::KMS::Alias') return found;
  const target = found.at('TargetKeyId').text();
  return target.kind === 'known' ? graph.find(target.value, KEY) : undefined;
}

function judgeKey(key: Resource, graph: Graph): Verdict[] {
  const encrypts = (holder: Resource) => keyNamed(graph, holder) === key && isNeeded(graph, holder);
  if (!graph.ofType(...HOLDERS).some(encrypts)) return [];
  const at = (property: string) => ({ resource: key, property });
  const only = (value: string) => ({ want: value, ok: (text: string) => text === value, byDefault: value });
  return [
    judge(at('Enabled'), key.at('Enabled').boolean(), { want: 'true', ok: Boolean, byDefault: true }),
    judge(at('KeySpec'), key.at('KeySpec').string(), only('SYMMETRIC_DEFAULT')),
    judge(at('KeyUsage'), key.at('KeyUsage').string(), only('ENCRYPT_DECRYPT')),
  ];
}

export const KEY_RULES: readonly Rule[] = [
  {
    code: 'LK506',
    name: 'key-out-of-use',
    severity: 'error',
    why: 'what the key encrypts can be neither written nor read: parked and spilled events have no place to go, brokers stop, and who comes in by a password stays out',
    fix: {
      cdk: 'leave enabled, keySpec and keyUsage of the Key out',
      cloudFormation: 'remove Enabled: false, KeySpec and KeyUsage of the AWS::KMS::Key',
    },
    source: 'https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html',
    check: forEach(KEY, judgeKey),
  },
];
