import type { AuditedGroup, AuditEnvironment, StatusAnswer } from '../contract';
import { auditEnvironments, type Variables } from '../contract/environment';
import { LosslessError } from '../contract/errors';
import { openOffsets, type Offsets } from '../kafka/offsets';
import { dynamoDbTransactions } from '../stores/dynamodb';
import type { ObjectStore } from '../stores/object-store';
import { s3ObjectStore } from '../stores/s3-object-store';
import type { Transactions } from '../stores/tables';
import { STORE_ANSWER_MS, timedObjectStore } from '../stores/timed-object-store';
import { systemClock, type Clock } from '../time/clock';
import { inWords } from '../time/within';
import { errorFields, powertoolsLog, withFields, type Log } from '../watching/log';
import { emfAudit, type Audited } from '../watching/metrics';
import { auditGroup, type GroupDeps } from './group';
import { statusOfGroup } from './status';

/** What an audit is made of, so that it can be run without Lambda. */
export interface AuditDeps {
  readonly variables: Variables;
  readonly clock: Clock;
  readonly log: Log;
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly offsets: (environment: AuditEnvironment) => Promise<Offsets>;
  /** @default - CloudWatch's embedded metric format */
  readonly tell: GroupDeps['tell'];
}

/** What was found, by topic and consumer group. */
export type AuditAnswer = readonly (Audited & { readonly topic: string; readonly group: string })[];

/**
 * Handler of the audit: holds committed offsets, logs, on-failure buckets and ledgers against each other, and tells
 * what it finds as metrics (decision 0065). Invoked with `{ "accept": "why" }` it audits from behind what is unaccounted now; with
 * `{ "status": true }` it answers what it reads, and that is all.
 *
 * An audit rejects after all groups when one could not be audited; of that one nothing is told. A status names it.
 */
export function audit(given: Partial<AuditDeps> = {}): (event: unknown) => Promise<AuditAnswer | StatusAnswer> {
  let made: AuditDeps | undefined;
  return async (event) => {
    const deps = (made ??= depsOf(given));
    if (isStatus(event)) return status(deps);
    const why = reasonIn(event);
    const { found, failures } = await eachGroup(deps, (environment, group, offsets) =>
      auditGroup(environment, group, { ...deps, offsets }, why),
    );
    if (failures.length > 0) throw failures[0]!.error;
    return found.map(({ topic, group, value }) => ({ topic, group, ...value }));
  };
}

async function status(deps: AuditDeps): Promise<StatusAnswer> {
  const { found, failures } = await eachGroup(deps, (environment, group, offsets) =>
    statusOfGroup(environment, group, { ...deps, offsets }),
  );
  return {
    groups: found.map(({ value }) => value),
    failed: failures.map(({ topic, group, error }) => ({ topic, group, detail: inWords(error) })),
  };
}

interface Of {
  readonly topic: string;
  readonly group: string;
}

/** Reads every group of every topic, one after the other: what one does not answer is no matter of the others. */
async function eachGroup<T>(
  { variables, offsets, log }: AuditDeps,
  read: (environment: AuditEnvironment, group: AuditedGroup, offsets: Offsets) => Promise<T>,
) {
  const found: (Of & { readonly value: T })[] = [];
  const failures: (Of & { readonly error: unknown })[] = [];
  for (const environment of auditEnvironments(variables)) {
    const opening = offsets(environment);
    for (const each of environment.groups) {
      const of = { topic: environment.topic, group: each.group };
      try {
        found.push({ ...of, value: await read(environment, each, await opening) });
      } catch (error) {
        failures.push({ ...of, error });
        log.error('not audited', { ...of, error: errorFields(error, true) });
      }
    }
    // One that was never opened has been told of.
    await opening.then((opened) => opened.close(), () => undefined); // prettier-ignore
  }
  return { found, failures };
}

function depsOf(given: Partial<AuditDeps>): AuditDeps {
  const variables = given.variables ?? process.env;
  const clock = given.clock ?? systemClock;
  return {
    ...{ variables, clock, tell: given.tell ?? emfAudit },
    log: withFields(given.log ?? powertoolsLog(variables), {}),
    transactions: given.transactions ?? dynamoDbTransactions(),
    objects: timedObjectStore(given.objects ?? s3ObjectStore(), clock, () => STORE_ANSWER_MS),
    offsets:
      given.offsets ??
      (({ topic, ...environment }) => openOffsets(topic, { environment, clock, region: variables.AWS_REGION })),
  };
}

const isStatus = (event: unknown): boolean => (Object(event) as { readonly status?: unknown }).status === true;

/** @throws LosslessError INVALID_ARGUMENT for an acceptance without a reason */
function reasonIn(event: unknown): string | undefined {
  const accept = (Object(event) as { readonly accept?: unknown }).accept;
  if (accept === undefined) return undefined;
  if (typeof accept === 'string' && accept.trim() !== '') return accept;
  throw new LosslessError(
    'INVALID_ARGUMENT',
    `accept: got ${JSON.stringify(accept)}, want why the events that are unaccounted now are accepted, in words; nothing was accepted`,
  );
}
