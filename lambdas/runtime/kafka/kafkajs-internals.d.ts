declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: {
    readonly prototype: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void };
  };
  export default RequestQueue;
}

// kafkajs reads a topic for members of a group alone. What they are made of reads it by partition and offset.

declare module 'kafkajs/src/cluster/index.js' {
  import type { KafkaConfig } from 'kafkajs';
  import type { Request, Response } from 'kafkajs/src/protocol/request.js';

  export interface ClusterBroker {
    connect(): Promise<void>;
    /** Its connections, one of which is for fetches alone. */
    readonly connectionPool: {
      send<T>(protocol: { readonly request: Request; readonly response: Response<T> }): Promise<T>;
    };
  }
  export default class Cluster {
    constructor(
      options: Omit<KafkaConfig, 'logLevel'> & {
        readonly logger: unknown;
        readonly enforceRequestTimeout: boolean;
        readonly allowAutoTopicCreation: boolean;
        readonly metadataMaxAge: number;
        /** 1: of transactions only what is committed. */
        readonly isolationLevel: 0 | 1;
      },
    );
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadata(): Promise<void>;
    findTopicPartitionMetadata(topic: string): { readonly partitionId: number; readonly leader: number }[];
    findBroker(of: { readonly nodeId: number | string }): Promise<ClusterBroker>;
    fetchTopicsOffset(
      topics: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number }[];
        readonly fromBeginning: boolean;
      }[],
    ): Promise<{ readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]>;
  }
}

declare module 'kafkajs/src/protocol/request.js' {
  export interface Request {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<unknown>;
  }
  export interface Response<T> {
    readonly decode: (raw: Buffer) => Promise<T>;
    readonly parse: (decoded: T) => Promise<T>;
  }
}

declare module 'kafkajs/src/protocol/requests/fetch/v4/request.js' {
  import type { Request } from 'kafkajs/src/protocol/request.js';
  const request: (of: {
    readonly replicaId: -1;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: 0 | 1;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: number;
        readonly maxBytes: number;
      }[];
    }[];
  }) => Request;
  export default request;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
    readInt16(): number;
    readInt32(): number;
    readInt64(): { toString(): string };
    readString(): string;
    readBytes(bytes: number): Buffer;
    readArray<T>(read: (decoder: Decoder) => T): T[];
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';

  export interface DecodedRecord {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | null | readonly (Buffer | null)[]>>;
    readonly isControlRecord: boolean;
    readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
  }
  const decode: (decoder: Decoder) => Promise<{ readonly records: readonly DecodedRecord[] }>;
  export default decode;
}

declare module 'kafkajs/src/consumer/filterAbortedMessages.js' {
  import type { DecodedRecord } from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
  const filter: (of: {
    readonly messages: readonly DecodedRecord[];
    readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  }) => readonly DecodedRecord[];
  export default filter;
}

declare module 'kafkajs/src/protocol/error.js' {
  export const createErrorFromCode: (code: number) => Error;
}

declare module 'kafkajs/src/loggers/index.js' {
  export const createLogger: (of: { readonly level: number; readonly logCreator: () => () => void }) => unknown;
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { ISocketFactory } from 'kafkajs';
  const socketFactory: () => ISocketFactory;
  export default socketFactory;
}
