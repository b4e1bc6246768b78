import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbTransactions } from '../lambdas/runtime/stores/dynamodb';
import type { Transactions } from '../lambdas/runtime/stores/tables';
import { stateOf } from '../lambdas/runtime/ledger/item';
import { parkUpToUpdate } from '../lambdas/runtime/ledger/park-up-to';
import { consent } from './consent';
import { explained } from './breaker-errors';
import { asJson, asTable, told, type PartitionLedger } from './breaker-report';
import { ledgersOf as ledgersIn } from './breaker-ledgers';
import type { BreakerOptions } from './breaker-options';

export interface ParkUpToOptions extends BreakerOptions {
  readonly partition: number;
  readonly offset: number;
  readonly yes?: boolean;
}

/** What a command touches beside the table. */
export interface Surroundings {
  readonly transactions: Transactions;
  readonly print: (text: string) => void;
  /** Resolves to whether a person said yes; undefined where there is nobody to ask. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
  readonly now: () => number;
}

/** Exit codes: 0 done, 1 nothing was written or the table did not answer, 2 nobody was there to say yes. */
export type ExitCode = 0 | 1 | 2;

/** Prints what the circuit breaker of every partition, or of one, knows. */
export async function breakerStatus(options: BreakerOptions, around: Surroundings): Promise<ExitCode> {
  const ledgers = await ledgersOf(options, around);
  if (ledgers.length === 0) throw noLedger(options);
  around.print(options.json ? asJson(ledgers) : asTable(ledgers, options));
  return 0;
}

/** Says up to which offset of one partition what fails is parked although its circuit breaker is open. Asks first. */
export async function breakerParkUpTo(options: ParkUpToOptions, around: Surroundings): Promise<ExitCode> {
  const [before] = await ledgersOf(options, around);
  if (!before) throw noLedger(options);
  const { topic, partition, group, offset } = options;
  const question = `${told(before, options)}\nPark what fails of ${topic}-${partition} up to offset ${offset}, for the group ${group}?`;
  const instead = 'look at `breaker status` and add --yes';
  const go = await consent({ question, nothing: 'nothing was written', instead }, options, around);
  if (go !== true) return go;
  const said = { offset, nowMs: around.now() };
  const outcome = await around.transactions.update(parkUpToUpdate(options, options.table, said));
  switch (outcome.kind) {
    case 'written': {
      const after = { partition, state: stateOf(outcome.item, around.now()) };
      around.print(options.json ? asJson([after]) : `${told(after, options)}\n`);
      return 0;
    }
    case 'not met':
      throw noLedger(options);
    case 'invalid':
    case 'refused':
    case 'busy':
    case 'unknown':
      throw explained(new Error(outcome.detail), options);
  }
}

const ledgersOf = (options: BreakerOptions, around: Surroundings): Promise<PartitionLedger[]> =>
  ledgersIn(options, around).catch((error: unknown) => {
    throw explained(error, options);
  });

function noLedger({ table, cluster, group, topic, partition }: BreakerOptions): Error {
  const what = partition === undefined ? topic : `${topic}-${partition}`;
  return new Error(
    `ledger of ${what}: got none in ${table} for the group ${group} on ${cluster}, want one; either nothing was delivered yet, ` +
      'or a name is wrong: all of them are in the environment of the consumer function (LOSSLESS_CONSUMER_…)',
  );
}

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\/?$/;

/** The table in the account that the SDK finds, or behind an endpoint; one on loopback takes any credentials. */
export function tableAt({ endpoint, region }: Pick<BreakerOptions, 'endpoint' | 'region'>): Transactions {
  const isLocal = endpoint !== undefined && LOOPBACK.test(endpoint);
  return dynamoDbTransactions(
    new DynamoDBClient({
      ...(endpoint !== undefined && { endpoint }),
      ...(region !== undefined && { region }),
      ...(isLocal && {
        region: region ?? 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      }),
    }),
  );
}
