import type { RingingAlarm, StackResource } from '../../../cli/deployed/clients';
import type { Mapping } from '../../../cli/deployed/mappings';
import type { Status } from '../../../cli/status/model';
import { showStatus, type StatusOptions, type Surroundings } from '../../../cli/status/status';
import { AUDIT_OUTPUT, DEAD_LETTERS_OUTPUT, unsentObject, spillObject } from '../../../lambdas/runtime/contract';
import type { Listed } from '../../../lambdas/runtime/stores/object-store';
import { world } from '../../lambdas/runtime/audit/world';
import { fails } from '../../lambdas/runtime/redrive/world';
import { CLUSTER, kafkaEvent, type Given } from '../../lambdas/runtime/simulation';

const of = { cluster: CLUSTER, topic: 'orders' };
export const OUTPUTS = {
  consumer: JSON.stringify({ kind: DEAD_LETTERS_OUTPUT, ...of, group: 'billing', table: 'idempotency', deadLetters: 'dead-letters', replay: 'replay' }),
  spill: JSON.stringify({ kind: DEAD_LETTERS_OUTPUT, ...of, group: '-', deadLetters: 'dead-letters', replay: 'replay', spill: 'spill' }),
  audit: JSON.stringify({ kind: AUDIT_OUTPUT, ...of, audit: 'audit', retentionSeconds: 7 * 86_400 }),
} as const; // prettier-ignore

/** AWS's answer to whoever has no right. */
export const refusal = () => Object.assign(new Error('User: arn:aws:iam::1:user/ann is not authorized'), { name: 'AccessDeniedException' }); // prettier-ignore

/** A pipeline with a real consumer and a real audit on stores in memory, and a person's terminal before it. */
export function pipeline() {
  const around = world();
  const { clock, objects, tables } = around;
  const now = clock.now();
  const printed: string[] = [];
  const stop = new AbortController();
  /** When objects were put, by their bucket. @default - now */
  const putAtMs: Record<string, number> = {};
  const told = {
    outputs: ['https://shop', OUTPUTS.consumer, OUTPUTS.spill, OUTPUTS.audit] as readonly string[],
    stackStatus: 'UPDATE_COMPLETE',
    mappings: [{ uuid: 'u', topic: 'orders', group: 'billing', state: 'Enabled', lastResult: 'OK' }] as readonly Mapping[], // prettier-ignore
    resources: [] as readonly StackResource[],
    ringing: [] as readonly RingingAlarm[],
    /** Questions that are not answered. */
    failing: new Map<string, () => Error>(),
    /** @default - what the real one answers */
    auditAnswer: undefined as unknown,
    looks: 1,
    columns: 80,
    rows: undefined as number | undefined,
  };
  const answer = async <T>(what: string, value: () => T | Promise<T>): Promise<T> => {
    const error = told.failing.get(what)?.();
    if (error) throw error;
    return value();
  };
  async function* list(bucket: string, prefix: string): AsyncIterable<Listed> {
    await answer(bucket, () => undefined);
    for (const name of objects.names(bucket, prefix)) yield { name, bytes: 1, putAtMs: putAtMs[bucket] ?? now };
  }
  const surroundings: Surroundings = {
    stack: (name) => answer('stack', () => ({ name, status: told.stackStatus, outputs: told.outputs })),
    resourcesOf: () => answer('resources', () => told.resources),
    mappingsOf: () => answer('mappings', () => told.mappings),
    ringing: (names) => answer('alarms', () => told.ringing.filter(({ name }) => names.includes(name))),
    store: { putIfAbsent: refused, get: refused, delete: refused, list },
    transactions: {
      ...{ transact: refused, update: refused, read: refused },
      readMany: (table, keys) => answer(table, () => clock.run(tables.readMany(table, keys))),
    },
    invoke: (_, payload) =>
      answer('audit', async () => {
        const value =
          told.auditAnswer ??
          (await (payload === '{"status":true}' ? around.status() : around.audit(JSON.parse(payload))));
        return { kind: 'answer' as const, payload: JSON.stringify(value) };
      }),
    print: (text) => void printed.push(text),
    screen: () => ({ columns: told.columns, rows: told.rows, paint: (_, text) => text }),
    now: () => now,
    sleep: () => {
      if (--told.looks === 0) stop.abort();
      return Promise.resolve();
    },
    signal: stop.signal,
  };
  let offset = 0;
  return {
    ...{ around, told, putAtMs, now, surroundings, printed },
    /** Records of partition 0 are in the log; those given are delivered, fail, and are parked or held. */
    fail: async (...given: readonly Partial<Given>[]) => {
      const events = given.map((each): Given => ({ offset: offset++, id: `e${offset}`, key: `k${offset}`, value: {}, ...each })); // prettier-ignore
      await around.deliver(kafkaEvent(...events), fails);
    },
    spill: (n: number) => objects.content.set(`spill/${spillObject({ ...of, atMs: n, unique: 'u' })}`, '{}'),
    unsent: (n: number) => objects.content.set(`dead-letters/${unsentObject({ ...of, atMs: n, hash: 'a'.repeat(64) })}`, '{}'), // prettier-ignore
    look: async (options: Partial<StatusOptions> = {}) => {
      const code = await showStatus({ stacks: ['Shop'], json: true, ...options }, surroundings);
      return { code, printed: printed.splice(0) };
    },
    status: async (): Promise<Status & { readonly code: 0 | 1 }> => {
      const code = await showStatus({ stacks: ['Shop'], json: true }, surroundings);
      return { code, ...(JSON.parse(printed.splice(0).join('')) as Status) };
    },
    screen: async (columns = 80) => {
      told.columns = columns;
      await showStatus({ stacks: ['Shop'] }, surroundings);
      return printed.splice(0).join('');
    },
  };
}

const refused = () => Promise.reject(new Error('status writes nothing, and reads no event'));
