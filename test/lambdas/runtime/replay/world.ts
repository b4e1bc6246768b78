import {
  LEASES,
  spillFolder,
  type DeadLetter,
  type ProducerEnvironment,
  type SpillObject,
} from '../../../../lambdas/runtime/contract';
import { encodeEvent } from '../../../../lambdas/runtime/event/new-event';
import type { TopicDescription } from '../../../../lambdas/runtime/kafka/port';
import { replay } from '../../../../lambdas/runtime/replay';
import { spill } from '../../../../lambdas/runtime/spill';
import { MemoryObjects } from '../../../../simulation/s3/memory-objects';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { event, producerEnvironment } from '../simulation/scripted-producer';
import { guard, killableClock, killablePort, killableStore } from '../simulation/killable';
import { ScriptedPort, type Request, type Step } from '../simulation/scripted-port';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

export const { cluster, topic } = producerEnvironment;
export const folder = spillFolder(cluster, topic);

interface Given {
  readonly kafka?: (request: Request) => Step | undefined;
  readonly describe?: () => TopicDescription;
  readonly environment?: Partial<ProducerEnvironment>;
  /** Hears of each request that a sandbox makes, before it is sent and when it is answered. */
  readonly onStep?: () => void;
}

/** Spill store, topic and replay function, whose sandbox can be killed at any request. */
export function world({ kafka, describe, environment = {}, onStep = () => undefined }: Given = {}) {
  const clock = new VirtualClock();
  const store = new MemoryObjects(clock);
  const log = new RecordingLog();
  const ports: ScriptedPort[] = [];
  const madeFor: ProducerEnvironment[] = [];
  const variables = {
    LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill: 'spill', deadLetters: 'dead-letters' }),
    LOSSLESS_PRODUCER_Orders: JSON.stringify({ ...producerEnvironment, ...environment }),
  };

  const spilledNames = () => store.names('spill').filter((name) => !name.startsWith(LEASES));

  function sandbox() {
    const life = { dead: false };
    const own = { clock: killableClock(clock, life), step: guard(life, onStep) };
    const handler = replay({
      clock: own.clock,
      log,
      variables,
      store: killableStore(store, own.step),
      port: (made) => {
        madeFor.push(made);
        const port = new ScriptedPort(own.clock, kafka, describe);
        ports.push(port);
        return killablePort(port, own.step);
      },
    });
    let announce: () => void = () => undefined;
    const killed = new Promise<'killed'>((resolve) => (announce = () => resolve('killed')));
    return {
      handler,
      killed,
      kill: () => {
        life.dead = true;
        announce();
      },
    };
  }

  let current = sandbox();
  return {
    clock,
    store,
    log,
    madeFor,
    /** Kills the sandbox: nothing more of it is heard; the next sweep begins anew. */
    kill: () => current.kill(),
    renew: () => {
      store.letGo();
      current = sandbox();
    },
    /** One sweep with so much time left, woken by the schedule or by another event; a minute passes before it. */
    sweep: async (remainingMs = 300_000, event: unknown = {}) => {
      const { handler, killed } = current;
      await clock.run(clock.sleep(60_000));
      const end = clock.now() + remainingMs;
      return clock.run(Promise.race([handler(event, { getRemainingTimeInMillis: () => end - clock.now() }), killed]));
    },
    /** Spills events of these ids, as a producer does, a millisecond after the one before; the name of their object. */
    spilled: async (ids: readonly string[], partition: number | null = 2) => {
      await clock.run(clock.sleep(1));
      const messages = ids.map((id) => ({ message: messageFor(id), partition }));
      let object = '';
      const options = { store, bucket: 'spill', cluster, topic, clock, timeMs: 5_000 };
      await clock.run(spill(messages, options, (_, result) => result.kind === 'spilled' && (object = result.object)));
      return object;
    },
    /** Puts an object as anybody may who can write to the store. */
    put: (name: string, body: unknown) =>
      void store.content.set(`spill/${folder}${name}`, typeof body === 'string' ? body : JSON.stringify(body)),
    ids: () => ports.flatMap((port) => port.ids()),
    inLog: (partition: number) => ports.flatMap((port) => port.log.get(partition) ?? []),
    left: () => spilledNames(),
    leases: () => store.names('spill').filter((name) => name.startsWith(LEASES)),
    letters: () =>
      store
        .names('dead-letters')
        .map((name) => JSON.parse(store.content.get(`dead-letters/${name}`) ?? '') as DeadLetter),
    objects: () => spilledNames().map((name) => JSON.parse(store.content.get(`spill/${name}`) ?? '') as SpillObject),
  };
}

export const messageFor = (id: string) =>
  encodeEvent(event(id, { key: 'k' }), { source: 'urn:test', now: () => new Date(0) });
