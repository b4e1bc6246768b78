import { lambdaInvoker } from '../../../../lambdas/runtime/stores/function-invoker';

const sdkError = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
const invoking = (send: () => Promise<unknown>) =>
  lambdaInvoker(() => ({ send }) as never).invokeAsync('rejected-orders', '{}');

test('an invocation is queued once Lambda says so', async () => {
  const inputs: unknown[] = [];
  const send = (command: { input: unknown }) => {
    inputs.push(command.input);
    return Promise.resolve({ StatusCode: 202 });
  };
  await lambdaInvoker(() => ({ send }) as never).invokeAsync('rejected-orders', '{"id":"a"}');
  expect(inputs).toEqual([{ FunctionName: 'rejected-orders', InvocationType: 'Event', Payload: '{"id":"a"}' }]);
});

test.each([
  ['no right to it', sdkError('AccessDeniedException', 403), 'FUNCTION_REFUSED'],
  ['no such function', sdkError('ResourceNotFoundException', 404), 'FUNCTION_REFUSED'],
  ['a payload too large', sdkError('RequestTooLargeException', 413), 'FUNCTION_REFUSED'],
  ['throttling', sdkError('TooManyRequestsException', 429), 'FUNCTION_UNAVAILABLE'],
  ['an update of the function', sdkError('ResourceConflictException', 409), 'FUNCTION_UNAVAILABLE'],
  ['a fault of Lambda', sdkError('ServiceException', 500), 'FUNCTION_UNAVAILABLE'],
  ['no answer', sdkError('TimeoutError'), 'FUNCTION_UNAVAILABLE'],
])('%s', async (_what, error, code) => {
  await expect(invoking(() => Promise.reject(error))).rejects.toMatchObject({ code });
});

test('another answer than "queued" confirms nothing', async () => {
  await expect(invoking(() => Promise.resolve({ StatusCode: 200 }))).rejects.toMatchObject({
    code: 'FUNCTION_UNAVAILABLE',
  });
});
