import type { CanaryEnvironment, CanaryOutcome } from '../contract';
import { canaryEnvironments, type Variables } from '../contract/environment';
import { dynamoDbTransactions } from '../stores/dynamodb';
import { lambdaCaller, type FunctionCaller } from '../stores/function-caller';
import type { Transactions } from '../stores/tables';
import { systemClock, type Clock } from '../time/clock';
import { errorFields, powertoolsLog, withFields, type Log } from '../watching/log';
import { emfCanary } from '../watching/metrics';
import { roundsBack } from './newest';
import { roundAt, roundName } from './rounds';
import { sendCanaries } from './send';

/** What sends canaries, so that it can be run without Lambda. */
export interface CanaryDeps {
  readonly variables: Variables;
  readonly clock: Clock;
  readonly log: Log;
  readonly transactions: Pick<Transactions, 'readMany'>;
  readonly functions: FunctionCaller;
  /** @default - CloudWatch's embedded metric format */
  readonly tell: (by: { readonly topic: string; readonly group: string }, ageSeconds: number) => void;
}

/** Ages that were told, by topic and consumer group. */
export type CanaryAges = readonly { readonly topic: string; readonly group: string; readonly ageSeconds: number }[];

/**
 * Handler that sends a round of canaries through the door of each topic, and tells how old the latest one is that each consumer group has
 * settled (decision 0070).
 *
 * It rejects after all groups when a round could not be sent, or a table did not answer. Of a group of which nothing is known nothing is told.
 */
export function canary(given: Partial<CanaryDeps> = {}): () => Promise<CanaryAges> {
  let made: CanaryDeps | undefined;
  /** Partitions of each topic as they were told last: a door that fails is the very time to look at what came before. */
  const known = new Map<string, number>();
  return async () => {
    const deps = (made ??= depsOf(given));
    const ages: CanaryAges[number][] = [];
    const failures: unknown[] = [];
    for (const environment of canaryEnvironments(deps.variables)) {
      const { topic, ingest, periodMs, groups } = environment;
      const roundMs = roundAt(deps.clock.now(), periodMs);
      const failed = (what: string, error: unknown, more = {}) => {
        failures.push(error);
        deps.log.error(what, { topic, ...more, error: errorFields(error, true) });
      };
      try {
        const { partitions, canaries } = await sendCanaries(ingest, roundName(roundMs), deps.functions);
        known.set(ingest, partitions);
        tellRefused(environment, canaries, deps.log);
      } catch (error) {
        failed('canaries not sent', error);
      }
      const partitions = known.get(ingest);
      if (partitions === undefined) continue;
      for (const each of groups) {
        const of = { topic, group: each.group };
        try {
          const back = await roundsBack(environment, each, { roundMs, partitions }, deps.transactions);
          const ageSeconds = Math.max(0, Math.round((deps.clock.now() - roundMs + back * periodMs) / 1_000));
          deps.tell(of, ageSeconds);
          ages.push({ ...of, ageSeconds });
        } catch (error) {
          failed('canaries not looked for', error, of);
        }
      }
    }
    if (failures.length > 0) throw failures[0];
    return ages;
  };
}

function tellRefused({ topic }: CanaryEnvironment, canaries: readonly CanaryOutcome[], log: Log): void {
  const refused = canaries.filter(({ outcome }) => outcome === 'rejected' || outcome === 'unknown');
  if (refused.length > 0) log.warn('canaries not accepted', { topic, refused });
}

function depsOf(given: Partial<CanaryDeps>): CanaryDeps {
  const variables = given.variables ?? process.env;
  return {
    ...{ variables, clock: given.clock ?? systemClock, tell: given.tell ?? emfCanary },
    log: withFields(given.log ?? powertoolsLog(variables), {}),
    transactions: given.transactions ?? dynamoDbTransactions(),
    functions: given.functions ?? lambdaCaller(),
  };
}
