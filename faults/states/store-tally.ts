import { LEDGER, RECORD, type RecordState } from '../../lambdas/runtime/contract';
import type { StoreExchange } from '../proxies/http';
import type { Asked } from './observed';

interface Item {
  readonly [attribute: string]: { readonly S?: string; readonly N?: string; readonly L?: readonly Value[] } | undefined;
}
interface Value {
  readonly M?: Item;
}

const CLAIMED = 'claimed' satisfies RecordState;

/**
 * Reads off the requests to DynamoDB, and the answers to them, where the consumers have come: by the names of the
 * contract alone, and by what the store said was there before and after.
 */
export class StoreTally {
  private lookUps = 0;
  private marks = 0;
  private takenOver = 0;
  /** Events that met another's claim. */
  private readonly met = new Set<string>();
  /** Owner of each claim, as the store last said it. */
  private readonly owners = new Map<string, string>();

  get asked(): Asked {
    return {
      ...{ lookUps: this.lookUps, claimsMet: this.met.size, claimsTakenOver: this.takenOver, marks: this.marks },
    };
  }

  see({ operation, body, status, answer }: StoreExchange): void {
    switch (operation) {
      case 'BatchGetItem':
        if (status === 200) this.lookUps += 1;
        return;
      case 'UpdateItem':
        return status === 200 ? this.updated(answer) : this.refused(body, answer);
      case 'TransactWriteItems':
        if (status !== 200) this.cancelled(answer);
        return;
    }
  }

  /** Every update of ours asks for what the item is then. */
  private updated(answer: Buffer): void {
    const { Attributes } = read<{ Attributes?: Item }>(answer);
    const key = Attributes?.[RECORD.key]?.S;
    if (Attributes === undefined || key === undefined) return;
    const open = Attributes[LEDGER.open]?.L ?? [];
    if (open.some(({ M }) => M?.['at'] !== undefined)) this.marks += 1;
    const owner = Attributes[RECORD.owner]?.S;
    const before = this.owners.get(key);
    if (owner === undefined || Attributes[RECORD.state]?.S !== CLAIMED) this.owners.delete(key);
    else {
      if (before !== undefined && before !== owner) this.takenOver += 1;
      this.owners.set(key, owner);
    }
  }

  private refused(body: Buffer, answer: Buffer): void {
    const { Item } = read<{ Item?: Item }>(answer);
    if (Item?.[RECORD.state]?.S !== CLAIMED) return;
    const { ExpressionAttributeValues: values } = read<{ ExpressionAttributeValues?: Item }>(body);
    const own = values?.[':owner']?.S;
    if (own !== Item[RECORD.owner]?.S) this.met.add(Item[RECORD.key]?.S ?? '');
  }

  private cancelled(answer: Buffer): void {
    const { CancellationReasons = [] } = read<{ CancellationReasons?: readonly { readonly Item?: Item }[] }>(answer);
    for (const { Item } of CancellationReasons) {
      if (Item?.[RECORD.state]?.S === CLAIMED) this.met.add(Item[RECORD.key]?.S ?? '');
    }
  }
}

/** What is no JSON object says nothing. */
function read<T extends object>(bytes: Buffer): Partial<T> {
  try {
    return Object(JSON.parse(bytes.toString('utf8'))) as Partial<T>;
  } catch {
    return {};
  }
}
