import type { Account, Question, Questions } from './account';
import type { Deployed, DeployedStack } from './deployed';
import type { Drift } from './drift';
import { changesIn, newFindings, type Change } from './judge';
import type { Look } from './reading';
import { READINGS } from './readings';

/** What was asked for and not to be seen: whatever it would say, nothing is proven of it. */
export interface Unseen {
  readonly of: Deployed;
  readonly why: string;
}

export interface Found {
  readonly stacks: readonly DeployedStack[];
  /** Resources that were looked at. */
  readonly looked: number;
  readonly drifts: readonly Drift[];
  readonly changes: readonly Change[];
  readonly unseen: readonly Unseen[];
}

/** Asks for all that the promise depends on in deployed stacks, and judges what comes back. */
export async function lookAt(stacks: readonly DeployedStack[], account: Account): Promise<Found> {
  const resources = stacks.flatMap((stack) => stack.resources);
  const unseen: Unseen[] = [];
  const look: Look = {
    ask: async <Q extends Question>(of: Deployed, question: Q, input: Questions[Q][0]) => {
      const answer = await account.ask(question, input);
      if (answer.kind === 'unseen') unseen.push({ of, why: answer.why });
      return answer;
    },
    unseen: (of, why) => void unseen.push({ of, why }),
    find: (physicalId) => resources.find((each) => each.physicalId === physicalId),
  };
  // Kinds side by side, resources of one kind after the other: a dozen calls are underway, which no account throttles.
  const read = READINGS.map(async ({ types, read }) => read(ofTypes(resources, types), look));
  const seen = (await Promise.all(read)).flat();
  const own = seen.flatMap(({ drifts = [] }) => drifts);
  const isTold = (drift: Drift) => own.some(({ of, code }) => of === drift.of && code === drift.code);
  const drifts = [...own, ...newFindings(stacks, seen).filter((drift) => !isTold(drift))];
  const drifting = new Set(drifts.map(({ of }) => of));
  return {
    stacks,
    looked: READINGS.flatMap(({ types }) => ofTypes(resources, types)).length,
    drifts: resources.flatMap((resource) => drifts.filter(({ of }) => of === resource)),
    changes: changesIn(seen).filter(({ of }) => !drifting.has(of)),
    unseen,
  };
}

const ofTypes = (resources: readonly Deployed[], types: readonly string[]): readonly Deployed[] =>
  resources.filter(({ type }) => types.includes(type));
