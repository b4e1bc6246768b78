import type { Fault } from './fault';
import { kafkaFaults } from './kafka';
import { mappingFaults } from './mapping';
import { commitFaults, dynamodbFaults, lambdaFaults, networkFaults, s3Faults } from './rates';

export type { Fault, Struck } from './fault';

/** Every fault that a run may draw. */
export const FAULTS: readonly Fault[] = [
  ...kafkaFaults,
  ...networkFaults,
  ...mappingFaults,
  ...commitFaults,
  ...lambdaFaults,
  ...dynamodbFaults,
  ...s3Faults,
];
