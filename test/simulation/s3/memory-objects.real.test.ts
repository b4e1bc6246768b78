/** The object store of the simulations answers as S3 does behind the product's own client: what they show is true of the real one. */
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpProxy, type HttpMode, type HttpProxy } from '../../../faults/proxies/http';
import { s3Refusal } from '../../../faults/proxies/refusals';
import type { Listed, ObjectStore } from '../../../lambdas/runtime/stores/object-store';
import { s3ObjectStore } from '../../../lambdas/runtime/stores/s3-object-store';
import { startMinistack } from '../../../local/ministack';
import { Processes } from '../../../local/processes';
import { localClient } from '../../../local/stores';
import type { LinkTrouble } from '../../../simulation/network/link';
import { objectsClient, type ObjectTrouble } from '../../../simulation/s3/client';
import { MemoryObjects, PAGE, type ObjectAct, type ObjectCall } from '../../../simulation/s3/memory-objects';
import { sandboxed, ToldTroubles } from '../sandboxed';

jest.setTimeout(180_000);

let dir: string;
let processes: Processes;
let proxy: HttpProxy;
let client: S3Client;
let real: ObjectStore;
/** What the proxy draws next: below ½ an answer is lost. */
let draws: number[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-objects-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  const { endpoint } = await startMinistack({ dir, processes });
  proxy = await startHttpProxy(() => draws.shift() ?? 0);
  proxy.aim(endpoint);
  // A connection for each try: one that an earlier fault has cut would take a try of a later one.
  const requestHandler = { httpAgent: { keepAlive: false } };
  client = new S3Client({ ...localClient(proxy.endpoint), maxAttempts: 3, requestHandler });
  // Pages as short as the model's, which are long enough to be asked for one after the other.
  client.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        next(commandName === 'ListObjectsV2Command' ? { ...args, input: { ...args.input, MaxKeys: PAGE } } : args),
    { step: 'initialize', name: 'pages' },
  );
  real = s3ObjectStore(client);
});

afterAll(async () => {
  client.destroy();
  await proxy.stop();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

let buckets = 0;
/** Two empty buckets of one name. They keep versions, as those of the constructs do. */
async function twins(): Promise<{ bucket: string; model: MemoryObjects }> {
  const bucket = `trial-${buckets++}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  return { bucket, model: new MemoryObjects() };
}

type Change =
  | { readonly kind: 'put'; readonly name: string; readonly body: string }
  | { readonly kind: 'delete'; readonly name: string };
type Request =
  | Change
  | { readonly kind: 'get'; readonly name: string }
  /** `meanwhile`: done after so many objects of the listing were taken. */
  | { readonly kind: 'list'; readonly prefix: string; readonly taken: number; readonly meanwhile: readonly Change[] };

/** Two above U+FFFF and two below, which JavaScript sorts otherwise than S3; and what our names are made of. */
const part = fc.constantFrom('a', 'b', '0', '!003a', '-', '.', 'é', '\uff21', '\ufffd', '😀', '𝄞');
const name = fc
  .tuple(fc.constantFrom('', 'x/', 'x/y/', 'z/'), fc.array(part, { minLength: 1, maxLength: 2 }))
  .map(([folder, parts]) => `${folder}${parts.join('')}`);
const body = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  fc.constantFrom('\ud83d', '\ufeff{}', '"\u0000"'),
);
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), name, body }),
  fc.record({ kind: fc.constant('delete' as const), name }),
);
const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 5, arbitrary: change },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('get' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      prefix: fc.constantFrom('', 'x/', 'x/y/', 'x', 'z/', 'none/'),
      taken: fc.nat(7),
      meanwhile: fc.array(change, { maxLength: 3 }),
    }),
  },
);

async function ask(store: ObjectStore, bucket: string, asked: Request): Promise<unknown> {
  switch (asked.kind) {
    case 'put':
      return store.putIfAbsent(bucket, asked.name, asked.body);
    case 'get':
      return store.get(bucket, asked.name);
    case 'delete':
      return store.delete(bucket, asked.name);
    case 'list': {
      const listed: Listed[] = [];
      const listing = store.list(bucket, asked.prefix)[Symbol.asyncIterator]();
      const take = async (most: number) => {
        for (let n = 0; n < most; n += 1) {
          const got = await listing.next();
          if (got.done === true) return;
          // When it was put the real one alone tells, for whoever looks at dead letters.
          const { name, bytes } = got.value;
          listed.push({ name, bytes });
        }
      };
      await take(asked.taken);
      for (const each of asked.meanwhile) await ask(store, bucket, each);
      await take(Number.POSITIVE_INFINITY);
      return listed;
    }
  }
}

test('whatever is asked of it, the model answers as S3 does: puts, reads, deletions, and listings that others change meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 25 }), async (requests) => {
      const { bucket, model } = await twins();
      const everything: Request = { kind: 'list', prefix: '', taken: 0, meanwhile: [] };
      for (const asked of [...requests, everything]) {
        const [ours, theirs] = [await ask(model, bucket, asked), await ask(real, bucket, asked)];
        expect({ asked, answer: ours }).toEqual({ asked, answer: theirs });
      }
      for (const each of model.names(bucket)) {
        expect([each, await model.get(bucket, each)]).toEqual([each, await real.get(bucket, each)]);
      }
    }),
    { numRuns: 60 },
  );
});

test('of many writers of one name one wins, and everybody reads what that one wrote', async () => {
  const { bucket, model } = await twins();
  for (const store of [model, real]) {
    const writers = Array.from({ length: 16 }, (_, n) => store.putIfAbsent(bucket, 'contended', `by ${n}`));
    const outcomes = await Promise.all(writers);
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
    expect(await store.get(bucket, 'contended')).toBe(`by ${outcomes.indexOf('written')}`);
  }
});

/** How a call of the model can go, and the fault of a real one on which the product's client says the same. */
const FAULTS: Record<Exclude<ObjectAct, 'ok' | 'silent' | 'stalled'>, { mode: HttpMode; draws?: number[] }> = {
  unavailable: { mode: { kind: 'down' } },
  lost: { mode: { kind: 'lose-answers', share: 0.5 } },
  'lost once': { mode: { kind: 'lose-answers', share: 0.5 }, draws: [0, 1, 1, 1] },
  'slow-down': { mode: { kind: 'refuse', share: 1, refusals: [s3Refusal('SlowDown', 'Slow down', 503)] } },
  refused: { mode: { kind: 'refuse', share: 1, refusals: [s3Refusal('AccessDenied', 'Access Denied', 403)] } },
};
const CALLS: Record<ObjectCall, Request> = {
  put: { kind: 'put', name: 'new', body: 'b' },
  get: { kind: 'get', name: 'old' },
  delete: { kind: 'delete', name: 'old' },
  list: { kind: 'list', prefix: '', taken: 0, meanwhile: [] },
};

test.each(
  Object.entries(FAULTS).flatMap(([act, fault]) => Object.keys(CALLS).map((call) => [act, call, fault] as const)),
)(
  'a call that is %s (%s) is told as the product tells it of S3, and leaves behind what it leaves there',
  async (act, call, fault) => {
    const { bucket, model } = await twins();
    for (const store of [model, real]) await store.putIfAbsent(bucket, 'old', 'a');
    const asked = CALLS[call as ObjectCall];
    const told = (store: ObjectStore) =>
      ask(store, bucket, asked).catch((error: Error & { code?: string }) => `${error.name} ${error.code}`);
    model.script = () => act as ObjectAct;
    const ours = await told(model);
    draws = [...(fault.draws ?? [])];
    proxy.set(fault.mode);
    const theirs = await told(real);
    proxy.set({ kind: 'pass' });
    model.script = () => 'ok';
    expect(ours).toEqual(theirs);
    expect(model.names(bucket)).toEqual(await namesIn(bucket));
  },
);

/** How often what goes wrong in a run: as often as the SDK tries. */
const TROUBLES: Record<keyof typeof FAULTS, readonly [ObjectTrouble | LinkTrouble, number]> = {
  unavailable: ['request-lost', 3],
  lost: ['answer-lost', 3],
  'lost once': ['answer-lost', 1],
  'slow-down': ['slow-down', 3],
  refused: ['refused', 1],
};

/** S3 as a function of a run reaches it. */
function reached(bucket: string, model: MemoryObjects, unreadable: { has(path: string): boolean } = new Set<string>()) {
  const { home, way, link, run } = sandboxed();
  const troubles = new ToldTroubles<ObjectTrouble>();
  const store = objectsClient({ buckets: new Map([[bucket, model]]), home, link, troubles, unreadable });
  return { store, way, troubles, run };
}

test.each(Object.keys(FAULTS).flatMap((act) => Object.keys(CALLS).map((call) => [act, call] as const)))(
  'in a run a call that is %s (%s) is told as the product tells it of S3, and leaves behind what it leaves there',
  async (act, call) => {
    const { bucket, model } = await twins();
    for (const store of [model, real]) await store.putIfAbsent(bucket, 'old', 'a');
    const { store, way, troubles, run } = reached(bucket, model);
    const asked = CALLS[call as ObjectCall];
    const told = (on: ObjectStore) =>
      ask(on, bucket, asked).catch((error: Error & { code?: string }) => `${error.name} ${error.code}`);
    const [trouble, times] = TROUBLES[act as keyof typeof FAULTS];
    for (const each of [way, troubles]) each.left.set(trouble, times);
    const ours = await run(told(store));
    const fault = FAULTS[act as keyof typeof FAULTS];
    draws = [...(fault.draws ?? [])];
    proxy.set(fault.mode);
    const theirs = await told(real);
    proxy.set({ kind: 'pass' });
    expect(ours).toEqual(theirs);
    expect(model.names(bucket)).toEqual(await namesIn(bucket));
  },
);

test('a put that meets somebody else at its name each time is told as the product tells it of S3, and leaves nothing behind', async () => {
  const { bucket, model } = await twins();
  const put: Request = { kind: 'put', name: 'new', body: 'b' };
  const told = (on: ObjectStore) =>
    ask(on, bucket, put).catch((error: Error & { code?: string }) => `${error.name} ${error.code}`);
  const { store, troubles, run } = reached(bucket, model);
  troubles.left.set('conflict', 3);
  const ours = await run(told(store));
  const refusals = [s3Refusal('ConditionalRequestConflict', 'A conflicting operation occurred', 409)];
  proxy.set({ kind: 'refuse', share: 1, refusals });
  const theirs = await told(real);
  proxy.set({ kind: 'pass' });
  expect(ours).toEqual(theirs);
  expect(model.names(bucket)).toEqual(await namesIn(bucket));
});

test('of a name that was deleted nothing is read or listed, though the bucket keeps its versions, and it can be put again', async () => {
  const { bucket, model } = await twins();
  const everything: Request = { kind: 'list', prefix: '', taken: 0, meanwhile: [] };
  const told = async (store: ObjectStore) => {
    const answers: unknown[] = [await store.putIfAbsent(bucket, 'a', 'first')];
    await store.delete(bucket, 'a');
    await store.delete(bucket, 'a');
    answers.push(await store.get(bucket, 'a'), await ask(store, bucket, everything));
    answers.push(await store.putIfAbsent(bucket, 'a', 'second'), await store.putIfAbsent(bucket, 'a', 'third'));
    return [...answers, await store.get(bucket, 'a'), await ask(store, bucket, everything)];
  };
  const want = ['written', undefined, [], 'written', 'exists', 'second', [{ name: 'a', bytes: 6 }]];
  expect([await told(model), await told(real)]).toEqual([want, want]);
});

test('in a run a read that fails for one object is told as the product tells it of S3, and the next object is read', async () => {
  const { bucket, model } = await twins();
  for (const store of [model, real]) for (const each of ['a', 'b']) await store.putIfAbsent(bucket, each, each);
  const { store, run } = reached(bucket, model, new Set([`${bucket}/a`]));
  const told = (read: Promise<unknown>) =>
    read.catch((error: Error & { code?: string }) => `${error.name} ${error.code}`);
  const ours = [await run(told(store.get(bucket, 'a'))), await run(told(store.get(bucket, 'b')))];
  proxy.set({
    kind: 'refuse',
    share: 1,
    refusals: [s3Refusal('InternalError', 'We encountered an internal error', 500)],
  });
  const failed = await told(real.get(bucket, 'a'));
  proxy.set({ kind: 'pass' });
  expect(ours).toEqual([failed, await told(real.get(bucket, 'b'))]);
});

async function namesIn(bucket: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name: each } of real.list(bucket, '')) names.push(each);
  return names;
}

test('a read that nobody waits for any more ends as it does in S3', async () => {
  const { bucket, model } = await twins();
  const over = AbortSignal.abort();
  const errors = await Promise.all(
    [model, real, reached(bucket, model).store].map((store) =>
      store.get(bucket, 'a', over).catch(({ name: kind, code }: Error & { code?: string }) => [kind, code]),
    ),
  );
  expect(errors).toEqual([errors[1], errors[1], errors[1]]);
});
