import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import type {
  CancellationReason,
  Failed,
  Transactions,
  TransactOutcome,
  UpdateOutcome,
} from '../../lambdas/runtime/stores/tables';
import type { Clock } from '../../lambdas/runtime/time/clock';
import { withoutValues } from '../../lambdas/runtime/stores/dynamodb';
import { holds, updated, UpdateFault } from './expressions';
import { nameFault, NO_NAME, transactionFault, writeFault, writeOf, type Write } from './requests';
import { ITEM_BYTES, itemBytes, KEY_BYTES, plainItem, type Item } from './values';

/** What a script makes of one request: an answer instead of carrying it out, or `lost`: carried out, and no answer. */
export type Script = (items: readonly TransactWriteItem[], call: number) => TransactOutcome | 'lost' | undefined;

interface Table {
  readonly key: string;
  readonly items: Map<string, Item>;
}

/** One write of a request that DynamoDB has nothing against, and the item it is about. */
interface Step {
  readonly target: string;
  readonly wantsOld: boolean;
  readonly old: Item | undefined;
  /** Why it cannot take place now. */
  readonly refusal: CancellationReason | undefined;
  /** Returns the item as it is then. */
  readonly apply: () => Item | undefined;
}

/** Most bytes of one BatchGetItem's answer, and most keys of it; what does not fit is left out. */
const BATCH_BYTES = 16 * 1024 * 1024;
const BATCH_KEYS = 100;
/** Between the two phases of a transaction its items take no other write. Milliseconds. */
const HELD_MS = 2;
const HELD = 'Transaction is ongoing for the item';

/**
 * DynamoDB in memory, with its conditions, transactions, limits and refusals, and a script for what goes wrong. It is held
 * to the real part by `memory-tables.real.test.ts`; that two transactions conflict, which the local part never shows, is
 * taken from DynamoDB's pages.
 */
export class MemoryTables implements Transactions {
  readonly calls: (readonly TransactWriteItem[])[] = [];
  /** Most requests under way at once. */
  atOnce = 0;
  /** Writes that met a transaction under way on their item. */
  conflicts = 0;
  script: Script = () => undefined;
  readonly #tables = new Map<string, Table>();
  /** Items between the two phases of a transaction. */
  readonly #held = new Set<string>();
  #underWay = 0;

  constructor(
    keys: Record<string, string>,
    readonly clock: Pick<Clock, 'sleep'>,
    readonly latencyMs: () => number = () => 5,
    /** `calls` and `updates` are kept: not in a run of millions of them. */
    private readonly keepsCalls = true,
  ) {
    for (const [table, key] of Object.entries(keys)) this.#tables.set(table, { key, items: new Map() });
  }

  /** Hears of each item that was written, as it is then; undefined: it is gone. */
  onWritten: (table: string, key: string, item: Item | undefined) => void = () => undefined;

  items = (table: string): Item[] => [...(this.#tables.get(table)?.items.values() ?? [])];

  item = (table: string, key: string): Item | undefined => this.#tables.get(table)?.items.get(key);

  remove(table: string, key: string): void {
    this.#tables.get(table)?.items.delete(key);
  }

  write(table: string, item: Item): void {
    const { key, items } = this.#tables.get(table)!;
    items.set(String(item[key]), item);
  }

  async transact(requested: readonly TransactWriteItem[]): Promise<TransactOutcome> {
    const call = this.keepsCalls ? this.calls.push(requested) - 1 : -1;
    this.atOnce = Math.max(this.atOnce, ++this.#underWay);
    // The answer takes its time, and what it does it does somewhere in between.
    await this.clock.sleep(this.latencyMs());
    const scripted = this.script(requested, call);
    const outcome = scripted === undefined || scripted === 'lost' ? await this.#carryOut(requested) : scripted;
    await this.clock.sleep(this.latencyMs());
    this.#underWay--;
    return scripted === 'lost' ? { kind: 'unknown', detail: 'TimeoutError' } : outcome;
  }

  /** What is updated one item at a time goes past the script of the transactions, and has one of its own. */
  readonly updates: Update[] = [];
  updateScript: (input: Update, call: number) => UpdateOutcome | 'lost' | undefined = () => undefined;

  async update(input: Update): Promise<UpdateOutcome> {
    const call = this.keepsCalls ? this.updates.push(input) - 1 : -1;
    await this.clock.sleep(this.latencyMs());
    const scripted = this.updateScript(input, call);
    const outcome = scripted === undefined || scripted === 'lost' ? this.#updateOne(input) : scripted;
    await this.clock.sleep(this.latencyMs());
    return scripted === 'lost' ? { kind: 'unknown', detail: 'TimeoutError' } : outcome;
  }

  async readMany(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, Item>> {
    const unique = [...new Set(keys)];
    const found = new Map<string, Item>();
    for (let from = 0; from < unique.length; from += BATCH_KEYS) {
      await this.clock.sleep(this.latencyMs());
      let bytes = 0;
      for (const key of unique.slice(from, from + BATCH_KEYS)) {
        const item = this.#read(table, key);
        if (item === undefined || (bytes += itemBytes(item)) > BATCH_BYTES) continue;
        found.set(key, item);
      }
    }
    return found;
  }

  async read(table: string, key: string): Promise<Item | undefined> {
    await this.clock.sleep(this.latencyMs());
    return this.#read(table, key);
  }

  #read(name: string, key: string): Item | undefined {
    const table = this.#tables.get(name);
    if (!table) throw named('ResourceNotFoundException', NO_TABLE);
    const fault = writeFault({ Key: { [table.key]: { S: key } } }, table.key);
    if (fault !== undefined) throw named('ValidationException', fault);
    return table.items.get(key);
  }

  #updateOne(input: Update): UpdateOutcome {
    const unnamed = this.#unnamed([input.TableName]);
    if (unnamed?.kind === 'invalid') return unnamed;
    const table = this.#tables.get(input.TableName ?? '');
    const fault = writeFault(input, table?.key ?? '');
    if (!table) return refused();
    if (fault !== undefined) return invalid(fault);
    const step = this.#step({ Update: input }, table);
    switch (step.refusal?.code) {
      case undefined:
        return { kind: 'written', item: step.apply() ?? {} };
      case 'TransactionConflict':
        return { kind: 'busy', detail: `TransactionConflictException: ${HELD}` };
      case 'ConditionalCheckFailed':
        return { kind: 'not met', item: step.old };
      default:
        return invalid(step.refusal?.message ?? '');
    }
  }

  /** A name that is left out counts first, then the first table that is not there. */
  #unnamed(names: readonly (string | undefined)[]): Failed | undefined {
    if (names.includes(undefined)) return invalid(NO_NAME);
    const missing = names.find((name) => !this.#tables.has(name!));
    if (missing === undefined) return undefined;
    const fault = nameFault(missing);
    return fault === undefined ? refused() : invalid(fault);
  }

  async #carryOut(requested: readonly TransactWriteItem[]): Promise<TransactOutcome> {
    const unnamed = this.#unnamed(requested.map((item) => writeOf(item).TableName));
    if (unnamed) return unnamed;
    const tables = requested.map((item) => this.#tables.get(writeOf(item).TableName ?? ''));
    const fault = transactionFault(requested, ({ TableName = '' }) => this.#tables.get(TableName)?.key ?? '');
    if (fault !== undefined) return invalid(fault);
    const steps = requested.map((item, index) => this.#step(item, tables[index]!));
    const reasons = steps.map(({ refusal, old, wantsOld }): CancellationReason => {
      if (!refusal) return { code: 'None' };
      return refusal.code === 'ConditionalCheckFailed' && wantsOld ? { ...refusal, item: old } : refusal;
    });
    if (reasons.some(({ code }) => code !== 'None')) return { kind: 'cancelled', reasons };
    for (const { target } of steps) this.#held.add(target);
    await this.clock.sleep(HELD_MS);
    for (const { target, apply } of steps) {
      apply();
      this.#held.delete(target);
    }
    return { kind: 'committed' };
  }

  #step(item: TransactWriteItem, table: Table): Step {
    const write = writeOf(item);
    const keyed = plainItem(write.Item ?? write.Key ?? {});
    const key = String(keyed[table.key]);
    const old = table.items.get(key);
    const target = `${write.TableName} ${key}`;
    const next = changed(item, write, old, keyed);
    return {
      target,
      old,
      wantsOld: write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
      refusal: this.#refusal(write, target, keyed[table.key], old, next),
      apply: () => {
        const written = typeof next === 'string' ? undefined : next;
        if (written === undefined) table.items.delete(key);
        else table.items.set(key, written);
        this.onWritten(write.TableName ?? '', key, written);
        return written;
      },
    };
  }

  #refusal(
    write: Write,
    target: string,
    key: unknown,
    old: Item | undefined,
    next: Item | string | undefined,
  ): CancellationReason | undefined {
    const validation = (message: string): CancellationReason => ({ code: 'ValidationError', message });
    if (typeof key !== 'string') return validation('One or more parameter values were invalid: Type mismatch for key');
    if (Buffer.byteLength(key) > KEY_BYTES)
      return validation(
        'Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes',
      );
    if (this.#held.has(target)) {
      this.conflicts++;
      return { code: 'TransactionConflict', message: HELD };
    }
    const scope = { item: old, names: write.ExpressionAttributeNames, values: write.ExpressionAttributeValues };
    if (!holds(write.ConditionExpression, scope))
      return { code: 'ConditionalCheckFailed', message: 'The conditional request failed' };
    if (typeof next === 'string') return validation(next);
    if (next && write.UpdateExpression !== undefined && itemBytes(next) > ITEM_BYTES)
      return validation('Item size to update has exceeded the maximum allowed size');
    return undefined;
  }
}

/** The item after the write; undefined: it is gone; a text: why DynamoDB does not write it. */
function changed(
  { Put, Update, Delete }: TransactWriteItem,
  write: Write,
  old: Item | undefined,
  keyed: Item,
): Item | string | undefined {
  if (Put) return keyed;
  if (Delete) return undefined;
  if (!Update) return old;
  if (write.UpdateExpression === undefined) return { ...keyed, ...old };
  const scope = { item: old, names: write.ExpressionAttributeNames, values: write.ExpressionAttributeValues };
  try {
    return updated(write.UpdateExpression, scope, keyed);
  } catch (error) {
    if (error instanceof UpdateFault) return error.message;
    throw error;
  }
}

const NO_TABLE = 'Cannot do operations on a non-existent table';
const refused = (): Failed => ({ kind: 'refused', detail: `ResourceNotFoundException: ${NO_TABLE}` });
const invalid = (message: string): Failed => ({
  kind: 'invalid',
  detail: `ValidationException: ${withoutValues(message)}`,
});
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
