/** Key, value and headers as Kafka stores them. Null is not empty, of a header neither. Header order and repeats are kept. */
export interface KafkaMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly KafkaHeader[];
}

export type KafkaHeader = readonly [name: string, value: Uint8Array | null];
