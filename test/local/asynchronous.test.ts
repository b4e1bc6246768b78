import { startAsynchronous } from '../../local/asynchronous';
import type { Outcome } from '../../local/function-host';
import type { InvokeConfig } from '../../local/template/invoke-configs';

const FAILED: Outcome = { kind: 'error', errorType: 'LosslessError', errorMessage: 'NOT_TAKEN' };
const DONE: Outcome = { kind: 'success', payload: 'null' };
const QUEUE: InvokeConfig = { retries: 2, maxAgeMs: 21_600_000, onFailure: { kind: 'queue', name: 'Failures' } };

/** Brings one event to its end, at times that are told. */
async function brought(outcomes: readonly Outcome[], config?: InvokeConfig, keep = () => Promise.resolve()) {
  let now = 1_000;
  const [triedAt, kept, said]: [number[], unknown[], string[]] = [[], [], []];
  const queue = startAsynchronous({
    functions: [{ logicalId: 'Ingest', arn: 'arn:aws:lambda:us-east-1:000000000000:function:Ingest' }],
    configs: config && new Map([['Ingest', config]]),
    invoke: () => Promise.resolve(outcomes[triedAt.push(now) - 1]!),
    keep: (to, { record }) => keep().then(() => void kept.push([to, JSON.parse(record)])),
    clock: { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) },
    log: (line) => said.push(line),
  });
  queue.take('Ingest', '{"id":"1"}');
  while (queue.underWay > 0) await new Promise((resolve) => setImmediate(resolve));
  return { triedAt, kept, said };
}

test('an event of a function that fails is tried again after one minute, and after two more', async () => {
  expect(await brought([FAILED, FAILED, DONE], QUEUE)).toEqual({ triedAt: [1_000, 61_000, 181_000], kept: [], said: [] }); // prettier-ignore
});

test('one that fails in every try is kept whole, with the reason, where the function says', async () => {
  const { triedAt, kept } = await brought([FAILED, FAILED, FAILED], QUEUE);
  expect(triedAt).toHaveLength(3);
  expect(kept).toEqual([
    [
      { kind: 'queue', name: 'Failures' },
      {
        version: '1.0',
        timestamp: '1970-01-01T00:03:01.000Z',
        requestContext: {
          requestId: expect.any(String) as string,
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Ingest:$LATEST',
          ...{ condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        },
        requestPayload: { id: '1' },
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorType: 'LosslessError', errorMessage: 'NOT_TAKEN' },
      },
    ],
  ]);
});

test.each<[string, Partial<InvokeConfig>, number, string]>([
  ['retries', { retries: 0 }, 1, 'RetriesExhausted'],
  ['age', { maxAgeMs: 60_000 }, 2, 'EventAgeExceeded'],
])('the %s that the function sets are the most', async (_, changes, tries, condition) => {
  const { triedAt, kept } = await brought([FAILED, FAILED, FAILED], { ...QUEUE, ...changes });
  expect(triedAt).toHaveLength(tries);
  expect(JSON.stringify(kept)).toContain(condition);
});

test('where no function says where, it is gone, and the run says so', async () => {
  const killed: Outcome = { kind: 'crash', detail: 'killed' };
  const { kept, said } = await brought([killed, killed, killed]);
  expect({ kept, said }).toEqual({
    kept: [],
    said: ['function Ingest: an event of its queue was given up after 3 tries (RetriesExhausted), as Lambda gives it up, and is gone'],
  }); // prettier-ignore
});

test('one that its destination does not take is lost, as in an account, and the run says so', async () => {
  const { said } = await brought([FAILED, FAILED, FAILED], QUEUE, () => Promise.reject(new Error('too large')));
  expect(said.at(-1)).toBe('function Ingest: an event of its queue is lost: Error: too large');
});
