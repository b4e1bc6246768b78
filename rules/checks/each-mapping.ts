import { isOnKafka, Mapping, MAPPING } from '../reading/mappings';
import type { Read } from '../reading/value';
import { forEach, judge, type Expectation, type Judge, type Place, type Subjects } from './rule';

/** Where mappings on Kafka are judged: each by itself, at one of its lines. */

/** Judges every mapping on Kafka. */
export const forEachMapping = (judge: Judge<Mapping>): Subjects =>
  forEach(MAPPING, (resource, graph) => (isOnKafka(resource) ? judge(new Mapping(resource, graph), graph) : []));

export const at = ({ resource }: Mapping, property: string): Place => ({ resource, property });

/** A mapping keeps its consumer group in one of two places. */
export const atGroup = (mapping: Mapping): Place =>
  at(
    mapping,
    `${mapping.clusterArn.kind === 'absent' ? 'Self' : 'Amazon'}ManagedKafkaEventSourceConfig.ConsumerGroupId`,
  );

/** One verdict for each mapping, about one of its properties. */
export const eachMapping = <T>(property: string, read: (mapping: Mapping) => Read<T>, want: Expectation<T>): Subjects =>
  forEachMapping((mapping) => judge(at(mapping, property), read(mapping), want));

export const DESTINATION = 'DestinationConfig.OnFailure.Destination';
