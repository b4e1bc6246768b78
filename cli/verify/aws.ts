import { RIGHTS, type Account, type Answer, type Question, type Questions } from './account';

type Service = Question extends `${infer S}:${string}` ? S : never;

/** Loaded when the first question comes: other commands need not wait for them. */
const CLIENTS: Readonly<Record<Service, readonly [load: () => Promise<object>, client: string]>> = {
  cloudformation: [() => import('@aws-sdk/client-cloudformation'), 'CloudFormationClient'],
  cloudwatch: [() => import('@aws-sdk/client-cloudwatch'), 'CloudWatchClient'],
  dynamodb: [() => import('@aws-sdk/client-dynamodb'), 'DynamoDBClient'],
  eventbridge: [() => import('@aws-sdk/client-eventbridge'), 'EventBridgeClient'],
  iam: [() => import('@aws-sdk/client-iam'), 'IAMClient'],
  kafka: [() => import('@aws-sdk/client-kafka'), 'KafkaClient'],
  kms: [() => import('@aws-sdk/client-kms'), 'KMSClient'],
  lambda: [() => import('@aws-sdk/client-lambda'), 'LambdaClient'],
  s3: [() => import('@aws-sdk/client-s3'), 'S3Client'],
};

/** Calls of one question before it counts as throttled; the SDK waits between them, up to 20 s. */
const TRIES = 6;
const ANSWER_MS = 20_000;

interface Client {
  send(command: object): Promise<unknown>;
}
type Sdk = Readonly<Record<string, new (input: object) => object>>;

/** The account that the SDK finds; `AWS_ENDPOINT_URL` and its like lead elsewhere. */
export function accountOf({ region }: { readonly region?: string }): Account {
  const opened = new Map<Service, Promise<{ readonly sdk: Sdk; readonly client: Client }>>();
  const open = async (service: Service) => {
    const [load, name] = CLIENTS[service];
    const sdk = (await load()) as Sdk;
    const settings = {
      ...(region !== undefined && { region }),
      maxAttempts: TRIES,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
    };
    return { sdk, client: new sdk[name]!(settings) as Client };
  };
  return {
    async ask<Q extends Question>(question: Q, input: Questions[Q][0]): Promise<Answer<Questions[Q][1]>> {
      const [service, operation] = question.split(':') as [Service, string];
      const known = opened.get(service) ?? open(service);
      opened.set(service, known);
      const { sdk, client } = await known;
      try {
        return { kind: 'said', value: (await client.send(new sdk[`${operation}Command`]!(input))) as Questions[Q][1] };
      } catch (error) {
        return meaningOf(question, error);
      }
    },
  };
}

/** What an error of a service means; what no other question would get past is thrown. */
function meaningOf(
  question: Question,
  error: unknown,
): { readonly kind: 'none' } | { readonly kind: 'unseen'; readonly why: string } {
  const text = [...textsOf(error)].join(': ').slice(0, 300);
  if (
    /Credentials|Token.*(expired|invalid)|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch/i.test(
      text,
    )
  ) {
    throw new Error(`account: got ${text}, want credentials that are good; log in, or set AWS_PROFILE`, {
      cause: error,
    });
  }
  if (/Region is missing/.test(text))
    throw new Error('region: got none, want one; give --region, or set AWS_REGION', { cause: error });
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/.test(text)) {
    throw new Error(`account: got ${text}, want an answer; check the network, --region and AWS_ENDPOINT_URL`, {
      cause: error,
    });
  }
  if (/^(NoSuch|ResourceNotFound|NotFoundException|\w*NotFoundError)|does not exist/.test(text))
    return { kind: 'none' };
  if (/AccessDenied|Forbidden|NotAuthorized|Unauthorized|AuthorizationError|not authorized/.test(text)) {
    return { kind: 'unseen', why: `your credentials may not; it takes ${RIGHTS[question].join(', ')}` };
  }
  if (/Throttl|TooManyRequests|SlowDown|RequestLimit|Rate exceeded/.test(text)) {
    return { kind: 'unseen', why: `${question} was throttled ${TRIES} times; run the command again` };
  }
  return { kind: 'unseen', why: `${question} answered ${text}` };
}

/** The names and words of an error and of what caused it, the outermost first. */
function* textsOf(error: unknown, most = 3): Generator<string> {
  const { name, code, message, cause } = Object(error) as {
    name?: string;
    code?: string;
    message?: string;
    cause?: unknown;
  };
  for (const text of [name === 'Error' ? undefined : name, code, message]) if (text) yield text;
  if (cause !== undefined && most > 1) yield* textsOf(cause, most - 1);
}
