import { parkUpToUpdate } from '../../lambdas/runtime/ledger/park-up-to';
import type { Fault } from '../faults/fault';
import { BEGINNING } from '../kernel/trace';
import type { Pipeline } from '../pipeline';
import type { ConsumerGroup } from '../pipeline/consumer-group';
import { CLUSTER, tableOf, TOPIC } from '../pipeline/names';

/** Somebody deletes a mapping, and makes it anew with the same group. */
export const mappingRecreated: Fault = {
  name: 'mapping-recreated',
  lastsMs: [1_000, 60_000],
  strike: ({ consumers }, chance) => {
    const consumer = chance.oneOf(consumers);
    if (consumer.pollers.length === 0) return undefined;
    consumer.remove();
    return { what: `the mapping of ${consumer.name} was deleted and made anew`, heal: () => consumer.start() };
  },
};

/** Somebody says of each partition of a group that what fails of all that lies there may be parked. */
export function sayParkUpTo(pipeline: Pipeline, { name: group }: ConsumerGroup): void {
  const { around, scheduler } = pipeline;
  pipeline.hasWord = true;
  for (const each of around.cluster.partitions(TOPIC)) {
    const of = { cluster: CLUSTER, group, topic: TOPIC, partition: each.number };
    const said = { offset: each.committed().high - 1, nowMs: Math.floor(BEGINNING + scheduler.now) };
    void around.tables.update(parkUpToUpdate(of, tableOf(group), said));
  }
}

/** It is said while all is well. Not while good events fail. */
export const parkUpTo: Fault = {
  name: 'park-up-to',
  lastsMs: [1_000, 2_000],
  strike: (pipeline, chance) => {
    if (!pipeline.releases.isGood) return undefined;
    const consumer = chance.oneOf(pipeline.consumers);
    sayParkUpTo(pipeline, consumer);
    return { what: `of ${consumer.name} what fails may be parked`, heal: () => undefined };
  },
};

/** The topic has one partition more. The order of a key across that moment is nobody's promise. */
export const partitionAdded: Fault = {
  name: 'partition-added',
  lastsMs: [60_000, 90_000],
  strike: ({ around: { cluster }, consumers }) => {
    const { length } = cluster.partitions(TOPIC);
    if (length >= 12) return undefined;
    cluster.addPartition(TOPIC);
    for (const { group } of consumers) group.rebalance();
    return { what: `there are ${length + 1} partitions`, heal: () => undefined };
  },
};

/** The retention deletes what every group has read. That it outlasts every outage is the promise of whoever sets it. */
export const retention: Fault = {
  name: 'retention',
  lastsMs: [1_000, 2_000],
  strike: ({ around: { cluster }, consumers }) => {
    const committed = consumers.map(({ group }) => group.committed());
    let records = 0;
    for (const partition of cluster.partitions(TOPIC)) {
      const read = Math.min(...committed.map((each) => each.get(partition.number) ?? 0));
      records += partition.expire(read);
    }
    return records === 0 ? undefined : { what: `${records} records were deleted`, heal: () => undefined };
  },
};

/** Milliseconds between two looks of a broker at what is too old. */
const CHECK_MS = 5_000;

/**
 * A retention that is shorter than an outage takes what nobody has read: that is outside what is promised, and all else is not. Not
 * where events are sent back: of those it takes nobody could say which of their records was promised what.
 */
export const shortRetention: Fault = {
  name: 'retention-too-short',
  lastsMs: [20_000, 180_000],
  strike: (pipeline, chance) => {
    if (pipeline.sendsBack) return undefined;
    pipeline.keepsShort = true;
    const { around: { cluster }, consumers, scheduler } = pipeline; // prettier-ignore
    const keepsMs = chance.oneOf([2_000, 10_000, 30_000]);
    const look = () => {
      for (const partition of cluster.partitions(TOPIC)) {
        const from = partition.committed().start;
        const to = from + partition.expire(partition.firstSince(BEGINNING + scheduler.now - keepsMs));
        for (const consumer of consumers) consumer.gone(partition.number, from, to);
      }
      end = scheduler.after(CHECK_MS, look);
    };
    let end = scheduler.after(CHECK_MS, look);
    return { what: `records are kept for ${keepsMs} ms`, heal: () => end() };
  },
};
