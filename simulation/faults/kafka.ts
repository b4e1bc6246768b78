import type { Broker } from '../kafka/broker';
import type { Fault, Struck } from './fault';

/** Brokers, as long as none of them has been struck: faults of brokers do not add up. */
const sound = (brokers: readonly Broker[]): readonly Broker[] =>
  brokers.every((broker) => broker.isSound) ? brokers : [];

const broken = (broker: Broker, heal: () => void, how: string): Struck => ({ what: `broker ${broker.id} ${how}`, heal }); // prettier-ignore

export const brokerCrash: Fault = {
  name: 'broker-crash',
  lastsMs: [2_000, 60_000],
  strike: ({ around: { cluster } }, chance) => {
    const [broker] = chance.some(sound(cluster.brokers), 1);
    if (!broker) return undefined;
    broker.crash();
    return broken(broker, () => broker.restart(), 'crashed');
  },
};

export const brokerPause: Fault = {
  name: 'broker-pause',
  lastsMs: [2_000, 45_000],
  strike: ({ around: { cluster } }, chance) => {
    const [broker] = chance.some(sound(cluster.brokers), 1);
    if (!broker) return undefined;
    broker.pause();
    return broken(broker, () => broker.resume(), 'stood still');
  },
};

/** From everybody, from the other brokers and the controller, or from clients alone. */
export const brokerIsolated: Fault = {
  name: 'broker-isolated',
  lastsMs: [2_000, 45_000],
  strike: ({ around: { cluster } }, chance) => {
    const [broker] = chance.some(sound(cluster.brokers), 1);
    if (!broker) return undefined;
    const others = cluster.brokers.filter((other) => other !== broker).map(({ id }) => id);
    const peers = chance.oneOf([
      ['clients' as const, 'controller' as const, ...others],
      ['controller' as const, ...others],
      ['clients' as const],
      others,
    ]);
    broker.cutFrom(peers);
    return broken(broker, () => broker.join(), `was cut off from ${peers.join(', ')}`);
  },
};

export const twoBrokersDown: Fault = {
  name: 'two-brokers-down',
  lastsMs: [5_000, 60_000],
  strike: ({ around: { cluster } }, chance) => {
    const brokers = chance.some(sound(cluster.brokers), 2);
    if (brokers.length < 2) return undefined;
    for (const broker of brokers) broker.crash();
    return {
      what: `brokers ${brokers.map(({ id }) => id).join(' and ')} crashed`,
      heal: () => brokers.forEach((broker) => broker.restart()),
    };
  },
};

/** Of the brokers nothing is heard: longer than every deadline, so that what is published is spilled. */
export const kafkaAway: Fault = {
  name: 'kafka-away',
  lastsMs: [10_000, 90_000],
  strike: ({ around: { cluster } }) => {
    const brokers = sound(cluster.brokers);
    if (brokers.length === 0) return undefined;
    for (const broker of brokers) broker.cutFrom(['clients']);
    return { what: 'no client reached a broker', heal: () => brokers.forEach((broker) => broker.join()) };
  },
};

export const kafkaFaults: readonly Fault[] = [brokerCrash, brokerPause, brokerIsolated, twoBrokersDown, kafkaAway];
