import type { TransactWriteItemsInput } from '@aws-sdk/client-dynamodb';
import type { Records } from '../broken/effect';
import type { Fault, FaultTarget, Underway } from '../fault';
import type { StoreRequest } from '../proxies/http';
import type { Chance } from '../random';
import { someOf } from '../underway';
import type { Control } from './control';
import { onPipeline } from './on-pipeline';

/** A claim is taken over 10 s after its last beat; then the batch has to be settled by others. */
const STANDSTILL_SECONDS = 40;

export const completionWithoutToken: Control = {
  name: 'completion-without-token',
  // The other one's ledger has counted the event as parked; its record says now that it is done.
  check: 'P8',
  describe:
    'A consumer with a call whose completion does not check that the claim is still its own, overtaken while it stands still.',
  recipe: onPipeline({
    code: { Billing: 'completion-without-token' },
    // On a busy machine all that a stack has of them stand still, and nobody could overtake.
    maxSandboxes: 16,
    fault: {
      ...{ name: 'overtaken', title: 'Overtaken by other pollers', group: 'mapping', alone: true },
      describe:
        'SIGSTOP of the sandboxes of the consumer while the completion of a call is on the way to the store; other ' +
        'pollers hand the same batch to fresh ones, whose answer counts; then the completion arrives.',
      seconds: [STANDSTILL_SECONDS, STANDSTILL_SECONDS],
      start: overtake,
    } satisfies Fault,
  }),
};

function overtake({ consumers, dynamodb }: FaultTarget, chance: Chance): Promise<Underway> {
  const overtaken = someOf(consumers, chance, 'consumer');
  let resume: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (resume = resolve));
  let isArmed = false;
  overtaken.around(async (payload, invoke) => {
    const first = invoke(payload);
    if (isArmed) return first;
    isArmed = true;
    const stopped = new Promise<number>((resolve) => {
      const act = async () => {
        resolve(await overtaken.signal('SIGSTOP'));
        await held;
        await overtaken.signal('SIGCONT');
      };
      dynamodb.set({ kind: 'hold', which: completionOf(payload), act });
    });
    const standing = await Promise.race([stopped, first.then(() => 0)]);
    // As many as stand still may be idle, and one of them be given the batch: that many must be asked, to have a fresh one.
    const outcome = await Promise.race([first, ...Array.from({ length: standing }, () => invoke(payload))]);
    resume();
    return outcome;
  });
  const heal = () => {
    overtaken.around(undefined);
    resume();
    return Promise.resolve(dynamodb.set({ kind: 'pass' }));
  };
  return Promise.resolve({ what: `${overtaken.path} stands still and is overtaken`, heal });
}

/** Whether a request completes the call of a record of this batch. */
function completionOf(payload: string): (request: StoreRequest) => boolean {
  const places = new Set(
    Object.values((JSON.parse(payload) as Records).records)
      .flat()
      .map(({ partition, offset }) => `${partition} ${offset}`),
  );
  return ({ operation, body }) => {
    if (operation !== 'TransactWriteItems') return false;
    const { TransactItems = [] } = JSON.parse(body.toString('utf8')) as TransactWriteItemsInput;
    return TransactItems.some(({ Update }) => {
      const {
        [':state']: state,
        [':partition']: partition,
        [':offset']: offset,
      } = Update?.ExpressionAttributeValues ?? {};
      return state?.S === 'done' && places.has(`${partition?.N} ${offset?.N}`);
    });
  };
}
