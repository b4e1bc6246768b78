import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DeadLetter } from '../../lambdas/runtime/contract';
import { localClient } from '../../local/stores';
import type { Left } from '../left';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

export const alteredDeadLetter: Control = {
  name: 'altered-dead-letter',
  check: 'P5',
  describe: 'One bit of one parked event is turned over before anybody looks.',
  recipe: onPipeline({ tamper: alterOne }),
};

async function alterOne({ endpoints, buckets: { deadLetters: Bucket } }: Left): Promise<void> {
  const s3 = new S3Client({ ...localClient(endpoints.s3), forcePathStyle: true });
  try {
    const { Contents: [first] = [] } = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
    if (!first)
      throw new Error(`bucket ${Bucket}: got no dead letter, want one to alter; send an event that is parked`);
    const object = await s3.send(new GetObjectCommand({ Bucket, Key: first.Key }));
    const letter = JSON.parse((await object.Body?.transformToString()) ?? '') as DeadLetter;
    const value = Buffer.from(letter.value ?? '', 'base64');
    value[0] = (value[0] ?? 0) ^ 1;
    const altered = JSON.stringify({ ...letter, value: value.toString('base64') });
    await s3.send(new PutObjectCommand({ Bucket, Key: first.Key, Body: altered }));
  } finally {
    s3.destroy();
  }
}
