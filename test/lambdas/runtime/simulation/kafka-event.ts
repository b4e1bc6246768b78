import type { MSKEvent } from 'aws-lambda';

export const CLUSTER = 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/1-2-3';

/** One record as a test writes it. */
export interface Given {
  readonly partition?: number;
  readonly offset: number;
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  readonly key?: string | null;
  /** Text as it is, anything else as JSON; null is a tombstone. */
  readonly value?: unknown;
  readonly headers?: readonly (readonly [string, string])[];
  readonly timestamp?: number;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What the mapping hands over for these records of the topic `orders`. */
export function kafkaEvent(...given: readonly Given[]): MSKEvent {
  const records: Record<string, unknown[]> = {};
  for (const { partition = 0, offset, id, source = 'shop', type = 'order.placed', ...rest } of given) {
    const { key = null, value = {}, headers = [], timestamp = 1_700_000_000_000 } = rest;
    const attributes: (readonly [string, string])[] = id
      ? [
          ['ce_specversion', '1.0'],
          ['ce_id', id],
          ['ce_source', source],
          ['ce_type', type],
        ]
      : [];
    (records[`orders-${partition}`] ??= []).push({
      topic: 'orders',
      partition,
      offset,
      timestamp,
      timestampType: 'LOG_APPEND_TIME',
      key: key === null ? null : base64(key),
      value: value === null ? null : base64(typeof value === 'string' ? value : JSON.stringify(value)),
      headers: [...attributes, ...headers].map(([name, text]) => ({ [name]: [...Buffer.from(text)] })),
    });
  }
  return { eventSource: 'aws:kafka', eventSourceArn: CLUSTER, bootstrapServers: 'b-1:9098', records } as MSKEvent;
}
