import type { ObjectStore, Transactions } from '../../lambdas/runtime';
import { kafkajsPort } from '../../lambdas/runtime/kafka/kafkajs';
import type { TopicReader } from '../../lambdas/runtime/kafka/topic-reader';
import type { KafkaPort } from '../../lambdas/runtime';
import { expireItems } from '../dynamodb/ttl';
import { tablesClient, type TableTrouble } from '../dynamodb/client';
import { MemoryTables } from '../dynamodb/memory-tables';
import { Cluster } from '../kafka/cluster';
import { OFFSETS_TOPIC } from '../kafka/group';
import { simulatedKafkajs, type Home } from '../kafka/kafkajs';
import { simulatedReader } from '../kafka/reader';
import type { Chances } from '../kernel/chances';
import type { Scheduler } from '../kernel/scheduler';
import { SeededTroubles } from '../kernel/troubles';
import type { LambdaTrouble } from '../lambda/function';
import { CUSTOMERS, ORDERS } from '../load/orders';
import type { MappingTrouble } from '../mapping/member';
import { Link, type LinkTrouble } from '../network/link';
import { objectsClient, type ObjectTrouble } from '../s3/client';
import { MemoryObjects } from '../s3/memory-objects';
import { Unreadable } from '../s3/unreadable';
import { Counted } from '../watching/counted';
import { CountingLog } from '../watching/counting-log';
import { TableTally } from '../watching/table-tally';
import { BUCKETS, onFailureOf, producerOf, tableOf, TOPIC } from './names';
import type { Settings } from './settings';

export type ScheduleTrouble =
  /** EventBridge wakes a function twice for one time. @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html */
  'woken-twice';

/** What stands around the functions. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly chances: Chances;
  readonly cluster: Cluster;
  readonly tables: MemoryTables;
  readonly buckets: ReadonlyMap<string, MemoryObjects>;
  readonly unreadable: Unreadable;
  readonly links: Links;
  readonly troubles: AllTroubles;
  readonly log: CountingLog;
  readonly counted: Counted;
  readonly tally: TableTally;
  /** Clients as a function has them. */
  transactionsOf(home: Home): Transactions;
  objectsOf(home: Home): ObjectStore;
  /** `onReplaced` hears of each client that is given up after a failure. */
  kafkaOf(home: Home, onReplaced?: () => void): KafkaPort;
  readerOf(home: Home): TopicReader;
}

export interface Links {
  readonly dynamodb: Link;
  readonly s3: Link;
  readonly payments: Link;
  /** By the id of the broker. */
  readonly brokers: ReadonlyMap<number, Link>;
}

export interface AllTroubles {
  readonly tables: SeededTroubles<TableTrouble>;
  readonly objects: SeededTroubles<ObjectTrouble>;
  readonly ingest: SeededTroubles<LambdaTrouble>;
  readonly consumers: SeededTroubles<LambdaTrouble>;
  readonly sweepers: SeededTroubles<LambdaTrouble>;
  readonly mapping: SeededTroubles<MappingTrouble>;
  readonly schedules: SeededTroubles<ScheduleTrouble>;
  readonly toTables: SeededTroubles<LinkTrouble>;
  readonly toObjects: SeededTroubles<LinkTrouble>;
  readonly toPayments: SeededTroubles<LinkTrouble>;
  readonly toBrokers: SeededTroubles<LinkTrouble>;
}

const IN_VPC = [0.3, 1.5] as const;
const TO_SERVICE = [1, 6] as const;

export function surroundings(
  scheduler: Scheduler,
  chances: Chances,
  settings: Settings,
  groups: readonly string[],
): Surroundings {
  const trouble = <Name extends string>(part: string) => new SeededTroubles<Name>(chances(`troubles of ${part}`));
  const troubles: AllTroubles = {
    ...{ tables: trouble('tables'), objects: trouble('objects'), mapping: trouble('mapping') },
    ...{ ingest: trouble('ingest'), consumers: trouble('consumers'), sweepers: trouble('sweepers') },
    schedules: trouble('schedules'),
    ...{ toTables: trouble('the way to tables'), toObjects: trouble('the way to objects') },
    ...{ toPayments: trouble('the way to payments'), toBrokers: trouble('the way to brokers') },
  };
  const link = (name: string, of: SeededTroubles<LinkTrouble>, latencyMs: readonly [number, number]) =>
    new Link({
      ...{ scheduler, chance: chances(`link ${name}`), troubles: of },
      latencyMs: [latencyMs[0], latencyMs[1] * settings.slower],
    });
  const topics = {
    [TOPIC]: { partitions: settings.partitions, maxMessageBytes: 1_000_000 },
    [OFFSETS_TOPIC]: { partitions: groups.length, maxMessageBytes: 1_000_000 },
  };
  const cluster = new Cluster({ scheduler, chances, topics });
  const links: Links = {
    dynamodb: link('dynamodb', troubles.toTables, TO_SERVICE),
    s3: link('s3', troubles.toObjects, TO_SERVICE),
    payments: link('payments', troubles.toPayments, TO_SERVICE),
    brokers: new Map(cluster.brokers.map(({ id }) => [id, link(`broker ${id}`, troubles.toBrokers, IN_VPC)])),
  };
  const ofGroups = Object.fromEntries(groups.map((group) => [tableOf(group), 'key']));
  const tables = new MemoryTables({ ...ofGroups, [ORDERS]: 'id', [CUSTOMERS]: 'id' }, scheduler, () => 1, false);
  for (const group of groups)
    expireItems(tables, tableOf(group), { scheduler, chance: chances(`ttl of ${group}`), lagMs: settings.ttlLagMs });
  const linkTo = (broker: number) => links.brokers.get(broker)!;
  const names = [...Object.values(BUCKETS), ...groups.map(onFailureOf)];
  const buckets = new Map(names.map((name) => [name, new MemoryObjects(scheduler, settings.page)]));
  const unreadable = new Unreadable();
  const log = new CountingLog();
  const [counted, tally] = [new Counted(), new TableTally()];
  return {
    ...{ scheduler, chances, cluster, tables, buckets, unreadable, links, troubles, log, counted, tally },
    transactionsOf: (home) =>
      tally.watch(tablesClient({ tables, home, link: links.dynamodb, troubles: troubles.tables })),
    objectsOf: (home) => objectsClient({ buckets, unreadable, home, link: links.s3, troubles: troubles.objects }),
    kafkaOf: (home, onReplaced) =>
      kafkajsPort({
        ...{ environment: producerOf(settings), clock: home.clock },
        warn: (line) => log.warn(line),
        onReplaced,
        kafkajs: simulatedKafkajs({ cluster, home, linkTo }),
      }),
    readerOf: (home) => simulatedReader({ cluster, home, linkTo }),
  };
}
