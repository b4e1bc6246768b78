import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { consumer, json } from 'cdk-lossless-kafka/runtime';
import { orderSchema } from '../billing';
import { troubleOf } from './trouble';

const s3 = new S3Client({ maxAttempts: 1, requestHandler: { requestTimeout: 5_000, throwOnRequestTimeout: true } });

/** Microseconds since 1970, so that calls have an order. */
const now = (): string => String(Math.round((performance.timeOrigin + performance.now()) * 1_000)).padStart(17, '0');

/** The other system takes every call and writes each down, a repeated one too: that it was repeated shows. */
export const handler = consumer({
  decode: json(orderSchema),
  concurrency: 10,
  call: async (order, { event, record, signal }) => {
    troubleOf(order, record);
    const { partition, offset } = record;
    const Key = [order.customer, event.id, partition, offset, now()].join('/');
    await s3.send(new PutObjectCommand({ Bucket: process.env['CALLS_BUCKET'], Key, Body: '' }), {
      abortSignal: signal,
    });
  },
});
