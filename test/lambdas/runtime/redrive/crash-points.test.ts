import { deadLetter, putDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import type { RedriveAnswer } from '../../../../lambdas/runtime/contract';
import { CLUSTER, kafkaEvent, type Given } from '../simulation';
import { applies, fails, world, type World } from './world';

/** Letters of one request, as the command asks for them. */
const CHUNK = 3;
const KEYS = ['k', 'l', null];

/** Six events of two keys and of none, and one that never reached the topic. */
const GIVEN = Array.from({ length: 6 }, (_, n): Given => ({
  ...{ offset: n, partition: n % 2, id: `e${n}`, key: KEYS[n % 3]!, value: { n } },
}));

async function parked(all: World): Promise<void> {
  await all.park(...GIVEN);
  const message = { key: null, value: 'e30=', headers: [['ce_id', Buffer.from('u').toString('base64')]] as const };
  const what = { kind: 'event', topic: 'orders', message, timestamp: 1 } as const;
  await putDeadLetter(all.objects, 'dead-letters', deadLetter(what, { reason: 'rejected-at-producer', detail: 'd' }, { cluster: CLUSTER, nowMs: 0 })); // prettier-ignore
}

/** As the command: chunk by chunk, until a run leaves nothing that waits. False: the function was killed. */
async function run(all: World): Promise<boolean> {
  for (const group of ['billing', '-']) {
    const objects = all.names(group);
    let behind: readonly string[] = [];
    for (let from = 0; from < objects.length; from += CHUNK) {
      const answer: RedriveAnswer | 'killed' = await all.invoke({ group, objects: objects.slice(from, from + CHUNK), behind }); // prettier-ignore
      if (answer === 'killed') return false;
      behind = answer.behind;
    }
  }
  return true;
}

/** First copies of the events of each key, in the order of the log. */
function orderIn(all: World, key: string): string[] {
  const ids = all.messages().flatMap((message) => {
    const id = Buffer.from(message.headers.find(([name]) => name === 'ce_id')?.[1] ?? '').toString();
    return message.key && Buffer.from(message.key).toString() === key ? [id] : [];
  });
  return [...new Set(ids)];
}

const orderOf = (key: string): (string | undefined)[] =>
  [0, 1].flatMap((partition) => GIVEN.filter((each) => each.key === key && each.partition === partition).map(({ id }) => id)); // prettier-ignore

/** What the consumer does between the kill and the run after it. */
const MEANWHILE: Readonly<Record<string, (all: World) => Promise<void>>> = {
  'nothing happens meanwhile': () => Promise.resolve(),
  'the copies are applied meanwhile': (all) => all.consume(applies),
  'the copies fail and are parked again meanwhile': (all) => all.consume(fails),
  'the records of the letters are delivered once more meanwhile': async (all) => {
    await all.deliver(kafkaEvent(...GIVEN), applies);
  },
};

/** Kills the function at that step, runs it again until all is done, and looks at every promise. */
async function trial(step: number, meanwhile: (all: World) => Promise<void>, faults: boolean): Promise<boolean> {
  let steps = 0;
  let requests = 0;
  let isArmed = true;
  const all: World = world({
    onStep: () => {
      steps += 1;
      if (isArmed && steps === step) all.kill();
    },
    kafka: () => (faults && ++requests % 3 === 1 ? { does: 'lose-answer', written: requests % 2 === 0 } : undefined),
  });
  await parked(all);
  const before = all.names().length + all.names('-').length;
  const ended = await run(all);
  isArmed = false;
  const copiesByThen = all.inLog().length;
  const lettersByThen = all.names().length + all.names('-').length;
  // What is gone is in the log: no letter went before its ack.
  expect(new Set(all.inLog()).size).toBeGreaterThanOrEqual(before - lettersByThen);
  await meanwhile(all);
  all.renew();
  for (let n = 0; n < 3 && all.names().length + all.names('-').length > 0; n++) {
    expect(await run(all)).toBe(true);
    if (n < 2) await all.consume(applies);
  }
  await all.consume(applies);
  await all.consume(applies, true);
  const ids = [...GIVEN.map(({ id }) => id!), 'u'];
  expect(Object.fromEntries(ids.map((id) => [id, all.applied(id)]))).toEqual(
    Object.fromEntries(ids.map((id) => [id, 1])),
  );
  expect([...all.names(), ...all.names('-')]).toEqual([]);
  expect(all.records('done')).toHaveLength(ids.length);
  // What an older delivery has applied meanwhile needed no copy.
  const sent = new Set(all.inLog());
  for (const key of ['k', 'l']) expect(orderIn(all, key)).toEqual(orderOf(key).filter((id) => sent.has(id!)));
  if (!faults && meanwhile === MEANWHILE['nothing happens meanwhile']) {
    // At most the chunk in flight is in the log twice.
    expect(all.inLog().length - ids.length).toBeLessThanOrEqual(CHUNK);
    expect(copiesByThen).toBeLessThanOrEqual(ids.length);
  }
  return ended;
}

/** Kills at every n-th step in turn. */
async function everyStep(meanwhile: (all: World) => Promise<void>, faults: boolean, nth: number): Promise<void> {
  let step = 1;
  while (!(await trial(step, meanwhile, faults))) step += nth;
  // Each letter takes a read, a write and a deletion; one without a table takes no write.
  expect(step).toBeGreaterThan(2 * (6 * 3 + 2));
}

describe.each(Object.entries(MEANWHILE))('killed at any step, and run again; %s', (_, meanwhile) => {
  test('nothing is missed, nothing is applied twice, each key keeps its order', () => everyStep(meanwhile, false, 1));

  test('nor while answers of Kafka are lost', () => everyStep(meanwhile, true, 3));
});
