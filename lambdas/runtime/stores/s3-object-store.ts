import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { LosslessError } from '../contract/errors';
import type { Listed, ObjectStore } from './object-store';

/**
 * Short, so that a hanging connection costs one try and not the invocation: three tries fit into the time a producer
 * keeps for its spill.
 */
const CLIENT: S3ClientConfig = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

/** S3 as an `ObjectStore`. Nothing is opened before the first call. Endpoint and region come from the SDK's environment. */
export function s3ObjectStore(client: Pick<S3Client, 'send'> = new S3Client(CLIENT)): ObjectStore {
  return {
    putIfAbsent: async (bucket, name, body) => {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: name,
        Body: body,
        ContentType: 'application/json',
        IfNoneMatch: '*',
      });
      try {
        await client.send(command);
        return 'written';
      } catch (error) {
        if (answer(error).status === 412) return 'exists';
        throw failure(`put of s3://${bucket}/${name}`, error);
      }
    },

    get: async (bucket, name, abortSignal) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }), { abortSignal });
        // The SDK's own signal ends with the headers: a body that stops half-way would be held for ever.
        const letGo = () => Body !== undefined && 'destroy' in Body && Body.destroy();
        abortSignal?.addEventListener('abort', letGo);
        return await Body?.transformToString();
      } catch (error) {
        // A missing bucket is also a 404, and no empty store.
        if (answer(error).name === 'NoSuchKey') return undefined;
        throw failure(`get of s3://${bucket}/${name}`, error);
      }
    },

    list: (bucket, prefix) => listed(client, bucket, prefix),

    delete: async (bucket, name) => {
      try {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: name }));
      } catch (error) {
        throw failure(`delete of s3://${bucket}/${name}`, error);
      }
    },
  };
}

async function* listed(client: Pick<S3Client, 'send'>, bucket: string, prefix: string): AsyncIterable<Listed> {
  let ContinuationToken: string | undefined;
  do {
    const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken });
    const page = await client.send(command).catch((error: unknown) => {
      throw failure(`list of s3://${bucket}/${prefix}`, error);
    });
    for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
      if (Key !== undefined) yield { name: Key, bytes: Size, putAtMs: LastModified?.getTime() };
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** S3's own answer inside an SDK error; `status` is undefined when none arrived. */
function answer(error: unknown): { name: string; status?: number; attempts?: number } {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number; attempts?: number } };
  return { name: name ?? 'Error', status: $metadata?.httpStatusCode, attempts: $metadata?.attempts };
}

/** Answers that are no refusal: a timeout, a conflict with another writer, throttling. */
const TRY_AGAIN = new Set([408, 409, 429]);

function failure(what: string, cause: unknown): LosslessError {
  const { name, status, attempts } = answer(cause);
  // After a retry inside the SDK the refusal answers the last try only; an earlier one may have been carried out.
  const refused = status !== undefined && status >= 400 && status < 500 && !TRY_AGAIN.has(status) && attempts === 1;
  return refused
    ? new LosslessError(
        'STORE_REFUSED',
        `${what}: got ${name} (${status}), want success; grant this function access to the bucket`,
        { cause },
      )
    : new LosslessError(
        'STORE_UNAVAILABLE',
        `${what}: got ${name}${status === undefined ? '' : ` (${status})`}, want success; it may have been carried out, try again`,
        { cause },
      );
}
