import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { LocalStack } from '../local';
import type { Progress } from './progress';

export interface KeepRunningOptions {
  /** Where the file with the stack's environment is put. */
  readonly dir: string;
  readonly json?: boolean;
  readonly print: (text: string) => void;
  readonly progress: Progress;
  /** Aborts when a person wants it to end. */
  readonly signal: AbortSignal;
}

/** Says where everything of a local stack is, and leaves it up until a person ends it. */
export async function keepRunning(stack: LocalStack, options: KeepRunningOptions): Promise<void> {
  const { dir, json, print, progress, signal } = options;
  const file = join(dir, 'local.env');
  await writeFile(file, environmentFile(stack));
  const found = relative(process.cwd(), file);
  print(json ? asJson(stack, file) : asLines(stack, found.startsWith('..') ? file : found));
  progress.say('running; Ctrl-C ends it and removes its data');
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  progress.say('every process is being ended');
}

/** To be read by a shell. Credentials of an account that lie around in it are taken out of the way. */
function environmentFile({ clientVariables }: LocalStack): string {
  const set = Object.entries(clientVariables).map(([name, value]) => `export ${name}='${value}'`);
  return ['unset AWS_PROFILE AWS_SESSION_TOKEN', ...set, ''].join('\n');
}

/** One JSON object: the fields are public and stable. */
const asJson = (stack: LocalStack, environmentFile: string): string =>
  `${JSON.stringify({
    stack: stack.name,
    doors: stack.doors.map(({ url }) => url),
    bootstrap: stack.brokers.bootstrap,
    endpoints: stack.endpoints,
    topics: stack.topics.map(({ name }) => name),
    tables: stack.tables.map(({ name }) => name),
    buckets: stack.buckets.map(({ name }) => name),
    environmentFile,
  })}\n`;

function asLines(stack: LocalStack, file: string): string {
  const { name, doors, brokers, endpoints, tables, buckets } = stack;
  const rows = [
    ['stack', name],
    ...doors.map(({ url }) => ['door', `POST ${url}`]),
    ['brokers', brokers.bootstrap],
    ['DynamoDB', endpoints.dynamodb],
    ['S3, SQS', endpoints.s3],
    ...tables.map((table) => ['table', `${table.name}  (${table.path})`]),
    ...buckets.map((bucket) => ['bucket', `${bucket.name}  (${bucket.path})`]),
  ];
  const command = `. ${file}\nnpx cdk-lossless-kafka dead-letters list --stack ${name}`;
  return `\n${rows.map(([what = '', value]) => `  ${what.padEnd(9)} ${value}`).join('\n')}\n\nIn another terminal:\n\n${command}\n\n`;
}
