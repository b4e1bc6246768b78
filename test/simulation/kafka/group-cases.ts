import type { Case } from './case';

/** What a consumer group takes as committed, and from whom. */
export const groupCases: readonly Case[] = [
  {
    promise: 'a group takes the commits of its members alone, and of the generation it is in',
    play: async (stage) => {
      const group = stage.group();
      const first = await group.join('one');
      const answers = [await group.commit('one', first, 5), await group.commit('nobody', first, 9)];
      const second = await group.join('two');
      answers.push(await group.commit('one', first, 9), await group.commit('two', second, 6));
      await group.leave('two');
      answers.push(await group.commit('two', second, 9));
      return { generations: second - first, answers, committed: await group.committed() };
    },
    want: { generations: 1, answers: ['ok', 'stale', 'stale', 'ok', 'stale'], committed: 6 },
  },
  {
    promise: 'while a group waits for its members to join anew, it takes what they commit',
    play: async (stage) => {
      const group = stage.group();
      const first = await group.join('one');
      const joining = group.beginJoin('two');
      const meanwhile = await group.commit('one', first, 7);
      const second = await joining.end();
      const answers = [meanwhile, await group.commit('one', first, 8), await group.commit('one', second, 9)];
      return { answers, committed: await group.committed() };
    },
    want: { answers: ['ok', 'stale', 'ok'], committed: 9 },
  },
  {
    promise: 'a group without a commit has none',
    play: async (stage) => {
      const group = stage.group();
      await group.join('one');
      return group.committed();
    },
    want: undefined,
  },
];
