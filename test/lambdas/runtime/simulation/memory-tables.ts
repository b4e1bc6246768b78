import type { AttributeValue, TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import type {
  CancellationReason,
  Transactions,
  TransactOutcome,
  UpdateOutcome,
} from '../../../../lambdas/runtime/idempotency/transactions';
import type { VirtualClock } from './virtual-clock';
import { holds, plainItem, updated, type Item } from './expressions';

/** What a script makes of one request: an answer instead of carrying it out, or `lost`: carried out, and no answer. */
export type Script = (items: readonly TransactWriteItem[], call: number) => TransactOutcome | 'lost' | undefined;

/** DynamoDB in memory, with its semantics of conditions and transactions, and a script for what goes wrong. */
export class MemoryTables implements Transactions {
  readonly calls: (readonly TransactWriteItem[])[] = [];
  /** Most requests under way at once. */
  atOnce = 0;
  script: Script = () => undefined;
  #tables = new Map<string, { key: string; items: Map<string, Item> }>();
  #underWay = 0;

  constructor(
    keys: Record<string, string>,
    readonly clock: VirtualClock,
    readonly latencyMs: () => number = () => 5,
  ) {
    for (const [table, key] of Object.entries(keys)) this.#tables.set(table, { key, items: new Map() });
  }

  items = (table: string): Item[] => [...(this.#tables.get(table)?.items.values() ?? [])];

  write(table: string, item: Item): void {
    const { key, items } = this.#tables.get(table) as { key: string; items: Map<string, Item> };
    items.set(String(item[key]), item);
  }

  async transact(requested: readonly TransactWriteItem[]): Promise<TransactOutcome> {
    const call = this.calls.push(requested) - 1;
    this.atOnce = Math.max(this.atOnce, ++this.#underWay);
    // The answer takes its time, and what it does it does somewhere in between.
    await this.clock.sleep(this.latencyMs());
    const scripted = this.script(requested, call);
    const outcome = scripted === undefined || scripted === 'lost' ? this.#carryOut(requested) : scripted;
    await this.clock.sleep(this.latencyMs());
    this.#underWay--;
    return scripted === 'lost' ? { kind: 'unknown', detail: 'TimeoutError' } : outcome;
  }

  /** What is updated one item at a time goes past the script of the transactions, and has one of its own. */
  readonly updates: Update[] = [];
  updateScript: (input: Update, call: number) => UpdateOutcome | 'lost' | undefined = () => undefined;

  async update(input: Update): Promise<UpdateOutcome> {
    const call = this.updates.push(input) - 1;
    await this.clock.sleep(this.latencyMs());
    const scripted = this.updateScript(input, call);
    const outcome = scripted === undefined || scripted === 'lost' ? this.#updateOne(input) : scripted;
    await this.clock.sleep(this.latencyMs());
    return scripted === 'lost' ? { kind: 'unknown', detail: 'TimeoutError' } : outcome;
  }

  #updateOne(input: Update): UpdateOutcome {
    const step = this.#step({ Update: input });
    if (!step) return { kind: 'refused', detail: 'ResourceNotFoundException' };
    if (!step.passes) return { kind: 'not met', item: step.old };
    return { kind: 'written', item: step.apply() ?? {} };
  }

  async readMany(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, Item>> {
    await this.clock.sleep(this.latencyMs());
    const items = this.#tables.get(table)?.items;
    return new Map(
      keys
        .flatMap((key) => [[key, items?.get(key)] as const])
        .filter((pair): pair is [string, Item] => pair[1] !== undefined),
    );
  }

  async read(table: string, key: string): Promise<Item | undefined> {
    await this.clock.sleep(this.latencyMs());
    return this.#tables.get(table)?.items.get(key);
  }

  #carryOut(requested: readonly TransactWriteItem[]): TransactOutcome {
    const steps = requested.map((item) => this.#step(item));
    if (steps.some((step) => step === undefined)) return { kind: 'refused', detail: 'ResourceNotFoundException' };
    const known = steps.filter((step) => step !== undefined);
    const invalid = requested.length > 100 || new Set(known.map(({ target }) => target)).size < known.length;
    if (invalid) return { kind: 'invalid', detail: 'ValidationException' };
    const reasons = known.map(({ passes, old, wantsOld }): CancellationReason => {
      if (passes) return { code: 'None' };
      return { code: 'ConditionalCheckFailed', item: wantsOld ? old : undefined };
    });
    if (reasons.some(({ code }) => code !== 'None')) return { kind: 'cancelled', reasons };
    known.forEach(({ apply }) => apply());
    return { kind: 'committed' };
  }

  #step({ Put, Update, Delete, ConditionCheck }: TransactWriteItem) {
    const input = Put ?? Update ?? Delete ?? ConditionCheck;
    const table = this.#tables.get(input?.TableName ?? '');
    if (!input || !table) return undefined;
    const keyed = plainItem(Put?.Item ?? (input as { Key: Record<string, AttributeValue> }).Key);
    const key = String(keyed[table.key]);
    const old = table.items.get(key);
    const scope = { item: old, names: input.ExpressionAttributeNames, values: input.ExpressionAttributeValues };
    return {
      target: `${input.TableName} ${key}`,
      passes: holds(input.ConditionExpression, scope),
      old,
      wantsOld: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      /** Returns the item as it is then. */
      apply: (): Item | undefined => {
        if (Put) table.items.set(key, keyed);
        if (Update) table.items.set(key, updated(Update.UpdateExpression ?? '', scope, keyed));
        if (Delete) table.items.delete(key);
        return table.items.get(key);
      },
    };
  }
}
