import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Failure } from './asynchronous';
import { localClient } from './stores';
import { queueUrl } from './template/identity';
import type { Destination } from './template/invoke-configs';

/** Puts what asynchronous invocations gave up into a queue or a bucket, as Lambda does. */
export function failureDestination(endpoints: { readonly sqs: string; readonly s3: string }) {
  const sqs = new SQSClient(localClient(endpoints.sqs));
  const s3 = new S3Client({ ...localClient(endpoints.s3), forcePathStyle: true });
  return {
    keep: async (destination: Destination, { record, functionId, requestId }: Failure): Promise<void> => {
      switch (destination.kind) {
        case 'queue': {
          const QueueUrl = queueUrl(destination.name, endpoints);
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: record }));
          return;
        }
        case 'bucket': {
          const Key = objectKey(functionId, requestId, new Date());
          await s3.send(new PutObjectCommand({ Bucket: destination.name, Key, Body: record, ContentType: 'application/json' })); // prettier-ignore
        }
      }
    },
    close: () => {
      sqs.destroy();
      s3.destroy();
    },
  };
}

/** Folder of asynchronous calls that Lambda gave up: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export const GIVEN_UP = 'aws/lambda/async/';

function objectKey(name: string, requestId: string, now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T');
  return `${GIVEN_UP}${name}/${day.replaceAll('-', '/')}/${day}T${time.slice(0, 8).replaceAll(':', '.')}-${requestId}`;
}
