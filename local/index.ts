export { startLocalStack, type LocalStack, type LocalStackOptions } from './stack';
export { type LocalMapping, type MappingCounters } from './event-source-mapping';
export { DEFAULT_SWITCHES, type MappingSwitches } from './event-source-mapping/switches';
export { type LocalObservation, type Observer } from './observer';
export { type Around, type Deployed, type InvocationStats, type LocalFunction, type Outcome } from './function-host';
export { type Door } from './http-door';
export { type Broker, type Brokers } from './brokers';
export { type ClusterAdmin } from './cluster-admin';
export { type Named } from './template/named';
