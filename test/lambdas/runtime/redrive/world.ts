import type { MSKEvent } from 'aws-lambda';
import type { ConsumerOptions } from '../../../../lambdas/runtime/consumer';
import type { Fetched, Packed, ReadRecord, TopicReader } from '../../../../lambdas/runtime/kafka/topic-reader';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import {
  parkedFolder,
  type AmendFate,
  type AgainAnswer,
  type AgainRequest,
  type AmendRequest,
  type RedriveAnswer,
  type RedriveRequest,
} from '../../../../lambdas/runtime/contract';
import { update } from '../../../../lambdas/runtime/idempotency/operations';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import { json } from '../../../../lambdas/runtime/event/decode';
import { again, amend, redrive } from '../../../../lambdas/runtime/redrive';
import { CLUSTER, environment, kafkaEvent, reported, simulation, type Given } from '../simulation';
import { producerEnvironment } from '../simulation/scripted-producer';
import { guard, killableClock, killablePort, killableStore, killableTables } from '../simulation/killable';
import { idOf, ScriptedPort, type Request, type Step } from '../simulation/scripted-port';

/** Where copies lie: past every record that a test writes. */
const FIRST_COPY = 1_000;

interface Options {
  readonly kafka?: (request: Request) => Step | undefined;
  /** Hears of each request that the function makes, before it is sent and when it is answered. */
  readonly onStep?: () => void;
  readonly partitions?: number;
}

export const fails = { decode: json(), attempts: 1, write: () => Promise.reject(new Error('handler')) };
/** Counts in the table `orders` how often each event took effect. */
export const applies: ConsumerOptions<unknown> = {
  decode: json(),
  attempts: 1,
  write: (_, { event: { id } }) => [
    update({ TableName: 'orders', Key: { id }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } }), // prettier-ignore
  ],
};

/** A consumer with its table and dead letters, and the function that sends them back, whose sandbox can be killed. */
export function world({ kafka, onStep = () => undefined, partitions = 3 }: Options = {}) {
  const all = simulation();
  const { clock, tables, objects, log } = all;
  const port = new ScriptedPort(clock, kafka, () => ({ partitions, maxMessageBytes: 4_000_000 }));
  const delivered = new Map<number, number>();
  const topic = new HeldTopic();
  const variables = {
    LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster: CLUSTER, topic: 'orders', spill: 'spill', deadLetters: 'dead-letters' }), // prettier-ignore
    LOSSLESS_PRODUCER_Orders: JSON.stringify({ ...producerEnvironment, cluster: CLUSTER }),
  };

  function sandbox() {
    const life = { dead: false };
    let announce: () => void = () => undefined;
    const killed = new Promise<'killed'>((resolve) => (announce = () => resolve('killed')));
    const step = guard(life, onStep);
    const own = killableClock(clock, life);
    const deps = {
      ...{ clock: own, log, variables },
      store: killableStore(objects, step),
      transactions: killableTables(tables, step),
      port: () => killablePort(port, step),
      reader: (): TopicReader => ({
        bounds: (_, partition) => step(() => topic.bounds(partition)),
        fetch: (_, partition, offset) => step(() => topic.fetch(partition, offset)),
        close: () => Promise.resolve(),
      }),
    };
    return {
      handler: redrive(deps),
      amending: amend(deps),
      again: again(deps),
      killed,
      kill: () => ((life.dead = true), announce()),
    };
  }
  let current = sandbox();

  const names = (group = environment.group) => objects.names('dead-letters', parkedFolder(CLUSTER, group, 'orders'));
  const invoke = async (request: Partial<RedriveRequest['redrive']>, timeoutMs = 300_000) => {
    const { handler, killed } = current;
    const end = clock.now() + timeoutMs;
    const { group = environment.group } = request;
    const table = group === '-' ? undefined : environment.table;
    const objects = request.objects ?? names(group);
    const redrive = { topic: 'orders', group, table, maxRedrives: 3, ...request, objects };
    const context = { getRemainingTimeInMillis: () => end - clock.now() };
    return clock.run(Promise.race([handler({ redrive }, context), killed]));
  };

  const invokeAmend = async (request: Partial<AmendRequest['amend']>, timeoutMs = 300_000) => {
    const { amending, killed } = current;
    const end = clock.now() + timeoutMs;
    const { group = environment.group } = request;
    const table = group === '-' ? undefined : environment.table;
    const [object = 'none'] = names(group);
    const amend = { topic: 'orders', group, table, object, by: 'Ann', ...request };
    const context = { getRemainingTimeInMillis: () => end - clock.now() };
    return clock.run(Promise.race([amending({ amend }, context), killed]));
  };

  const invokeAgain = async (request: Partial<AgainRequest['again']>): Promise<AgainAnswer | 'killed'> => {
    const { again, killed } = current;
    const end = clock.now() + 300_000;
    const of = { topic: 'orders', partition: 0, group: environment.group, table: environment.table, before: 0 };
    const given = { ...of, from: 0, to: topic.last(request.partition ?? 0), most: 100, maxRedrives: 3, ...request };
    return clock.run(Promise.race([again({ again: given }, { getRemainingTimeInMillis: () => end - clock.now() }), killed])); // prettier-ignore
  };

  return {
    ...all,
    port,
    topic,
    invokeAgain,
    /** Asks for letters for what the topic holds; answered. */
    again: async (request: Partial<AgainRequest['again']> = {}): Promise<AgainAnswer> => {
      const answer = await invokeAgain(request);
      if (answer === 'killed') throw new Error('the function was killed');
      return answer;
    },
    names,
    invoke,
    invokeAmend,
    /** The first letter of the group, with that JSON as its value; what became of it. */
    amend: async (value: unknown, request: Partial<AmendRequest['amend']> = {}): Promise<AmendFate> => {
      const given = value === undefined ? {} : { value: base64(Buffer.from(JSON.stringify(value))) };
      const fate = await invokeAmend({ ...given, ...request });
      if (fate === 'killed') throw new Error('the function was killed');
      return fate;
    },
    /** All letters of the group in one request, answered; what became of each, by its place in the listing. */
    redrive: async (request: Partial<RedriveRequest['redrive']> = {}): Promise<RedriveAnswer> => {
      const answer = await invoke(request);
      if (answer === 'killed') throw new Error('the function was killed');
      return answer;
    },
    kill: () => current.kill(),
    renew: () => (current = sandbox()),
    /** Parks them: the consumer fails on each. */
    park: async (...given: readonly Given[]) => {
      if (reported(await all.deliver(kafkaEvent(...given), fails)).length > 0) throw new Error('not parked');
    },
    /** Hands the consumer what has come into the topic since, and what came before it once more with `again`. */
    consume: async (options: ConsumerOptions<unknown> = applies, again = false) => {
      const event = copies(port.log, again ? new Map<number, number>() : delivered);
      for (const [partition, messages] of port.log) delivered.set(partition, messages.length);
      if (event !== undefined) await clock.run(all.invoke(event, options));
    },
    /** How often the event took effect. */
    applied: (id: string): number => Number(tables.item('orders', id)?.['n'] ?? 0),
    inLog: (): string[] => [...port.log.values()].flat().map(idOf),
    messages: (): KafkaMessage[] => [...port.log.values()].flat(),
  };
}

export type World = ReturnType<typeof world>;

/** What a topic still holds, read by partition and offset; a few records at a time. */
class HeldTopic {
  /** Records of a few fetches. */
  most = 4;
  start = 0;
  packed: readonly Packed[] = [];
  private readonly held = new Map<number, ReadRecord[]>();

  hold(...given: readonly Given[]): void {
    for (const records of recordBatch(kafkaEvent(...given)).partitions.values()) {
      for (const { partition, offset, timestamp, key, value, headers } of records) {
        const record = { offset, timestamp, key, value, headers };
        this.held.set(
          partition,
          [...(this.held.get(partition) ?? []), record].sort((a, b) => a.offset - b.offset),
        );
      }
    }
  }

  last = (partition: number): number => Math.max(0, ...(this.held.get(partition) ?? []).map(({ offset }) => offset));

  bounds = (partition: number) =>
    Promise.resolve(this.held.has(partition) ? { start: this.start, end: this.last(partition) + 1 } : undefined);

  fetch = (partition: number, from: number): Promise<Fetched> => {
    const records = (this.held.get(partition) ?? []).filter(({ offset }) => offset >= from).slice(0, this.most);
    const next = Math.max(from, ...records.map(({ offset }) => offset + 1), ...this.packed.map(({ to }) => to + 1));
    const isPacked = ({ offset }: ReadRecord) => this.packed.some((each) => each.from <= offset && offset <= each.to);
    return Promise.resolve({ records: records.filter((record) => !isPacked(record)), packed: this.packed.filter((each) => each.to >= from), next }); // prettier-ignore
  };
}

/** Records of the log as the mapping hands them over. */
function copies(
  log: ReadonlyMap<number, readonly KafkaMessage[]>,
  from: ReadonlyMap<number, number>,
): MSKEvent | undefined {
  const records: Record<string, unknown[]> = {};
  for (const [partition, messages] of log) {
    messages.forEach(({ key, value, headers }, index) => {
      if (index < (from.get(partition) ?? 0)) return;
      (records[`orders-${partition}`] ??= []).push({
        ...{ topic: 'orders', partition, offset: FIRST_COPY + index, timestamp: 1_700_000_100_000 },
        ...{ timestampType: 'LOG_APPEND_TIME', key: key && base64(key), value: value && base64(value) },
        headers: headers.map(([name, text]) => ({ [name]: text && [...text] })),
      });
    });
  }
  if (Object.keys(records).length === 0) return undefined;
  return { ...kafkaEvent(), records } as MSKEvent;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
