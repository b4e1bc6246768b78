import { parkedFolder, spillFolder, type GroupReading } from '../../lambdas/runtime/contract';
import { isOpen } from '../../lambdas/runtime/ledger/breaker-budget';
import { ledgersOf } from '../breaker-ledgers';
import type { Deployed } from '../deployed/clients';
import type { Mapping } from '../deployed/mappings';
import { notRead, type NotRead } from '../deployed/not-read';
import type { GroupParts, TopicParts } from '../deployed/parts';
import { readingsOf } from './audit';
import type { AlarmsStatus, GroupStatus, LogStatus, PartitionStatus, TopicStatus, Waiting } from './model';
import { waitingIn } from './waiting';

export interface ReadDeps extends Omit<Deployed, 'stack'> {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What was read of a topic, and what was not. */
export interface TopicRead {
  readonly status: TopicStatus;
  readonly partitions: readonly PartitionStatus[];
  readonly notRead: readonly NotRead[];
}

/** Actions of IAM that each question takes. */
export const TAKES = {
  audit: ['lambda:InvokeFunction'],
  mappings: ['lambda:ListEventSourceMappings'],
  breakers: ['dynamodb:BatchGetItem', 'kms:Decrypt'],
  bucket: ['s3:ListBucket'],
  alarms: ['cloudformation:ListStackResources', 'cloudwatch:DescribeAlarms'],
} as const;

/** Answers, or undefined with a word on why there is none: the rest goes on. */
type Try = <T>(what: string, takes: keyof typeof TAKES, ask: () => Promise<T>) => Promise<T | undefined>;

/** What lies in a bucket; undefined: it is not known. */
type List = (what: string, bucket: string | undefined, folder: string) => Promise<Waiting | undefined>;

function trying(missing: NotRead[]): Try {
  return async (what, takes, ask) => {
    try {
      return await ask();
    } catch (error) {
      missing.push(notRead(what, TAKES[takes], error));
      return undefined;
    }
  };
}

/** Reads all of a topic at once. Never rejects. */
export async function readTopic(parts: TopicParts, deps: ReadDeps): Promise<TopicRead> {
  const missing: NotRead[] = [];
  const attempt = trying(missing);
  const { cluster, topic, spill, unsent, audit } = parts;
  const list: List = async (what, bucket, folder) => {
    if (bucket !== undefined) return attempt(what, 'bucket', () => waitingIn(deps.store, bucket, folder, deps.now()));
    missing.push({ what, why: 'no output of these stacks names its bucket', fix: 'deploy with this version, or name the stack of the pipeline, too' }); // prettier-ignore
    return undefined;
  };
  const [readings, mappings, spilled, letters, groups] = await Promise.all([
    offsetsOf(parts, missing, attempt, deps),
    attempt(`mappings of ${topic}`, 'mappings', () => deps.mappingsOf(cluster)),
    list(`spill store of ${topic}`, spill, spillFolder(cluster, topic)),
    list(`dead letters of what never reached ${topic}`, unsent, parkedFolder(cluster, '-', topic)),
    Promise.all(parts.groups.map((group) => storesOf(parts, group, { attempt, deps, list }))),
  ]);
  const whole = groups.map(({ own, open }) => joined(own, open, { parts, readings, mappings }));
  return {
    status: {
      ...{ cluster, topic, retentionSeconds: audit?.retentionSeconds, spilled, unsent: letters },
      groups: whole.map(({ status }) => status),
    },
    partitions: whole.flatMap(({ partitions }) => partitions),
    notRead: missing,
  };
}

async function offsetsOf({ topic, audit }: TopicParts, missing: NotRead[], attempt: Try, deps: ReadDeps) {
  if (audit === undefined) {
    missing.push({ what: `offsets of ${topic}`, why: 'no function of these stacks audits it', fix: 'leave `audit: false` out, or name the stack with its EventAudit, too' }); // prettier-ignore
    return undefined;
  }
  const answer = await attempt(`offsets of ${topic}, by function ${audit.audit}`, 'audit', () => readingsOf(audit.audit, deps)); // prettier-ignore
  for (const each of answer?.failed ?? []) {
    missing.push({ what: `offsets of ${each.topic} for ${each.group}`, why: each.detail, fix: "look at the brokers, and at the audit function's log" }); // prettier-ignore
  }
  return answer?.groups;
}

interface Stores {
  readonly own: GroupStatus;
  /** Partitions whose breaker is open. @default - they could not be read */
  readonly open?: ReadonlySet<number>;
}

async function storesOf(
  { cluster, topic }: TopicParts,
  { group, table, deadLetters: bucket }: GroupParts,
  { attempt, deps, list }: { attempt: Try; deps: ReadDeps; list: List },
): Promise<Stores> {
  const [deadLetters, ledgers] = await Promise.all([
    list(`dead letters of ${group}`, bucket, parkedFolder(cluster, group, topic)),
    attempt(`circuit breakers of ${group}, table ${table}`, 'breakers', () => ledgersOf({ table, cluster, group, topic }, deps)), // prettier-ignore
  ]);
  if (ledgers === undefined) return { own: { group, deadLetters } };
  const open = new Set(ledgers.filter(({ state }) => state.codes.slice(-1).some(isOpen)).map(({ partition }) => partition)); // prettier-ignore
  return { own: { group, deadLetters, breakers: { partitions: ledgers.length, open: open.size } }, open };
}

function joined(
  own: GroupStatus,
  open: ReadonlySet<number> | undefined,
  { parts, readings, mappings }: { parts: TopicParts; readings?: readonly GroupReading[]; mappings?: readonly Mapping[] },
): { readonly status: GroupStatus; readonly partitions: readonly PartitionStatus[] } {
  const { topic, audit } = parts;
  const { group } = own;
  const reading = readings?.find((each) => each.topic === topic && each.group === group);
  const found = mappings?.find((each) => each.topic === topic && each.group === group);
  const mapping = found && { uuid: found.uuid, state: found.state, lastResult: found.lastResult };
  return {
    status: { ...own, mapping: mappings && (mapping ?? { uuid: '', state: 'Missing' }), log: reading && logOf(reading, audit?.retentionSeconds) },
    partitions: (reading?.partitions ?? []).map((each) => ({ topic, group, ...each, breakerOpen: open?.has(each.partition) })),
  };
} // prettier-ignore

/** An age is told to an eighth, and as nothing below a minute: this is the most that it may be. */
const atMost = (seconds: number): number => (seconds === 0 ? 60 : Math.ceil(seconds * 1.125));

function logOf({ partitions, onFailure }: GroupReading, retentionSeconds: number | undefined): LogStatus {
  const sum = (of: 'waiting' | 'unaccounted') => partitions.reduce((all, each) => all + each[of], 0);
  const ages = partitions.flatMap(({ oldestSeconds }) => oldestSeconds ?? []);
  const oldestSeconds = ages.length === 0 ? undefined : ages.reduce((a, b) => Math.max(a, b));
  return {
    ...{ partitions: partitions.length, waiting: sum('waiting'), unaccounted: sum('unaccounted'), givenUp: onFailure },
    ...(oldestSeconds !== undefined && { oldestSeconds }),
    ...(oldestSeconds !== undefined &&
      retentionSeconds !== undefined && {
        untilRetentionSeconds: Math.max(0, retentionSeconds - atMost(oldestSeconds)),
      }),
  };
}

/** Which alarms of these stacks ring. Never rejects. */
export async function readAlarms(
  stacks: readonly string[],
  { resourcesOf, ringing }: Pick<ReadDeps, 'resourcesOf' | 'ringing'>,
): Promise<{ readonly alarms?: AlarmsStatus; readonly notRead: readonly NotRead[] }> {
  const missing: NotRead[] = [];
  const alarms = await trying(missing)('alarms', 'alarms', async () => {
    const resources = (await Promise.all(stacks.map(resourcesOf))).flat();
    const names = resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm').map(({ id }) => id);
    const found = names.length === 0 ? [] : await ringing(names);
    return {
      known: names.length,
      ringing: [...found]
        .sort((a, b) => b.sinceMs - a.sinceMs)
        .map(({ name, description, sinceMs, reason }) => ({ name, since: new Date(sinceMs).toISOString(), description, reason })), // prettier-ignore
    };
  });
  return { alarms, notRead: missing };
}
