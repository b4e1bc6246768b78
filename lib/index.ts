export { KafkaCluster, type KafkaClusterProps } from './cluster';
export { EventConsumer, type EventConsumerOptions, type EventConsumerProps } from './consumer';
export { DeadLetters, type DeadLettersProps } from './dead-letters';
export { BrokerType, type IKafkaCluster, type KafkaClusterAttributes } from './existing-cluster';
export { IngestFunction, type IngestFunctionProps } from './ingest';
export { EventPipeline, type EventPipelineProps } from './pipeline';
export { EventProducer, type EventProducerOptions, type EventProducerProps } from './producer';
export { SpillStore, type SpillStoreProps } from './spill';
export { KafkaTopic, type IKafkaTopic, type KafkaTopicAttributes, type KafkaTopicProps } from './topic';
