import type { DeadLetter } from '../../lambdas/runtime/contract';
import { stateOfLetter, type LetterState } from '../../lambdas/runtime/idempotency/redriven';
import { sendable, type LetterToSend } from '../../lambdas/runtime/redrive/letter-to-send';
import type { Transactions } from '../../lambdas/runtime/stores/tables';
import { explained } from './errors';
import type { ListedLetter } from './letters';

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

/** Whether the next redrive sends it, though nothing is parked: it was put to send again what its table says of it. */
export const isDueAgain = ({ again }: DeadLetter, state: LetterState): boolean =>
  again !== undefined && (state.kind === 'open' || (state.kind === 'done' && state.atMs < again));

/** In words, by the letter's name; of those without a table, and of what cannot be sent, nothing is said. */
export async function statesOf(
  letters: readonly { readonly listed: ListedLetter; readonly content: DeadLetter | undefined }[],
  transactions: Transactions,
): Promise<ReadonlyMap<string, string>> {
  const byTable = new Map<string, LetterToSend[]>();
  for (const { listed, content } of letters) {
    const { table } = listed.place;
    if (content === undefined || table === undefined || listed.group === '-') continue;
    const found = sendable(listed.name, content, listed);
    if (found.kind === 'to send') byTable.set(table, [...(byTable.get(table) ?? []), found]);
  }
  const states = new Map<string, string>();
  for (const [table, those] of byTable) {
    const items = await transactions.readMany(table, those.map(({ key }) => key)).catch((error: unknown) => {
      throw explained(`table ${table}`, error);
    }); // prettier-ignore
    for (const found of those) {
      const state = stateOfLetter(found, items.get(found.key));
      states.set(found.object, isDueAgain(found.letter, state) ? 'to be sent' : STATE_WORDS[state.kind]);
    }
  }
  return states;
}
