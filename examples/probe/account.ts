import { DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import {
  DeleteFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import {
  GetBucketPolicyCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { GivenUp, Place } from './scenarios';
import type { SenderRequest } from './sender';
import { INSTRUCTION, type Delivery, type Instruction, type MappingName } from './wire';

/** The stack's outputs, as `cdk deploy --outputs-file` writes them. */
export type Outputs = Readonly<Record<'Sender' | 'Table' | 'Configs' | 'S3Endpoint', string>> &
  Readonly<Record<`${MappingName}${'Bucket' | 'Recorder'}`, string>>;

/** Milliseconds after which a changed bucket policy or concurrency is taken to hold everywhere. */
const SETTLED_MS = 30_000;
const REFUSAL = 'Probe';

/** An account in which the stack is deployed. */
export function account(outputs: Outputs): Place & { close(): void } {
  const lambda = new LambdaClient({});
  const s3 = new S3Client({});
  const dynamodb = new DynamoDBClient({});
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    send: async (mapping, send) => void (await ask(lambda, outputs.Sender, { mapping, send })),
    topicSetting: async (mapping, describe) => {
      const answer: unknown = await ask(lambda, outputs.Sender, { mapping, describe });
      return typeof answer === 'string' ? answer : undefined;
    },
    deliveries: (run) => deliveries(dynamodb, outputs.Table, run),
    givenUp: (mapping, run) => givenUp(s3, outputs[`${mapping}Bucket`], run),
    throttle: async (mapping, on) => {
      const FunctionName = outputs[`${mapping}Recorder`];
      if (on) await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
      else await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
      if (on) await sleep(SETTLED_MS);
    },
    refuse: async (mapping, on) => {
      await refuse(s3, outputs[`${mapping}Bucket`], on);
      if (on) await sleep(SETTLED_MS);
    },
    now: () => Date.now(),
    sleep,
    close: () => [lambda, s3, dynamodb].forEach((client) => client.destroy()),
  };
}

async function ask(lambda: LambdaClient, FunctionName: string, request: SenderRequest): Promise<unknown> {
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(request) }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined)
    throw new Error(`${FunctionName}: got ${FunctionError} ${text}, want an answer; see its log`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** What the recorders wrote down in a run. */
export async function deliveries(dynamodb: DynamoDBClient, TableName: string, run: string): Promise<Delivery[]> {
  const pages = paginateQuery(
    { client: dynamodb },
    {
      ...{ TableName, ConsistentRead: true, KeyConditionExpression: '#run = :run' },
      ...{ ExpressionAttributeNames: { '#run': 'run' }, ExpressionAttributeValues: { ':run': { S: run } } },
    },
  );
  const found: Delivery[] = [];
  for await (const { Items = [] } of pages)
    found.push(...Items.map(({ delivery }) => JSON.parse(delivery?.S ?? '{}') as Delivery));
  return found;
}

/** The on-failure objects that hold records of a run. */
export async function givenUp(s3: S3Client, Bucket: string, run: string): Promise<GivenUp[]> {
  const found: GivenUp[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const { condition, names } = readObject((await Body?.transformToString()) ?? '', run);
      if (names.length > 0) found.push({ key: Key, condition, names });
    }
  }
  return found;
}

type Headers = readonly Readonly<Record<string, readonly number[]>>[];

function readObject(text: string, run: string): Pick<GivenUp, 'condition' | 'names'> {
  const { requestContext, payload } = JSON.parse(text) as { requestContext: { condition: string }; payload: string };
  const { records } = JSON.parse(payload) as { records: Record<string, { headers: Headers }[]> };
  const names = Object.values(records)
    .flat()
    .map(({ headers }) => headers.find((header) => INSTRUCTION in header)?.[INSTRUCTION] ?? [])
    .map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as Instruction)
    .filter((instruction) => instruction.run === run)
    .map(({ name }) => name);
  return { condition: requestContext.condition, names };
}

interface Policy {
  readonly Statement: readonly { readonly Sid?: string }[];
}

/** Adds a denial to the bucket's policy, or takes it out again; leaves the rest as it is. */
async function refuse(s3: S3Client, Bucket: string, on: boolean): Promise<void> {
  const { Policy: text = '{}' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  const policy = JSON.parse(text) as Policy;
  const others = policy.Statement.filter(({ Sid }) => Sid !== REFUSAL);
  const denial = {
    ...{ Sid: REFUSAL, Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` },
  };
  const Statement = on ? [...others, denial] : others;
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ ...policy, Statement }) }));
}
