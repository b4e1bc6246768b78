import type { Fault } from './fault';
import { kafkaFaults } from './kafka';
import { mappingFaults } from './mapping';
import { unreadableObjects } from './objects';
import { commitFaults, dynamodbFaults, lambdaFaults, networkFaults, s3Faults, scheduleFaults } from './rates';

export type { Fault, Struck } from './fault';

/** Every fault that a run may draw. */
export const FAULTS: readonly Fault[] = [
  ...kafkaFaults,
  ...networkFaults,
  ...mappingFaults,
  ...commitFaults,
  ...lambdaFaults,
  ...scheduleFaults,
  ...dynamodbFaults,
  ...s3Faults,
  unreadableObjects,
];
