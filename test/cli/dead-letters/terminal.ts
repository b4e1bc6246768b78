import { listDeadLetters } from '../../../cli/dead-letters/list';
import { redriveFromTopic } from '../../../cli/dead-letters/from-topic';
import type { FromTopicOptions, ListOptions, RedriveOptions } from '../../../cli/dead-letters/options';
import { redriveDeadLetters } from '../../../cli/dead-letters/redrive';
import type { Invoked, Surroundings } from '../../../cli/dead-letters/surroundings';
import { DEAD_LETTERS_OUTPUT, type AgainRequest, type RedriveRequest } from '../../../lambdas/runtime/contract';
import type { Listed } from '../../../lambdas/runtime/stores/object-store';
import type { Clock } from '../../../lambdas/runtime/time/clock';
import { CLUSTER, environment } from '../../lambdas/runtime/simulation';
import type { World } from '../../lambdas/runtime/redrive/world';

export const OUTPUT = JSON.stringify({
  ...{ kind: DEAD_LETTERS_OUTPUT, cluster: CLUSTER, topic: 'orders', group: environment.group },
  ...{ table: environment.table, deadLetters: 'dead-letters', replay: 'replay' },
});
/** Of what never reached its topic. */
export const UNSENT_OUTPUT = JSON.stringify({
  ...{ kind: DEAD_LETTERS_OUTPUT, cluster: CLUSTER, topic: 'orders', group: '-' },
  ...{ deadLetters: 'dead-letters', replay: 'replay' },
});
const LIST: ListOptions = { stack: ['Shop'], limit: 50 };
export const REDRIVE: RedriveOptions = { stack: ['Shop'], concurrency: 4, maxRedrives: 3 };

interface Scripted {
  readonly answer?: boolean;
  /** What becomes of a call, by its number; undefined: it is carried out. */
  readonly call?: (number: number) => Invoked | Error | undefined;
  readonly outputs?: readonly string[];
}

/** A person at a terminal, before the stores and the function of a test. */
export function terminal(all: World, { answer, call = () => undefined, outputs = ['https://shop', OUTPUT] }: Scripted = {}) {
  const printed: string[] = [];
  const asked: string[] = [];
  const requests: RedriveRequest['redrive'][] = [];
  const looks: AgainRequest['again'][] = [];
  const stop = new AbortController();
  const { objects, tables, clock } = all;
  const own: Clock = { now: () => clock.now(), monotonic: () => clock.monotonic(), random: () => clock.random(), uuid: () => clock.uuid(), timer: (...a) => clock.timer(...a), soon: (act) => clock.soon(act), sleep: (...a) => clock.run(clock.sleep(...a)) };
  const around: Surroundings = {
    store: { putIfAbsent: (...a) => objects.putIfAbsent(...a), get: (...a) => objects.get(...a), delete: (...a) => objects.delete(...a), list: (...a) => stamped(objects.list(...a)) },
    transactions: { ...tables, read: (...a) => clock.run(tables.read(...a)), readMany: (...a) => clock.run(tables.readMany(...a)), transact: (items) => clock.run(tables.transact(items)), update: (input) => clock.run(tables.update(input)) },
    versions: versionsOf(all),
    caller: () => Promise.resolve('arn:aws:iam::1:user/ann'),
    clock: own,
    outputsOf: (stack) => (stack === 'Shop' ? Promise.resolve(outputs) : Promise.reject(Object.assign(new Error(`Stack with id ${stack} does not exist`), { name: 'ValidationError' }))),
    invoke: async (_, payload) => {
      const scripted = call(requests.length);
      const { redrive, again } = JSON.parse(payload) as RedriveRequest & AgainRequest;
      if (again !== undefined) {
        looks.push(again);
        const answered = (value: unknown): Invoked => ({ kind: 'answer', payload: JSON.stringify(value) });
        return all.invokeAgain(again).then(answered, ({ name, message }: Error) => ({ kind: 'error', type: name, message }));
      }
      requests.push(redrive);
      if (scripted instanceof Error) throw scripted;
      return scripted ?? { kind: 'answer', payload: JSON.stringify(await all.invoke(redrive)) };
    },
    groupsOf: () => Promise.resolve(['billing', 'shipping']),
    print: (text) => void printed.push(text),
    progress: { say: () => undefined, count: () => undefined, end: () => undefined },
    ask: (question) => (asked.push(question), Promise.resolve(answer)),
    nowMs: () => clock.now(),
    sleep: (ms) => clock.run(clock.sleep(ms)),
    signal: stop.signal,
  };
  return {
    ...{ around, printed, asked, requests, looks, stop },
    text: () => printed.join(''),
    list: (options: Partial<ListOptions> = {}) => listDeadLetters({ ...LIST, ...options }, around),
    redrive: (options: Partial<RedriveOptions> = {}) => redriveDeadLetters({ ...REDRIVE, ...options }, around),
    fromTopic: (options: Partial<FromTopicOptions> = {}) => redriveFromTopic({ ...REDRIVE, fromTopic: 'orders', partition: 0, offsets: { from: 0, to: 2 }, ...options }, around),
    /** The letters that `list --json` printed. */
    letters: () => linesOf(printed).filter((line) => 'object' in line),
    lines: () => linesOf(printed),
  };
} // prettier-ignore

const linesOf = (printed: readonly string[]) =>
  printed.join('').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore

/** The same with something that happens between the listing that counts letters and the one that takes them. */
export function afterCounting(around: Surroundings, happens: () => unknown): Surroundings {
  let listings = 0;
  async function* list(...asked: Parameters<Surroundings['store']['list']>): AsyncIterable<Listed> {
    if (++listings === 2) await happens();
    yield* around.store.list(...asked);
  }
  return { ...around, store: { ...around.store, list } };
}

/** Put one second after the other, in the order of their names. */
async function* stamped(listing: AsyncIterable<Listed>): AsyncIterable<Listed> {
  let putAtMs = 0;
  for await (const listed of listing) yield { ...listed, putAtMs: (putAtMs += 1_000) };
}

/** A bucket that keeps one version of each object. */
const versionsOf = ({ objects }: World): Surroundings['versions'] => ({
  of: (bucket, name) => Promise.resolve(objects.content.has(`${bucket}/${name}`) ? ['null'] : []),
  remove: (bucket, name) => Promise.resolve(void objects.content.delete(`${bucket}/${name}`)),
});
