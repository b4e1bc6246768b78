import type { Fault, FaultTarget, Underway } from '../fault';
import type { Chance } from '../random';
import { someOf } from '../underway';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

/**
 * A claim is taken over 10 s after its last beat. Then the event is done, and its batch committed; after that the first
 * owner goes on.
 */
const STANDSTILL_SECONDS = 20;

export const completionWithoutToken: Control = {
  name: 'completion-without-token',
  // The event is settled anew after a commit has passed it. P2 says nothing here: the other system knows the event's id.
  check: 'P3',
  describe:
    'A consumer with a call whose completion does not check that the claim is still its own, overtaken while it stands still.',
  recipe: onPipeline({
    code: { Billing: 'completion-without-token' },
    fault: {
      ...{ name: 'overtaken', title: 'Overtaken by other pollers', group: 'mapping', alone: true },
      describe:
        'SIGSTOP of the sandboxes of the consumer as soon as the effect of a call has taken place; other pollers hand ' +
        'the same batch to fresh ones, whose answer counts; later the first go on.',
      seconds: [STANDSTILL_SECONDS, STANDSTILL_SECONDS],
      start: overtake,
    } satisfies Fault,
  }),
};

function overtake({ consumers, dynamodb }: FaultTarget, chance: Chance): Promise<Underway> {
  const overtaken = someOf(consumers, chance, 'consumer');
  let standing = 0;
  let armed = false;
  overtaken.around(async (payload, invoke) => {
    const first = invoke(payload);
    if (armed) return first;
    armed = true;
    const stopped = new Promise<void>((resolve) => {
      const act = async () => {
        standing = await overtaken.signal('SIGSTOP');
        resolve();
      };
      dynamodb.set({ kind: 'strike', operation: 'TransactWriteItems', when: 'after', times: 1, act });
    });
    await Promise.race([stopped, first]);
    // As many as stand still may be idle, and one of them be given the batch: one more than these is needed.
    const others = Array.from({ length: standing }, () => invoke(payload));
    return Promise.race([first, ...others]);
  });
  const heal = async () => {
    overtaken.around(undefined);
    dynamodb.set({ kind: 'pass' });
    await overtaken.signal('SIGCONT');
    return standing;
  };
  return Promise.resolve({ what: `${overtaken.path} stands still and is overtaken`, heal });
}
