import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';
import { mappingsAt } from '../deployed/mappings';
import { stackAt } from '../deployed/stack';
import type { ObjectVersions } from './erase';
import { explained } from './errors';
import type { PlaceOptions } from './options';
import type { Invoked, Surroundings } from './surroundings';

/** Milliseconds that a call of the replay function may take: its timeout, and a little. */
const INVOCATION_MS = 320_000;

/** The account that the SDK finds; `AWS_ENDPOINT_URL_S3` and its like lead elsewhere. Nothing is opened before the first call. */
export function clientsOf({
  region,
}: Pick<PlaceOptions, 'region'>): Pick<
  Surroundings,
  'store' | 'transactions' | 'versions' | 'caller' | 'outputsOf' | 'invoke' | 'groupsOf'
> {
  const where = region === undefined ? {} : { region };
  const lambda = new LambdaClient({
    ...where,
    // The command tries again by itself: it knows what a second call would do.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: INVOCATION_MS, throwOnRequestTimeout: true },
  });
  const s3 = new S3Client(where);
  return {
    store: s3ObjectStore(s3),
    versions: s3Versions(s3),
    caller: async () => {
      const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
      const { Arn } = await new STSClient(where).send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
        throw explained('who calls (--by says it too)', error);
      });
      if (Arn === undefined) throw new Error('who calls: got no ARN of AWS STS, want one; give --by');
      return Arn;
    },
    transactions: dynamoDbTransactions(new DynamoDBClient(where)),
    outputsOf: async (stack) => (await stackAt(where, stack)).outputs,
    invoke: async (functionName, payload) => invoked(lambda, functionName, payload),
    groupsOf: async (cluster, topic) =>
      (await mappingsAt(where, cluster)).filter((each) => each.topic === topic).map(({ group }) => group),
  };
}

export function s3Versions(s3: Pick<S3Client, 'send'>): ObjectVersions {
  return {
    of: async (bucket, name) => {
      const found: { readonly id: string; readonly isCurrent: boolean }[] = [];
      let at: { readonly KeyMarker?: string; readonly VersionIdMarker?: string } = {};
      for (let more = true; more;) {
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: name, ...at }));
        for (const { Key, VersionId, IsLatest } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
          if (Key === name && VersionId !== undefined) found.push({ id: VersionId, isCurrent: IsLatest === true });
        }
        at = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
        more = page.IsTruncated === true;
      }
      return found.sort((a, b) => Number(a.isCurrent) - Number(b.isCurrent)).map(({ id }) => id);
    },
    remove: async (bucket, name, version) => {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: name, VersionId: version }));
    },
  };
}

async function invoked(lambda: LambdaClient, functionName: string, payload: string): Promise<Invoked> {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: payload });
  const { FunctionError, Payload } = await lambda.send(command);
  const text = Payload === undefined ? '' : Buffer.from(Payload).toString('utf8');
  if (FunctionError === undefined) return { kind: 'answer', payload: text };
  const { errorType = FunctionError, errorMessage = '' } = errorIn(text);
  return { kind: 'error', type: errorType, message: errorMessage };
}

function errorIn(text: string): { readonly errorType?: string; readonly errorMessage?: string } {
  try {
    const { errorType, errorMessage } = Object(JSON.parse(text)) as Record<string, unknown>;
    const ofText = (value: unknown) => (typeof value === 'string' ? value : undefined);
    const message = ofText(errorMessage);
    // What kills a function has no type of its own everywhere: its message says it.
    return { errorType: ofText(errorType) ?? (message?.includes('timed out') ? 'Sandbox.Timedout' : undefined), errorMessage: message }; // prettier-ignore
  } catch {
    return { errorMessage: text.slice(0, 300) };
  }
}
