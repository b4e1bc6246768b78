import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFunctionHost, type FunctionHost } from '../../local/function-host';
import { Processes } from '../../local/processes';
import type { FunctionSpec } from '../../local/template/functions';

jest.setTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), 'lossless-host-'));
let processes: Processes;
let host: FunctionHost | undefined;

beforeEach(() => {
  processes = new Processes({ logDir: join(dir, 'logs') });
});
afterEach(async () => {
  await host?.stop();
  host = undefined;
  await processes.stopAll();
});

async function run(
  source: string,
  changes: Partial<FunctionSpec> = {},
  options: { maxSandboxes?: number; freeze?: boolean } = {},
) {
  const code = mkdtempSync(join(dir, 'code-'));
  writeFileSync(join(code, 'index.js'), source);
  const spec: FunctionSpec = {
    ...{
      logicalId: 'Fn',
      path: 'Fn',
      name: 'Fn',
      arn: 'arn:fn',
      code,
      handler: 'index.handler',
      runtime: 'nodejs24.x',
    },
    ...{ memoryMb: 128, timeoutMs: 60_000, reservedConcurrency: undefined, environment: { COLOUR: 'green' } },
    ...changes,
  };
  host = await startFunctionHost({
    functions: [spec],
    processes,
    endpoints: { AWS_ENDPOINT_URL_S3: 'http://s3' },
    log: () => undefined,
    ...options,
  });
  const [fn] = host.functions;
  if (!fn) throw new Error('no function');
  return { fn, invoke: (payload: unknown = {}) => host!.invoke('Fn', JSON.stringify(payload)), code };
}

test("a handler gets the event, its context, the template's environment, the AWS SDK, and nothing else of ours", async () => {
  process.env.SECRET_OF_THE_HOST = 'x';
  const { invoke } = await run(`
    const { S3Client } = require('@aws-sdk/client-s3');
    exports.handler = async (event, context) => ({
      event, name: context.functionName, arn: context.invokedFunctionArn, remaining: context.getRemainingTimeInMillis() > 1000,
      sdk: typeof S3Client, colour: process.env.COLOUR, s3: process.env.AWS_ENDPOINT_URL_S3, region: process.env.AWS_REGION,
      leaked: process.env.SECRET_OF_THE_HOST,
    });`);
  const outcome = await invoke({ a: 'é' });
  expect(outcome.kind === 'success' && JSON.parse(outcome.payload)).toEqual({
    ...{ event: { a: 'é' }, name: 'Fn', arn: 'arn:fn', remaining: true, sdk: 'function' },
    ...{ colour: 'green', s3: 'http://s3', region: 'us-east-1' },
  });
});

test('a sandbox is reused while it is warm, and takes one event at a time', async () => {
  const { invoke } = await run(
    `let running = 0, count = 0;
     exports.handler = async () => { running++; await new Promise((r) => setTimeout(r, 20)); return { pid: process.pid, count: ++count, running: running-- }; };`,
    {},
    { maxSandboxes: 2 },
  );
  const answers = await Promise.all(Array.from({ length: 8 }, () => invoke()));
  const bodies = answers.map(
    (each) => JSON.parse(each.kind === 'success' ? each.payload : 'null') as { pid: number; running: number },
  );
  expect(new Set(bodies.map(({ pid }) => pid)).size).toBeLessThanOrEqual(2);
  expect(bodies.every(({ running }) => running === 1)).toBe(true);
});

test('a handler that throws answers with its error, and its sandbox lives on', async () => {
  const { fn, invoke } = await run(
    `exports.handler = async (event) => { if (event.bad) throw new TypeError('bad ' + process.pid); return process.pid; };`,
  );
  const error = await invoke({ bad: true });
  const after = await invoke();
  expect(error).toMatchObject({
    kind: 'error',
    errorType: 'TypeError',
    errorMessage: `bad ${after.kind === 'success' && after.payload}`,
  });
  expect(fn.stats).toMatchObject({ invocations: 2, errors: 1, crashes: 0 });
});

test('at its deadline a sandbox is killed, and nothing of it runs on', async () => {
  const { fn, invoke, code } = await run(
    `const fs = require('node:fs');
     exports.handler = async (event) => { if (event.hang) { fs.writeFileSync(event.file, String(process.pid)); for (;;); } return 'up'; };`,
    { timeoutMs: 5_000 },
  );
  const file = join(code, 'pid');
  await invoke();
  expect(await invoke({ hang: true, file })).toEqual({ kind: 'timeout', detail: 'task timed out after 5.00 seconds' });
  expect(() => process.kill(Number(readFileSync(file, 'utf8')), 0)).toThrow('ESRCH');
  expect(await invoke()).toMatchObject({ kind: 'success' });
  expect(fn.stats).toMatchObject({ invocations: 3, timeouts: 1 });
});

test.each([
  ['exits', 'process.exit(3)', 'exited with code 3'],
  ['kills itself', 'process.kill(process.pid, "SIGKILL")', 'exited with SIGKILL'],
  ['leaves a rejection unhandled', 'Promise.reject(new Error("lost"))', 'exited with code 1'],
])('a handler that %s is a crash, and the next event gets a new sandbox', async (_, code, detail) => {
  const { fn, invoke } = await run(
    `exports.handler = (event) => event.ok ? Promise.resolve(1) : new Promise(() => { ${code}; });`,
  );
  expect(await invoke()).toEqual({ kind: 'crash', detail });
  expect(await invoke({ ok: true })).toMatchObject({ kind: 'success' });
  expect(fn.stats).toMatchObject({ crashes: 1 });
});

test('a file that cannot be loaded fails each event once, and starts no sandbox for ever', async () => {
  const { invoke } = await run(`throw new Error('no such luck');`);
  expect(await Promise.all([invoke(), invoke()])).toMatchObject([
    { kind: 'error', errorMessage: 'no such luck' },
    { kind: 'error', errorMessage: 'no such luck' },
  ]);
});

test('killed sandboxes are counted, and what they were at is a crash', async () => {
  const { fn, invoke, code } = await run(
    `exports.handler = async (event) => { if (event.file) { require('node:fs').writeFileSync(event.file, ''); await new Promise(() => setTimeout(() => {}, 1e6)); } };`,
  );
  const file = join(code, 'begun');
  const outcome = invoke({ file });
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await fn.kill()).toBe(1);
  expect(await outcome).toEqual({ kind: 'crash', detail: 'killed (SIGKILL)' });
  expect(await fn.kill()).toBe(0);
});

test('at the reserved concurrency a synchronous event is throttled and an asynchronous one waits', async () => {
  const { invoke } = await run(`exports.handler = async () => { await new Promise((r) => setTimeout(r, 300)); };`, {
    reservedConcurrency: 1,
  });
  const first = invoke();
  const event = host!.invoke('Fn', '{}', 'Event');
  expect(await invoke()).toEqual({ kind: 'throttle' });
  expect([await first, await event]).toMatchObject([{ kind: 'success' }, { kind: 'success' }]);
});

test('a frozen sandbox thaws for its next event', async () => {
  const { invoke } = await run(`exports.handler = async () => process.pid;`, {}, { freeze: true });
  const first = await invoke();
  expect(await invoke()).toEqual(first);
});

test('an event or an answer over 6 MB is refused', async () => {
  const { invoke } = await run(`exports.handler = async (event) => 'x'.repeat(event.size ?? 0);`);
  expect(await invoke('x'.repeat(6 * 1024 * 1024))).toMatchObject({
    kind: 'error',
    errorType: 'RequestEntityTooLarge',
  });
  expect(await invoke({ size: 6 * 1024 * 1024 })).toMatchObject({
    kind: 'error',
    errorType: 'Function.ResponseSizeTooLarge',
  });
  expect(await invoke({ size: 6 * 1024 * 1024 - 2 })).toMatchObject({ kind: 'success' });
});

test('after a deploy events go to the new code; what was under way ends on the old, which takes no other', async () => {
  const answers = (word: string) =>
    `exports.handler = async ({ ms, begun }) => {
       if (begun) require('node:fs').writeFileSync(begun, '');
       await new Promise((r) => setTimeout(r, ms));
       return '${word} ' + process.env.COLOUR;
     };`;
  const { invoke, fn } = await run(answers('old'));
  const newer = mkdtempSync(join(dir, 'code-'));
  writeFileSync(join(newer, 'index.js'), answers('new'));
  const begun = join(dir, 'begun');
  const underWay = invoke({ ms: 2_000, begun });
  while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 10));
  fn.deploy({ code: newer, environment: { COLOUR: 'blue' } });
  expect(await invoke({ ms: 0 })).toEqual({ kind: 'success', payload: '"new blue"' });
  expect(await underWay).toEqual({ kind: 'success', payload: '"old green"' });
  expect(await Promise.all([invoke({ ms: 20 }), invoke({ ms: 20 })])).toEqual(
    Array.from({ length: 2 }, () => ({ kind: 'success', payload: '"new blue"' })),
  );
  fn.deploy(undefined);
  expect(await invoke({ ms: 0 })).toEqual({ kind: 'success', payload: '"old green"' });
});
