import { kafkaEvent, type Given } from '../simulation';
import { applies, fails, world, type World } from './world';

jest.setTimeout(240_000);

/** Letters of one request, as the command asks for them. */
const CHUNK = 3;
const KEYS = ['k', 'l', null];
const given = (n: number): Given => ({ offset: n, id: `e${n}`, key: KEYS[n % 3]!, value: { n } });

/** How often each event has to have taken effect in the end: those that a bad deploy applied once more, and no other. */
const TIMES = { e0: 2, e1: 2, e2: 1, e3: 1, e4: 1, e5: 1, e6: 2, e7: 1 };
const ALL = Array.from({ length: 8 }, (_, n) => given(n));

/** Events in every state from which a topic is sent again, and the time of the good deploy. */
async function prepared(all: World): Promise<number> {
  all.topic.hold(...ALL);
  await all.deliver(kafkaEvent(given(0), given(1), given(6)), applies);
  // One whose letter is there, one whose letter somebody deleted; two that no delivery has settled.
  await all.park(given(2), given(3));
  all.objects.content.delete(`dead-letters/${all.names()[1]}`);
  await all.clock.run(all.clock.sleep(60_000));
  const before = all.clock.now();
  await all.deliver(kafkaEvent(given(5)), applies);
  await all.clock.run(all.clock.sleep(900_000));
  return before;
}

/** As the command: letters, their redrive, the next letters; how many were sent. */
async function run(all: World, before: number): Promise<number | 'killed'> {
  let sent = 0;
  let from = 0;
  let behind: readonly string[] = [];
  while (from < ALL.length) {
    const answer = await all.invokeAgain({ from, to: ALL.length - 1, before, most: CHUNK, behind });
    if (answer === 'killed') return 'killed';
    if (answer.send.length > 0) {
      const redriven = await all.invoke({ objects: answer.send, behind });
      if (redriven === 'killed') return 'killed';
      behind = redriven.behind;
    }
    sent += answer.send.length;
    from = answer.next;
  }
  return sent;
}

/** What the consumer does between the kill and the run after it. */
const MEANWHILE: Readonly<Record<string, (all: World) => Promise<void>>> = {
  'nothing happens meanwhile': () => Promise.resolve(),
  'the copies are applied meanwhile': (all) => all.consume(applies),
  'the copies fail and are parked meanwhile': (all) => all.consume(fails),
  'the records are delivered once more meanwhile': async (all) => {
    await all.deliver(kafkaEvent(...ALL), applies);
  },
};

/** Kills the function at that step, runs the command again until it is done, and looks at every promise. */
async function trial(step: number, meanwhile: (all: World) => Promise<void>, faults: boolean): Promise<boolean> {
  let steps = 0;
  let requests = 0;
  let isArmed = false;
  const all: World = world({
    onStep: () => {
      if (isArmed && ++steps === step) all.kill();
    },
    kafka: () => (faults && ++requests % 3 === 1 ? { does: 'lose-answer', written: requests % 2 === 0 } : undefined),
  });
  const before = await prepared(all);
  isArmed = true;
  const ended = (await run(all, before)) !== 'killed';
  isArmed = false;
  await meanwhile(all);
  all.renew();
  for (let n = 0; n < 4; n++) {
    const sent = await run(all, before);
    expect(sent).not.toBe('killed');
    await all.consume(applies);
    if (sent === 0) break;
  }
  // Letters that an interrupted run left of what others have settled by then.
  if (all.names().length > 0) await all.redrive();
  await all.consume(applies, true);
  await all.deliver(kafkaEvent(...ALL), applies);
  expect(Object.fromEntries(Object.keys(TIMES).map((id) => [id, all.applied(id)]))).toEqual(TIMES);
  expect(all.names()).toEqual([]);
  expect(all.records('done')).toHaveLength(ALL.length);
  return ended;
}

describe.each(Object.entries(MEANWHILE))('killed at any step, and run again; %s', (_, meanwhile) => {
  test.each([
    ['none is missed, each is applied once more at most', false, 3],
    ['nor while answers of Kafka are lost', true, 7],
  ])('%s', async (_name, faults, nth) => {
    let step = 1;
    while (!(await trial(step, meanwhile, faults))) step += nth;
    // Each event takes a look, a letter, a write, a copy and a deletion.
    expect(step).toBeGreaterThan(6 * 5);
  });
});
