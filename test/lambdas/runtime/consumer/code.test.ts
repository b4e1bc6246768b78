import { codeOf } from '../../../../lambdas/runtime/consumer/code';

const files: Record<string, string> = { '/var/task/index.js': 'v1', '/var/task/src/app.mjs': 'v1' };
const read = (path: string): Uint8Array => {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return Buffer.from(text);
};
const lambda = { LAMBDA_TASK_ROOT: '/var/task', _HANDLER: 'index.handler', AWS_REGION: 'eu-west-1', TABLE: 'orders' };

test('two sandboxes of one deploy have one code; another file or another variable makes another', () => {
  const code = codeOf(lambda, read);
  expect(code).toMatch(/^[0-9a-f]{12}$/);
  expect(codeOf({ ...lambda, AWS_LAMBDA_LOG_STREAM_NAME: 'other', _X_AMZN_TRACE_ID: 'other' }, read)).toBe(code);
  expect(codeOf({ ...lambda, TABLE: 'other' }, read)).not.toBe(code);
  expect(codeOf(lambda, () => Buffer.from('v2'))).not.toBe(code);
});

test('a handler in a folder, as an ES module, is found', () => {
  expect(codeOf({ ...lambda, _HANDLER: 'src/app.handler' }, read)).toMatch(/^[0-9a-f]{12}$/);
});

test('where there is no function or no file, the code has no name', () => {
  expect(codeOf({}, read)).toBeUndefined();
  expect(codeOf({ ...lambda, _HANDLER: 'none.handler' }, read)).toBeUndefined();
});
