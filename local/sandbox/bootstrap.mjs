/**
 * What Lambda runs beside a Node.js handler: fetches one event after the other from the Runtime API and reports what
 * became of it. Plain JavaScript, so that a sandbox starts without a compiler and runs on the Node the host chooses.
 */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const [authority, sandbox] = process.env.AWS_LAMBDA_RUNTIME_API.split('/');
const [host, port] = authority.split(':');
const base = `/${sandbox}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, url, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = http.request({ host, port, method, path: `${base}${url}`, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** What a handler threw, in Lambda's shape; the stack goes to the log. */
function describe(error) {
  const isError = error instanceof Error;
  return JSON.stringify({
    errorType: isError ? error.name : typeof error,
    errorMessage: isError ? error.message : String(error),
    trace: isError && error.stack ? error.stack.split('\n') : [],
  });
}

async function loadHandler() {
  const [file, ...exported] = process.env._HANDLER.split('.');
  const candidates = ['js', 'mjs', 'cjs'].map((extension) =>
    path.join(process.env.LAMBDA_TASK_ROOT, `${file}.${extension}`),
  );
  const module = await import(candidates.find((candidate) => fs.existsSync(candidate)) ?? candidates[0]);
  const handler = exported.reduce((found, name) => found?.[name] ?? found?.default?.[name], module);
  if (typeof handler !== 'function') {
    throw new Error(`handler ${process.env._HANDLER}: got ${typeof handler}, want a function; export it`);
  }
  return handler;
}

function context(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function serve(handler) {
  for (;;) {
    const { headers, body } = await call('GET', '/invocation/next');
    const id = headers['lambda-runtime-aws-request-id'];
    let outcome;
    try {
      outcome = ['response', JSON.stringify(await handler(JSON.parse(body), context(headers))) ?? 'null'];
    } catch (error) {
      console.error(`${id} handler failed:`, error);
      outcome = ['error', describe(error)];
    }
    await call('POST', `/invocation/${id}/${outcome[0]}`, outcome[1]);
  }
}

async function main() {
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    console.error('initialisation failed:', error);
    await call('POST', '/init/error', describe(error));
    process.exit(1);
  }
  await serve(handler);
}

main().catch((error) => {
  console.error('sandbox lost its host:', error);
  process.exit(1);
});
