import type { DeadLetter } from '../../lambdas/runtime/contract';
import { stateOfLetter, type LetterState } from '../../lambdas/runtime/idempotency/redriven';
import { sendable, type LetterToSend } from '../../lambdas/runtime/redrive/letter-to-send';
import { isDueAgain } from '../../lambdas/runtime/redrive/mark-again';
import { explained } from './errors';
import type { ListedLetter } from './letters';
import type { Place } from './places';
import type { Surroundings } from './surroundings';

/** What the table says of a letter's event, in one word or two. */
const STATE_WORDS: Readonly<Record<LetterState['kind'], string>> = {
  'parked here': 'parked',
  'parked elsewhere': 'in another letter',
  redriven: 'interrupted',
  'redriven elsewhere': 'not settled',
  claimed: 'claimed',
  done: 'applied',
  open: 'not settled',
  discarded: 'discarded',
  'discarded elsewhere': 'discarded',
  amended: 'amended',
  'amended elsewhere': 'amended',
  'other content': 'other content',
  'not known': 'not known',
};

/** In words, by the letter's name; of those without a table, and of what cannot be sent, nothing is said. */
export async function statesOf(
  letters: readonly { readonly listed: ListedLetter; readonly content: DeadLetter | undefined }[],
  { transactions, ...around }: Pick<Surroundings, 'transactions' | 'store' | 'clock'>,
): Promise<ReadonlyMap<string, string>> {
  const byTable = new Map<string, { readonly found: LetterToSend; readonly place: Place }[]>();
  for (const { listed, content } of letters) {
    const { place } = listed;
    const { table } = place;
    if (content === undefined || table === undefined || listed.group === '-') continue;
    const found = sendable(listed.name, content, listed);
    if (found.kind === 'to send') byTable.set(table, [...(byTable.get(table) ?? []), { found, place }]);
  }
  const states = new Map<string, string>();
  for (const [table, those] of byTable) {
    const items = await transactions.readMany(table, those.map(({ found }) => found.key)).catch((error: unknown) => {
      throw explained(`table ${table}`, error);
    }); // prettier-ignore
    for (const { found, place } of those) {
      const item = items.get(found.key);
      const isDue = await isDueAgain(found, item, { ...around, ...place });
      states.set(found.object, isDue ? 'to be sent' : STATE_WORDS[stateOfLetter(found, item).kind]);
    }
  }
  return states;
}
