import { readWhole, roles, send, untilAnotherLeads, untilInSync, type Case } from './case';
import { BROKERS, MAX_MESSAGE_BYTES, type Stage } from './stage';

const numbered = (producer: number, first: number, ...values: string[]) => ({ values, sequence: { producer, first } });

/** What brokers answer to one request, and what their replicas agree on. */
export const brokerCases: readonly Case[] = [
  {
    promise: 'a batch under numbers that were written is in the log once, and is answered where it lies',
    play: async (stage) => {
      const { leader } = await roles(stage);
      const answers = [];
      for (const batch of [
        numbered(7, 0, 'a', 'b'),
        numbered(7, 2, 'c'),
        numbered(7, 0, 'a', 'b'),
        numbered(7, 2, 'c'),
      ])
        answers.push(await stage.produce(leader, batch));
      return { answers, log: await readWhole(stage, 3) };
    },
    want: {
      answers: [0, 2, 0, 2].map((base) => ({ code: 0, base })),
      log: { kind: 'records', high: 3, records: ['0 a', '1 b', '2 c'] },
    },
  },
  {
    promise:
      'numbers that leave a gap, hold another count, or are older than the last five batches are refused, with nothing written',
    play: async (stage) => {
      const { leader } = await roles(stage);
      for (let n = 0; n < 6; n++) await stage.produce(leader, numbered(7, n, `v${n}`));
      const codes = [];
      for (const batch of [
        numbered(7, 7, 'gap'),
        numbered(7, 5, 'two', 'more'),
        numbered(7, 0, 'v0'),
        numbered(7, 1, 'v1'),
      ])
        codes.push((await stage.produce(leader, batch)).code);
      return { codes, high: ((await readWhole(stage, 6)) as { high: number }).high };
    },
    want: { codes: [45, 45, 45, 0], high: 6 },
  },
  {
    promise: 'a producer of whom nothing is known begins at any number, and one without numbers is written each time',
    play: async (stage) => {
      const { leader } = await roles(stage);
      const answers = [];
      for (const batch of [
        numbered(8, 5, 'a'),
        numbered(8, 6, 'b'),
        { values: ['c'] },
        { values: ['c'], acks: 1 as const },
      ])
        answers.push(await stage.produce(leader, batch));
      return answers;
    },
    want: [0, 1, 2, 3].map((base) => ({ code: 0, base })),
  },
  {
    promise: 'what lies below the beginning of the log cannot be read; offsets and the numbers of producers go on',
    play: async (stage) => {
      const { leader } = await roles(stage);
      for (let n = 0; n < 3; n++) await stage.produce(leader, numbered(7 + n, 0, `v${n}`));
      await readWhole(stage, 3);
      await stage.trim(2);
      const reads = [await stage.read(0), await stage.read(2), await stage.read(50)];
      const again = await stage.produce(leader, numbered(7, 0, 'v0'));
      return { reads, again, next: await stage.produce(leader, numbered(7, 1, 'v3')) };
    },
    want: {
      reads: [{ kind: 'out of range' }, { kind: 'records', high: 3, records: ['2 v2'] }, { kind: 'out of range' }],
      again: { code: 0, base: 0 },
      next: { code: 0, base: 3 },
    },
  },
  {
    promise: 'whoever leads next knows the numbers of producers, and whoever led before refuses',
    play: async (stage) => {
      const { leader, followers } = await roles(stage);
      const batch = numbered(7, 0, 'a');
      const answers = [await stage.produce(leader, batch)];
      await stage.moveLeader(followers[1]);
      for (const [to, each] of [
        [leader, batch],
        [followers[1], batch],
        [followers[1], numbered(7, 1, 'b')],
      ] as const)
        // prettier-ignore
        answers.push(await stage.produce(to, each));
      return answers;
    },
    want: [
      { code: 0, base: 0 },
      { code: 6, base: -1 },
      { code: 0, base: 0 },
      { code: 0, base: 1 },
    ],
  },
  {
    promise:
      'with fewer replicas in sync than are asked for nothing is acknowledged and nothing new is read, until enough are back',
    play: tooFewInSync,
    want: {
      appended: { code: 7, base: -1 },
      refused: { code: 19, base: -1 },
      leaderAlone: { code: 0, base: 2 },
      client: 'unknown',
      visible: { kind: 'records', high: 1, records: ['0 a'] },
      after: { kind: 'records', high: 3, records: ['0 a', '1 b', '2 d'] },
    },
  },
  {
    promise:
      'what one replica alone had is gone after an election and was read by nobody; what was acknowledged stays, with its numbers and commits',
    play: cutOff,
    want: {
      before: { kind: 'records', high: 2, records: ['0 a', '1 p'] },
      next: 'acked 2',
      again: { code: 0, base: 1 },
      committed: 2,
      commit: 'ok',
      after: { kind: 'records', high: 3, records: ['0 a', '1 p', '2 b'] },
    },
  },
];

async function tooFewInSync(stage: Stage): Promise<unknown> {
  const client = stage.client();
  const { leader, followers } = await roles(stage);
  await stage.produce(leader, { values: ['a'] });
  await readWhole(stage, 1);
  await Promise.all(followers.map((id) => stage.crash(id)));
  // Longer than the followers' sessions: they are out of sync before the leader gives up.
  const appending = stage.produce(leader, { values: ['b'], timeoutMs: 10_000 });
  // What is too large is not written in any case, and refused for its size only where there are replicas enough.
  const tooLarge = { values: ['x'.repeat(MAX_MESSAGE_BYTES)] };
  await stage.until('a refusal', async () => (await stage.produce(leader, tooLarge)).code === 19);
  const refused = await stage.produce(leader, { values: ['never'] });
  const leaderAlone = await stage.produce(leader, { values: ['d'], acks: 1 });
  const heard = await send(stage, client, ['c']);
  const appended = await appending;
  const visible = await stage.read(0);
  await Promise.all(followers.map((id) => stage.restart(id)));
  await untilInSync(stage, BROKERS);
  return { appended, refused, leaderAlone, client: heard, visible, after: await readWhole(stage, 3) };
}

async function cutOff(stage: Stage): Promise<unknown> {
  const client = stage.client();
  const group = stage.group();
  await stage.moveLeader(await group.coordinator());
  const { leader, followers } = await roles(stage);
  const generation = await group.join('one');
  await group.commit('one', generation, 1);
  await group.commit('one', generation, 2);
  await stage.produce(leader, { values: ['a'] });
  await stage.produce(leader, numbered(7, 0, 'p'));
  await readWhole(stage, 2);
  for (const follower of followers) await stage.pause(follower);
  await stage.aMoment();
  await stage.produce(leader, { values: ['x'], acks: 1 });
  const before = await stage.read(0);
  await stage.crash(leader);
  for (const follower of followers) await stage.goOn(follower);
  await untilAnotherLeads(stage, leader);
  const next = await send(stage, client, ['b']);
  const led = await roles(stage);
  const again = await stage.produce(led.leader, numbered(7, 0, 'p'));
  const committed = await group.committed();
  const commit = await group.commit('one', generation, 3);
  await stage.restart(leader);
  await untilInSync(stage, BROKERS);
  await stage.moveLeader(leader);
  return { before, next, again, committed, commit, after: await readWhole(stage, 3) };
}
