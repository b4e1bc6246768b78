/** Other content under an id that the door has accepted: the caller hears it at once, and no dead letter is made of it. */
import { httpDoor } from '../../../../lambdas/runtime/door';
import { scriptedProducer } from '../simulation/scripted-producer';

type Given = Parameters<typeof scriptedProducer>[0];

/** One sandbox of the door, which takes one request after the other. */
function sandbox(given: Given = {}) {
  const { clock, port, producer } = scriptedProducer(given);
  const door = httpDoor(producer);
  const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/shop' } } };
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  /** @returns how each event ended, and why it was refused */
  const post = async (...events: readonly object[]) => {
    const body = JSON.stringify(events.map((each) => ({ type: 't', ...each })));
    const request = { headers, body, isBase64Encoded: false, requestContext };
    const answer = await clock.run(door(request, { getRemainingTimeInMillis: () => 28_000 }));
    const { results } = JSON.parse(answer.body ?? '') as { results: { outcome: string; reason?: string }[] };
    return results;
  };
  const published = () => [...port.log.values()].flat().length;
  return { post, published };
}

const outcomes = async (answers: ReturnType<ReturnType<typeof sandbox>['post']>) =>
  (await answers).map(({ outcome }) => outcome);

test('four hundred contents under one id, a request each, make one event and no dead letter', async () => {
  const { post, published } = sandbox();
  expect(await outcomes(post({ id: 'a', data: 0 }))).toEqual(['acked']);
  for (let data = 1; data < 400; data++) {
    const [answer] = await post({ id: 'a', data });
    expect(answer).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('event id: got it before') as string }); // prettier-ignore
  }
  expect(published()).toBe(1);
});

test('the same content is taken as often as it comes, also after another was refused', async () => {
  const { post } = sandbox();
  const same = { id: 'a', data: { n: 1 } };
  expect(await outcomes(post(same))).toEqual(['acked']);
  expect(await outcomes(post({ id: 'a', data: { n: 2 } }, same))).toEqual(['rejected', 'acked']);
  expect(await outcomes(post({ ...same, time: '2026-01-02T03:04:05Z', subject: 'new' }))).toEqual(['acked']);
});

test.each([
  ['type', { type: 'u' }],
  ['key', { partitionkey: 'k' }],
  ['data', { data: { n: 2 } }],
  ['data that is null', { data: null }],
])('content is told by its %s', async (_what, other) => {
  const { post } = sandbox();
  const first = { id: 'a', data: { n: 1 } };
  await post(first);
  expect(await outcomes(post({ ...first, ...other }))).toEqual(['rejected']);
});

test('the same id of another source is another event', async () => {
  const { post } = sandbox();
  await post({ id: 'a', source: '/one', data: 1 });
  expect(await outcomes(post({ id: 'a', source: '/two', data: 2 }))).toEqual(['acked']);
});

test('an event that waits in the spill store is accepted: other content under its id is refused', async () => {
  let isAway = true;
  const { post } = sandbox({ kafka: () => (isAway ? { does: 'not-now' } : undefined) });
  expect(await outcomes(post({ id: 'a', data: 1 }))).toEqual(['spilled']);
  isAway = false;
  expect(await outcomes(post({ id: 'a', data: 2 }))).toEqual(['rejected']);
});

test.each<[string, Given, string]>([
  ['refused', { kafka: () => ({ does: 'refuse', about: 'record' }) }, 'rejected'],
  ['left unknown', { kafka: () => ({ does: 'silent', written: false }), puts: () => 'refused' }, 'unknown'],
])('an id whose event was %s takes other content: a caller who mends it is heard', async (_what, given, ended) => {
  let isFirst = true;
  const { post } = sandbox({ ...given, kafka: (request) => (isFirst ? given?.kafka?.(request) : undefined) });
  expect(await outcomes(post({ id: 'a', data: 'too large' }))).toEqual([ended]);
  isFirst = false;
  expect(await outcomes(post({ id: 'a', data: 'small' }))).toEqual(['acked']);
});

test('the latest 4,096 accepted ids are remembered, and no more: memory stays flat', async () => {
  const { post } = sandbox();
  const others = Array.from({ length: 4_094 }, (_, n) => ({ id: `e${n}`, data: 1 }));
  await post({ id: 'old', data: 1 }, { id: 'known', data: 1 });
  for (let at = 0; at < others.length; at += 500) {
    expect(new Set(await outcomes(post(...others.slice(at, at + 500))))).toEqual(new Set(['acked']));
  }
  expect(await outcomes(post({ id: 'known', data: 2 }))).toEqual(['rejected']);
  await post({ id: 'known', data: 1 });
  expect(await outcomes(post({ id: 'old', data: 2 }))).toEqual(['rejected']);
  await post({ id: 'one more', data: 1 });
  expect(await outcomes(post({ id: 'old', data: 2 }, { id: 'known', data: 2 }))).toEqual(['acked', 'rejected']);
});
