import { count, counted } from '../../faults/report/numbers';
import type { TopicParts } from '../deployed/parts';
import type { Finding, GroupStatus, PartitionStatus, Status, TopicStatus, Verdict } from './model';
import { span } from './words';

/** Partitions that are shown. */
const WORST = 10;
/** As its alarm: replay sends what is spilled within minutes, while it can. */
const SPILLED_SECONDS = 3_600;
/** Clocks are never quite equal. */
const SKEW_MS = 60_000;

type Read = Pick<Status, 'topics' | 'alarms' | 'at'>;

/** What is wrong, the worst first. @param parts - of these topics, for the commands */
export function findingsIn({ topics, alarms, at }: Read, parts: readonly TopicParts[], stacks: readonly string[]): Finding[] {
  const found = topics.flatMap((topic) => [
    ...topic.groups.flatMap((group) => groupFindings(topic, group, parts)),
    ...bucketFindings(topic, stacks, Date.parse(at)),
  ]);
  const ringing = alarms?.ringing.length ?? 0;
  if (ringing > 0) found.push({ when: 'now', what: `${counted(ringing, 'alarm')} ${ringing === 1 ? 'rings' : 'ring'}`, next: 'docs/runbook.md, by the headings below' });
  return [...found.filter(({ when }) => when === 'now'), ...found.filter(({ when }) => when === 'later')];
} // prettier-ignore

export function verdictOf({ findings, notRead }: Pick<Status, 'findings' | 'notRead'>): Verdict {
  if (findings.some(({ when }) => when === 'now')) return 'at risk';
  return notRead.length > 0 ? 'not known' : 'well';
}

function groupFindings({ cluster, topic, retentionSeconds }: TopicStatus, status: GroupStatus, parts: readonly TopicParts[]): Finding[] {
  const { group, log, mapping, breakers } = status;
  const found: Finding[] = [];
  const now = (what: string, next: string) => found.push({ when: 'now', what: `${group}: ${what}`, next });
  if (log !== undefined && log.unaccounted > 0) {
    now(`${counted(log.unaccounted, 'event')} unaccounted: neither settled nor waiting anywhere`, 'docs/runbook.md#unaccounted-events');
  }
  const left = log?.untilRetentionSeconds;
  if (left !== undefined && retentionSeconds !== undefined && left < retentionSeconds / 3) {
    now(left === 0 ? 'retention may take an unsettled event at any moment' : `retention takes the oldest unsettled event in ${span(left)}`, 'docs/runbook.md#retention-runs-out');
  }
  if (mapping !== undefined && mapping.state !== 'Enabled') {
    const next = mapping.uuid === '' ? 'deploy the stack of the consumer again' : `aws lambda get-event-source-mapping --uuid ${mapping.uuid}`;
    now(`its mapping is ${mapping.state.toLowerCase()}, so nothing is delivered`, next);
  } else if (/^PROBLEM/.test(mapping?.lastResult ?? '')) {
    now(`its mapping cannot deliver: ${mapping?.lastResult}`, `aws lambda get-event-source-mapping --uuid ${mapping?.uuid}`);
  }
  if (breakers !== undefined && breakers.open > 0) {
    const table = parts.find((each) => each.cluster === cluster && each.topic === topic)?.groups.find((each) => each.group === group)?.table;
    now(
      `circuit breaker open in ${count(breakers.open)} of ${counted(breakers.partitions, 'partition')}: what fails is held`,
      `npx cdk-lossless-kafka breaker status --table ${table} --cluster ${cluster} --group ${group} --topic ${topic}`,
    );
  }
  if (log !== undefined && log.givenUp > 0) {
    found.push({ when: 'later', what: `${group}: ${counted(log.givenUp, 'batch', 'batches')} given up by the mapping, kept whole, waiting for unpack`, next: 'docs/runbook.md#events-given-up' });
  }
  return found;
} // prettier-ignore

function bucketFindings({ topic, groups, spilled, unsent }: TopicStatus, stacks: readonly string[], nowMs: number): Finding[] {
  const found: Finding[] = [];
  const spilledAge = ageIn(spilled?.oldestAt, nowMs);
  if (spilledAge > SPILLED_SECONDS) {
    found.push({ when: 'now', what: `${topic}: events have been spilled for ${span(spilledAge)}: replay does not get them out`, next: 'docs/runbook.md#spilled-events-wait' });
  }
  const parked = groups.reduce((all, { deadLetters }) => all + (deadLetters?.objects ?? 0), unsent?.objects ?? 0);
  if (parked > 0) {
    found.push({ when: 'later', what: `${topic}: ${counted(parked, 'parked event')} ${parked === 1 ? 'waits' : 'wait'} for a person`, next: `npx cdk-lossless-kafka dead-letters list --stack ${stacks.join(' ')}` });
  }
  const newest = [spilled, unsent, ...groups.map(({ deadLetters }) => deadLetters)].map((each) => Date.parse(each?.newestAt ?? ''));
  const ahead = Math.max(0, ...newest.filter(Number.isFinite)) - nowMs;
  if (ahead > SKEW_MS) {
    found.push({ when: 'later', what: `the clock of this machine is ${span(ahead / 1_000)} behind that of S3: ages are wrong by that`, next: 'set the clock' });
  }
  return found;
} // prettier-ignore

const ageIn = (at: string | undefined, nowMs: number): number =>
  at === undefined ? 0 : (nowMs - Date.parse(at)) / 1_000;

/** The worst of all partitions: lost events first, then held ones, then those that wait the longest, and the most. */
export const worstOf = (partitions: readonly PartitionStatus[]): PartitionStatus[] =>
  partitions
    .filter(({ unaccounted, breakerOpen, waiting }) => unaccounted > 0 || breakerOpen === true || waiting > 0)
    .sort(
      (a, b) =>
        b.unaccounted - a.unaccounted ||
        Number(b.breakerOpen ?? false) - Number(a.breakerOpen ?? false) ||
        (b.oldestSeconds ?? -1) - (a.oldestSeconds ?? -1) ||
        b.waiting - a.waiting,
    )
    .slice(0, WORST);
