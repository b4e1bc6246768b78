import { readdirSync, readFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startFunctionHost, type FunctionHost } from '../../local/function-host';
import { Processes } from '../../local/processes';
import { surroundings } from '../../local/surroundings';
import type { FunctionSpec } from '../../local/template/functions';

/** What a local run starts knows no secret of this machine and reaches nothing beyond it. */
jest.setTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), 'lossless-itself-'));
let processes: Processes;
let host: FunctionHost | undefined;
let said: string[];

beforeEach(() => {
  processes = new Processes({ logDir: join(dir, 'logs') });
  said = [];
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
  await processes.stopAll();
});

function functionOf(name: string, source: string, changes: Partial<FunctionSpec> = {}): FunctionSpec {
  const code = mkdtempSync(join(dir, 'code-'));
  writeFileSync(join(code, 'index.js'), source);
  return {
    ...{ logicalId: name, path: name, name, arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`, code },
    ...{ handler: 'index.handler', runtime: 'nodejs24.x', memoryMb: 256, timeoutMs: 60_000 },
    ...{ reservedConcurrency: undefined, environment: {} },
    ...changes,
  };
}

async function answerOf(functions: readonly FunctionSpec[], payload: unknown = {}): Promise<unknown> {
  host = await startFunctionHost({ functions, processes, endpoints: {}, log: (line) => said.push(line) });
  const outcome = await host.invoke(functions[0]!.logicalId, JSON.stringify(payload));
  if (outcome.kind !== 'success') throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.payload);
}

const SECRETS = {
  AWS_SECRET_ACCESS_KEY: 'a real one',
  AWS_PROFILE: 'production',
  GITHUB_TOKEN: 'x',
  HTTPS_PROXY: 'http://proxy:3128',
  NODE_OPTIONS: '--no-deprecation',
  JAVA_TOOL_OPTIONS: '-Dsecret=x',
};

describe('a program of a local run', () => {
  const before = { ...process.env };
  beforeEach(() => Object.assign(process.env, SECRETS));
  afterEach(() => {
    for (const name of Object.keys(SECRETS)) delete process.env[name];
    Object.assign(process.env, before);
  });

  test('is given where programs lie and how people write here, and no variable that nobody has let in', async () => {
    const script = 'console.log(JSON.stringify(Object.keys(process.env)))';
    const child = processes.spawn({ name: 'part', command: process.execPath, args: ['-e', script] });
    await child.exited;
    const given = JSON.parse(await child.tail(1)) as string[];
    const shell = ['PWD', 'OLDPWD', 'SHLVL', '_']; // what /bin/sh itself sets
    const allowed = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'LANG', 'LC_ALL', 'TZ', ...shell];
    const quiet = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
    const blind = ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_EC2_METADATA_DISABLED', quiet];
    expect(given.filter((name) => ![...allowed, ...blind].includes(name))).toEqual([]);
    expect(given).toEqual(expect.arrayContaining(['PATH', ...blind]));
  });

  test('gets the same wherever it is started: nothing inherits by being forgotten', () => {
    const root = resolve(__dirname, '..', '..');
    const inheriting = ['local', 'faults', 'cli'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name))
        .filter((file) => {
          const source = readFileSync(join(root, file), 'utf8');
          const starts = /\b(execFile|spawn|fork|exec)\b[^;]*from 'node:child_process'/.test(source);
          return starts && (!source.includes('surroundings()') || /\.\.\.process\.env/.test(source));
        }),
    );
    expect(inheriting).toEqual([]);
    expect(surroundings({ PATH: '/bin', GITHUB_TOKEN: 'x' })).not.toHaveProperty('GITHUB_TOKEN');
  });

  test('that is a function gets what Lambda gives, what the template says, and no more', async () => {
    const source = 'exports.handler = async () => process.env;';
    const given = (await answerOf([functionOf('Fn', source, { environment: { COLOUR: 'green' } })])) as object;
    expect(
      Object.keys(given)
        .filter((name) => !/^(AWS_|LAMBDA_|_HANDLER$|PWD$|OLDPWD$|SHLVL$|_$)/.test(name))
        .sort(),
    ).toEqual(['COLOUR', 'LANG', 'NODE_PATH', 'PATH', 'TZ']);
    expect(given).toMatchObject({ AWS_SECRET_ACCESS_KEY: 'local', COLOUR: 'green' });
    expect(given).not.toHaveProperty('AWS_PROFILE');
  });

  test('that is a function is not told by its template where AWS is', async () => {
    const environment = {
      AWS_ENDPOINT_URL_LAMBDA: 'https://lambda.us-east-1.amazonaws.com',
      AWS_ENDPOINT_URL_STS: 'https://sts.amazonaws.com',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
      AWS_PROFILE: 'production',
    };
    const given = (await answerOf([
      functionOf('Fn', 'exports.handler = async () => process.env;', { environment }),
    ])) as Record<string, string>;
    expect(given['AWS_ENDPOINT_URL_LAMBDA']).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(Object.keys(given).filter((name) => name in environment)).toEqual(['AWS_ENDPOINT_URL_LAMBDA']);
  });
});

/** Makes one request with a client, as a handler with its defaults would. */
const CLIENTS: Record<string, string> = {
  '@aws-sdk/client-dynamodb': `const { DynamoDBClient, ListTablesCommand } = sdk; await new DynamoDBClient({ maxAttempts: 1 }).send(new ListTablesCommand({}));`,
  '@aws-sdk/client-s3': `const { S3Client, ListObjectsV2Command } = sdk; await new S3Client({ maxAttempts: 1 }).send(new ListObjectsV2Command({ Bucket: 'letters' }));`,
  '@aws-sdk/client-lambda': `const { LambdaClient, GetFunctionCommand } = sdk; await new LambdaClient({ maxAttempts: 1 }).send(new GetFunctionCommand({ FunctionName: 'f' }));`,
  '@aws-sdk/client-sqs': `const { SQSClient, ListQueuesCommand } = sdk; await new SQSClient({ maxAttempts: 1 }).send(new ListQueuesCommand({}));`,
  '@aws-sdk/client-kafka': `const { KafkaClient, ListClustersCommand } = sdk; await new KafkaClient({ region: 'eu-west-1', maxAttempts: 1 }).send(new ListClustersCommand({}));`,
  '@aws-sdk/client-sts': `const { STSClient, GetCallerIdentityCommand } = sdk; await new STSClient({ maxAttempts: 1 }).send(new GetCallerIdentityCommand({}));`,
  'aws-msk-iam-sasl-signer-js': `await sdk.generateAuthToken({ region: 'eu-west-1' });`,
};

/** Says which hosts a piece of code asked for, and what it heard. */
const watching = (code: string) => `
  const net = require('node:net');
  const asked = [];
  const refused = [];
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...given) {
    const options = [given[0]].flat()[0];
    asked.push(options.host ?? options.path ?? String(given[1]));
    this.on('error', (error) => refused.push(error.message));
    return connect.apply(this, given);
  };
  const load = (name) => require(name);
  exports.handler = async () => {
    asked.length = 0;
    try { ${code} return { asked, heard: 'an answer' }; }
    catch (error) { return { asked, refused, heard: String(error), code: error.code ?? error.name }; }
  };`;

describe('a client of AWS in a function of a local run', () => {
  test('is each one that the runtime uses, and some that users may', () => {
    const runtime = join(__dirname, '..', '..', 'lambdas');
    const used = readdirSync(runtime, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(join(runtime, name), 'utf8').matchAll(/(@aws-sdk\/client-[a-z0-9-]+|aws-msk-[a-z-]+-js)/g),
      ])
      .map(([name]) => name);
    expect(Object.keys(CLIENTS)).toEqual(expect.arrayContaining([...new Set(used)]));
  });

  test.each(Object.entries(CLIENTS))('%s reaches loopback and no other host', async (name, code) => {
    const { asked, heard } = (await answerOf([functionOf('Fn', watching(`const sdk = load('${name}'); ${code}`))])) as {
      asked: string[];
      heard: string;
    };
    if (name.startsWith('@aws-sdk/')) {
      expect(asked.length).toBeGreaterThan(0);
      expect(heard).toMatch(/want DynamoDB, S3, SQS or an invocation of a function of the template/);
      expect(said).toContainEqual(
        expect.stringMatching(/^A function asked for \w+, which has no local part; refused\.$/),
      );
    } else expect(heard).toBe('an answer');
    expect(asked.filter((hostName) => hostName !== '127.0.0.1')).toEqual([]);
  });

  const LAMBDA = `const { LambdaClient, GetFunctionCommand } = load('@aws-sdk/client-lambda');`;
  test.each([
    [
      'that is told an endpoint in code',
      `${LAMBDA} await new LambdaClient({ endpoint: 'https://lambda.us-east-1.amazonaws.com' }).send(new GetFunctionCommand({ FunctionName: 'f' }));`,
    ],
    [
      'that follows the URL of a queue',
      `const { SQSClient, SendMessageCommand } = load('@aws-sdk/client-sqs');
       await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/000000000000/q', MessageBody: 'x' }));`,
    ],
    [
      'that takes its credentials from the instance',
      `const { fromInstanceMetadata } = load('@aws-sdk/credential-providers');
       delete process.env.AWS_EC2_METADATA_DISABLED;
       await fromInstanceMetadata({ maxRetries: 0 })();`,
    ],
    ['that is fetch', `await fetch('https://api.example.com/').catch((error) => { throw error.cause; });`],
    [
      'in a worker',
      `const { Worker } = require('node:worker_threads');
       const worker = new Worker("require('node:net').connect(443, 'sts.amazonaws.com')", { eval: true });
       await new Promise((done, failed) => worker.once('error', failed).once('exit', done));`,
    ],
  ])('%s is refused before it reaches another host, in words', async (_, code) => {
    const { heard, refused } = (await answerOf([functionOf('Fn', watching(code))])) as {
      heard: string;
      refused: string[];
    };
    expect(refused[0] ?? heard).toMatch(
      /got an address beyond this machine, want loopback; a local run reaches nothing else/,
    );
  });
});

describe('a function of the template that another one invokes', () => {
  const caller = (name: string, type: string, payload = `'{"a":1}'`) =>
    watching(`
      const { LambdaClient, InvokeCommand } = load('@aws-sdk/client-lambda');
      const { StatusCode, FunctionError, Payload } = await new LambdaClient({ maxAttempts: 1 }).send(
        new InvokeCommand({ FunctionName: '${name}', InvocationType: '${type}', Payload: ${payload} }));
      return { StatusCode, FunctionError, answer: Buffer.from(Payload ?? '').toString(), asked };`);
  const other = `exports.handler = async (event) => {
    if (event.file) require('node:fs').appendFileSync(event.file, 'ran ');
    if (event.fails) throw new RangeError('no');
    return { got: event };
  };`;

  test.each([
    ['Other'],
    ['Other:live'],
    ['000000000000:function:Other'],
    ['arn:aws:lambda:us-east-1:000000000000:function:Other'],
    ['arn:aws:lambda:us-east-1:000000000000:function:Other:live'],
  ])('runs on this machine when it is named %s', async (name) => {
    const answer = await answerOf([functionOf('Fn', caller(name, 'RequestResponse')), functionOf('Other', other)]);
    expect(answer).toMatchObject({ StatusCode: 200, answer: '{"got":{"a":1}}' });
    expect((answer as { asked: string[] }).asked).toEqual(['127.0.0.1']);
  });

  test('is queued with 202 when it is invoked asynchronously, and runs', async () => {
    const file = join(dir, 'queued');
    const payload = `JSON.stringify({ file: ${JSON.stringify(file)} })`;
    const answer = await answerOf([functionOf('Fn', caller('Other', 'Event', payload)), functionOf('Other', other)]);
    expect(answer).toMatchObject({ StatusCode: 202 });
    while (!readOr(file).includes('ran')) await new Promise((done) => setTimeout(done, 20));
    expect(readOr(file)).toBe('ran ');
  });

  test.each([
    ['fails with its error', caller('Other', 'RequestResponse', `'{"fails":true}'`), { FunctionError: 'Unhandled' }],
    ['is not there', caller('Nobody', 'Event'), { code: 'ResourceNotFoundException' }],
    ['is sent no JSON', caller('Other', 'Event', `'{'`), { code: 'InvalidRequestContentException' }],
    [
      'is sent more than 1 MB',
      caller('Other', 'Event', `'"' + 'x'.repeat(1024 * 1024) + '"'`),
      { code: 'RequestTooLargeException' },
    ],
  ])('answers as Lambda does when it %s', async (_, source, expected) => {
    expect(await answerOf([functionOf('Fn', source), functionOf('Other', other)])).toMatchObject(expected);
  });
});

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
