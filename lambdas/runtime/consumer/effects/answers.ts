import { AnswerError } from '../blame';
import { isOutageStatus, OUTAGES } from '../outages';

/** An answer of AWS that is a success of HTTP, and says that part of what was asked did not take place. */
interface PartialAnswer {
  readonly client: string;
  /** Whether this answer says so: a count above 0, a list or map with something in it, or a text. */
  readonly field: string;
  /** List in which each part has its own code, where there is one. */
  readonly parts?: string;
  readonly code?: string;
  /** Of parts that each say how they ended: codes that are well. Only another one says no. */
  readonly well?: readonly string[];
  /** Only a list under this very name says so: in other letters it may be a field of anybody's. */
  readonly isExact?: true;
  /** A field that stands beside it, where its name is one of anybody's. */
  readonly beside?: string;
  /** What is not done is so because of throttling alone. */
  readonly isThrottling?: true;
  readonly source: string;
}

const AWS = 'https://docs.aws.amazon.com';

export const PARTIAL_ANSWERS: readonly PartialAnswer[] = [
  {
    ...{ client: 'EventBridge PutEvents, PutTargets', field: 'FailedEntryCount', parts: 'Entries', code: 'ErrorCode' },
    source: `${AWS}/eventbridge/latest/APIReference/API_PutEvents.html`,
  },
  {
    ...{ client: 'Firehose PutRecordBatch', field: 'FailedPutCount', parts: 'RequestResponses', code: 'ErrorCode' },
    source: `${AWS}/firehose/latest/APIReference/API_PutRecordBatch.html`,
  },
  {
    ...{ client: 'Kinesis PutRecords', field: 'FailedRecordCount', parts: 'Records', code: 'ErrorCode' },
    source: `${AWS}/kinesis/latest/APIReference/API_PutRecords.html`,
  },
  {
    ...{ client: 'DynamoDB BatchWriteItem', field: 'UnprocessedItems', isThrottling: true },
    source: `${AWS}/amazondynamodb/latest/APIReference/API_BatchWriteItem.html`,
  },
  {
    ...{ client: 'DynamoDB BatchGetItem', field: 'UnprocessedKeys', isThrottling: true },
    source: `${AWS}/amazondynamodb/latest/APIReference/API_BatchGetItem.html`,
  },
  {
    ...{ client: 'SQS SendMessageBatch, SNS PublishBatch', field: 'Failed', parts: 'Failed', code: 'Code' },
    source: `${AWS}/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html`,
  },
  {
    ...{ client: 'S3 DeleteObjects', field: 'Errors', parts: 'Errors', code: 'Code' },
    source: `${AWS}/AmazonS3/latest/API/API_DeleteObjects.html`,
  },
  {
    ...{ client: 'ECS RunTask', field: 'failures', parts: 'failures', code: 'reason' },
    source: `${AWS}/AmazonECS/latest/APIReference/API_RunTask.html`,
  },
  {
    ...{
      client: 'EventBridge PutTargets and others',
      field: 'FailedEntries',
      parts: 'FailedEntries',
      code: 'ErrorCode',
    },
    source: `${AWS}/eventbridge/latest/APIReference/API_PutTargets.html`,
  },
  {
    ...{ client: 'CloudWatch Logs PutLogEvents', field: 'rejectedLogEventsInfo' },
    source: `${AWS}/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html`,
  },
  {
    ...{ client: 'SES SendBulkEmail', field: 'BulkEmailEntryResults', parts: 'BulkEmailEntryResults', code: 'Status' },
    ...{ well: ['SUCCESS'], isExact: true },
    source: `${AWS}/ses/latest/APIReference-V2/API_SendBulkEmail.html`,
  },
  {
    ...{ client: 'SES SendBulkTemplatedEmail', field: 'Status', parts: 'Status', code: 'Status' },
    ...{ well: ['Success'], isExact: true, beside: '$metadata' },
    source: `${AWS}/ses/latest/APIReference/API_SendBulkTemplatedEmail.html`,
  },
  {
    ...{ client: 'IoT SiteWise BatchPutAssetPropertyValue, IoT Events BatchAcknowledgeAlarm and others' },
    ...{ field: 'errorEntries', parts: 'errorEntries', code: 'ErrorCode', isExact: true },
    source: `${AWS}/iot-sitewise/latest/APIReference/API_BatchPutAssetPropertyValue.html`,
  },
  ...['BatchPutMessage', 'BatchUpdateDetector', 'BatchDeleteDetector'].map((action): PartialAnswer => {
    const field = `${action}ErrorEntries`;
    const source = `${AWS}/iotevents/latest/apireference/API_iotevents-data_${action}.html`;
    return { client: `IoT Events ${action}`, field, parts: field, code: 'ErrorCode', source };
  }),
  {
    ...{ client: 'Comprehend BatchDetectSentiment and others', field: 'ErrorList', parts: 'ErrorList' },
    ...{ code: 'ErrorCode', isExact: true, beside: 'ResultList' },
    source: `${AWS}/comprehend/latest/APIReference/API_BatchDetectSentiment.html`,
  },
  {
    ...{ client: 'SSM GetParameters, DeleteParameters', field: 'InvalidParameters', isExact: true },
    source: `${AWS}/systems-manager/latest/APIReference/API_DeleteParameters.html`,
  },
  {
    ...{ client: 'Lambda Invoke', field: 'FunctionError' },
    source: `${AWS}/lambda/latest/api/API_Invoke.html`,
  },
];

/**
 * Looks at what a call returned, and throws where it says no. It says no when it is
 * - an HTTP answer that is not ok: `ok` is false, or `status` or `statusCode` is from 300 to 599;
 * - one of `PARTIAL_ANSWERS`, whose fields of several words may begin with a small letter, or a list `Responses` in which a statement has an `Error`;
 * - `errors: true` of a bulk request, or the list `errors` of GraphQL, each with its `message`;
 * - a state machine's run that ended `FAILED`, `TIMED_OUT` or `ABORTED`;
 * - an error, or one that `Promise.allSettled` caught;
 * - a list with one of these in it.
 * Anything else is ignored, whatever it holds.
 *
 * The body of an HTTP answer that nobody has read is let go of, so that its connection is free.
 *
 * @throws AnswerError, or the error that was returned
 */
export function heed(answer: unknown): void {
  for (const each of Array.isArray(answer) ? (answer as unknown[]) : [answer]) letGo(each);
  const error = Array.isArray(answer) ? worst(answer as unknown[]) : refusal(answer);
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- what `allSettled` caught may be anything
  if (error !== undefined) throw error;
}

/** Of several that say no, one that is the event's own fault: its neighbours' outage does not excuse it. */
function worst(answers: readonly unknown[]): unknown {
  const errors = answers.map(refusal).filter((error) => error !== undefined);
  return errors.length > 1 ? new AggregateError(errors, `${errors.length} answers say no`) : errors[0];
}

/** What to throw for one answer; undefined when it does not say no. */
function refusal(answer: unknown): unknown {
  if (answer instanceof Error) return answer;
  if (typeof answer !== 'object' || answer === null) return undefined;
  const fields = answer as Fields;
  if (fields['status'] === 'rejected' && 'reason' in fields)
    return fields['reason'] ?? new AnswerError('rejected', 'unknown');
  return ofHttp(fields) ?? ofAws(fields) ?? ofBulk(fields);
}

type Fields = Readonly<Record<string, unknown>>;

function ofHttp({ ok, status, statusCode }: Fields): AnswerError | undefined {
  const told = [status, statusCode].find(isStatus) ?? 0;
  if (told >= 300) return new AnswerError(`HTTP status ${told}`, isOutageStatus(told) ? 'circumstances' : 'attempt');
  return ok === false ? new AnswerError('an answer that is not ok', 'unknown') : undefined;
}

const isStatus = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599; // prettier-ignore

function ofAws(fields: Fields): AnswerError | undefined {
  for (const row of PARTIAL_ANSWERS) {
    if (!isSaid(row, fields)) continue;
    const { field, parts, code = '', isThrottling, well } = row;
    if (isThrottling) return new AnswerError(`${field} in the answer`, 'circumstances');
    const codes = codesOf(parts === undefined ? [] : fieldOf(fields, parts), code);
    const bad = well ? codes.filter((each) => typeof each === 'string' && !well.includes(each)) : codes;
    if (!well || bad.length > 0) return withCodes(field, bad);
  }
  const { status } = fields;
  if ('executionArn' in fields && ENDED_BADLY.has(status))
    return new AnswerError(`status ${String(status)} of a state machine`, 'unknown');
  return ofStatements(fields) ?? ofMessages(fields);
}

function isSaid({ field, isExact, beside }: PartialAnswer, fields: Fields): boolean {
  if (beside !== undefined && fields[beside] === undefined) return false;
  if (isExact) return listOf(fields[field]).length > 0;
  return saysSo(isOfAws(field) ? fieldOf(fields, field) : fields[field]);
}

/** IoT SiteWise has the codes one list deeper, in the `errors` of a part. */
const codesOf = (parts: unknown, code: string): readonly unknown[] =>
  listOf(parts)
    .flatMap((part) => [part, ...listOf((Object(part) as Fields)['errors'])])
    .map((part) => fieldOf(Object(part) as Fields, code));

const ENDED_BADLY: ReadonlySet<unknown> = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/** DynamoDB's `BatchExecuteStatement` (docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html). */
function ofStatements({ Responses }: Fields): AnswerError | undefined {
  const errors = listOf(Responses)
    .map((response) => (Object(response) as Fields)['Error'])
    .filter(saysSo);
  if (errors.length === 0) return undefined;
  return withCodes(
    'Error of a statement',
    errors.map((error) => (Object(error) as Fields)['Code']),
  );
}

/**
 * `SendMessages` and `SendUsersMessages` of End User Messaging, once Pinpoint: how it ended for each address, or for each
 * endpoint of a user (docs.aws.amazon.com/pinpoint/latest/apireference/apps-application-id-messages.html). A duplicate is
 * an address that was written to under another name.
 */
function ofMessages({ MessageResponse, SendUsersMessageResponse }: Fields): AnswerError | undefined {
  const addresses = valuesIn((Object(MessageResponse) as Fields)['Result']);
  const users = valuesIn((Object(SendUsersMessageResponse) as Fields)['Result']);
  const ended = [...addresses, ...users.flatMap(valuesIn)].map((each) => (Object(each) as Fields)['DeliveryStatus']);
  const bad = ended.filter((status) => typeof status === 'string' && !SENT.has(status));
  return bad.length > 0 ? withCodes('DeliveryStatus', bad) : undefined;
}

const SENT: ReadonlySet<string> = new Set(['SUCCESSFUL', 'DUPLICATE']);

const valuesIn = (map: unknown): readonly unknown[] => Object.values(Object(map) as object);

/** An outage where each code that is told is one. */
function withCodes(field: string, found: readonly unknown[]): AnswerError {
  const codes = found.filter((code) => typeof code === 'string');
  const told = codes.length > 0 ? `: ${[...new Set(codes)].slice(0, 5).join(', ').slice(0, 100)}` : '';
  const isOutage = codes.length > 0 && codes.every(isOutageCode);
  return new AnswerError(`${field} in the answer${told}`, isOutage ? 'circumstances' : 'unknown');
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** AWS writes the first letter of a field large in some services and small in others. */
const fieldOf = (fields: Fields, name: string): unknown =>
  fields[name] ?? fields[name.charAt(0).toLowerCase() + name.slice(1)];

/** One word, as `failed`, may be a field of anybody's. */
const isOfAws = (name: string): boolean => /[a-z][A-Z]/.test(name);

/** Of OpenSearch and Elasticsearch, `body` in their older clients; of GraphQL (spec.graphql.org/October2021/#sec-Errors). */
function ofBulk({ errors, body }: Fields): AnswerError | undefined {
  if (errors === true || (Object(body) as Fields)['errors'] === true)
    return new AnswerError('errors in the answer to a bulk request', 'unknown');
  const isGraphql = listOf(errors).some((error) => typeof (Object(error) as Fields)['message'] === 'string');
  return isGraphql ? new AnswerError('errors in the answer of GraphQL', 'unknown') : undefined;
}

function saysSo(value: unknown): boolean {
  if (typeof value === 'number') return value > 0;
  if (typeof value === 'string') return value.length > 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

const isOutageCode = (code: string): boolean =>
  OUTAGES.some(({ names, numbers }) => numbers === undefined && names?.includes(code));

/** Lets go of the body of an HTTP answer that was not read. Never waits and never fails: the answer is what counts. */
function letGo(answer: unknown): void {
  const { body, Body, bodyUsed, status, statusCode, $metadata } = Object(answer) as Fields;
  if (![status, statusCode].some(isStatus) && $metadata === undefined) return;
  for (const stream of [body, Body, answer]) {
    const { cancel, locked, destroy, readableEnded, on } = Object(stream) as Partial<Streams>;
    if (typeof cancel === 'function' && bodyUsed !== true && locked === false) {
      void Promise.resolve(cancel.call(stream)).catch(() => undefined);
    } else if (typeof destroy === 'function' && typeof on === 'function' && readableEnded === false) {
      // Of undici and of Node.js: destroyed before its end it says so, and nobody else listens.
      on.call(stream, 'error', () => undefined);
      destroy.call(stream);
    }
  }
}

interface Streams {
  cancel(): Promise<void>;
  readonly locked: boolean;
  destroy(): void;
  readonly readableEnded: boolean;
  on(event: 'error', listener: () => void): void;
}
