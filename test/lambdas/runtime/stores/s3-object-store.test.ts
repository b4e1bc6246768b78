import { s3ObjectStore } from '../../../../lambdas/runtime/stores/s3-object-store';

const failure = (name: string, httpStatusCode?: number, attempts = 1) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode, attempts } });
const answering = (send: (command: { input: Record<string, unknown> }) => Promise<unknown>) => s3ObjectStore({ send });
const put = (error: Error) => answering(() => Promise.reject(error)).putIfAbsent('b', 'n', '{}');

test('a put asks S3 to write only what is not there', async () => {
  const inputs: unknown[] = [];
  const store = answering((command) => Promise.resolve(inputs.push(command.input)));
  expect(await store.putIfAbsent('b', 'n', '{}')).toBe('written');
  expect(inputs).toEqual([expect.objectContaining({ Bucket: 'b', Key: 'n', Body: '{}', IfNoneMatch: '*' })]);
});

test('an object that is there already is reported, not overwritten', async () => {
  expect(await put(failure('PreconditionFailed', 412)).catch(() => 'threw')).toBe('exists');
});

test.each<[string, Error, string]>([
  ['refused access', failure('AccessDenied', 403), 'STORE_REFUSED'],
  ['refused access after a retry', failure('AccessDenied', 403, 2), 'STORE_UNAVAILABLE'],
  ['a missing bucket', failure('NoSuchBucket', 404), 'STORE_REFUSED'],
  ['another writer at the same moment', failure('ConditionalRequestConflict', 409), 'STORE_UNAVAILABLE'],
  ['throttling', failure('SlowDown', 429), 'STORE_UNAVAILABLE'],
  ['a server error', failure('InternalError', 500), 'STORE_UNAVAILABLE'],
  ['no answer', failure('TimeoutError'), 'STORE_UNAVAILABLE'],
])('%s tells whether the object may have been written', async (_what, error, code) => {
  await expect(put(error)).rejects.toMatchObject({ code, cause: error });
});

test('a missing object is none, a missing bucket is an error', async () => {
  const get = (error: Error) => answering(() => Promise.reject(error)).get('b', 'n');
  expect(await get(failure('NoSuchKey', 404))).toBeUndefined();
  await expect(get(failure('NoSuchBucket', 404))).rejects.toMatchObject({ code: 'STORE_REFUSED' });
});

test('a listing goes on to its last page', async () => {
  const pages = [
    {
      Contents: [
        { Key: 'a', Size: 1 },
        { Key: 'b', Size: 2 },
      ],
      NextContinuationToken: 't',
    },
    { Contents: [{ Key: 'c', Size: 3 }] },
  ];
  const tokens: unknown[] = [];
  const store = answering((command) => {
    tokens.push(command.input['ContinuationToken']);
    return Promise.resolve(pages[tokens.length - 1]);
  });
  const listed: string[] = [];
  for await (const { name, bytes } of store.list('b', 'p')) listed.push(`${name} ${bytes}`);
  expect([listed, tokens]).toEqual([
    ['a 1', 'b 2', 'c 3'],
    [undefined, 't'],
  ]);
});

test('a body that stops half-way is let go once nobody waits for it', async () => {
  let letGo = false;
  const Body = { transformToString: () => new Promise(() => undefined), destroy: () => (letGo = true) };
  const over = new AbortController();
  void answering(() => Promise.resolve({ Body })).get('b', 'n', over.signal);
  await Promise.resolve();
  expect(letGo).toBe(false);
  over.abort();
  expect(letGo).toBe(true);
});
