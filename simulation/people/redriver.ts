import { redriveFromTopic } from '../../cli/dead-letters/from-topic';
import type { FromTopicOptions, RedriveOptions } from '../../cli/dead-letters/options';
import { redriveDeadLetters } from '../../cli/dead-letters/redrive';
import type { Invoked, Surroundings } from '../../cli/dead-letters/surroundings';
import type { Came } from '../../faults/came';
import type { Outcome } from '../../local/function-host';
import { Sandbox } from '../lambda/sandbox';
import type { SimulatedFunction } from '../lambda/function';
import { BUCKETS, tableOf, TOPIC } from '../pipeline/names';
import type { Surroundings as World } from '../pipeline/surroundings';
import { RIGHT } from '../time/sandbox-clock';

/** Which letters are sent back, and how often each may be. */
export type Which = Pick<RedriveOptions, 'type' | 'reason' | 'maxRedrives'>;

/** Which offsets are sent again. */
export type Stretch = Pick<FromTopicOptions, 'partition' | 'offsets'>;

const CONCURRENCY = 4;
/** How often an event may be sent back that is sent again from the topic. */
const MOST_AGAIN = 3;

/** People who send parked events back: with the command that is made for it, on a machine of their own. */
export class Redriver {
  /** Commands under way. */
  busy = 0;
  /** Events that were sent again from what the topic holds, by runs that told of it. */
  sentAgain = 0;
  #runs = 0;

  constructor(
    private readonly world: World,
    private readonly replay: Pick<SimulatedFunction, 'invoke'>,
  ) {}

  /** @returns undefined of a run that was killed, or failed: nothing is known */
  send(group: string, which: Which, killAfterMs?: number): Promise<Came | undefined> {
    return this.#run((around) => redriveDeadLetters({ ...optionsOf(group), ...which }, around), killAfterMs);
  }

  /** What the topic still holds, as far as the group has not applied it. @returns likewise */
  async sendAgain(group: string, stretch: Stretch, killAfterMs?: number): Promise<Came | undefined> {
    const options = { ...optionsOf(group), fromTopic: TOPIC, topic: undefined, maxRedrives: MOST_AGAIN, ...stretch };
    const came = await this.#run((around) => redriveFromTopic(options, around), killAfterMs);
    this.sentAgain += (came?.redriven ?? 0) + (came?.undeleted ?? 0);
    return came;
  }

  /** @param killAfterMs - its machine dies after so many milliseconds */
  async #run(
    command: (around: Surroundings) => Promise<unknown>,
    killAfterMs: number | undefined,
  ): Promise<Came | undefined> {
    const { scheduler, chances } = this.world;
    const machine = new Sandbox({ scheduler, chance: chances(`redrive ${++this.#runs}`), wall: RIGHT, standsStill: false }); // prettier-ignore
    this.busy++;
    const said = await new Promise<string | undefined>((resolve) => {
      let printed = '';
      const around = this.#surroundings(machine, (text) => (printed += text));
      command(around).then(
        () => resolve(printed),
        () => resolve(undefined),
      );
      const die = () => {
        machine.kill();
        resolve(undefined);
      };
      if (killAfterMs !== undefined) scheduler.after(killAfterMs, die);
    });
    this.busy--;
    machine.kill();
    return said === undefined ? undefined : (JSON.parse(said) as Came);
  }

  #surroundings(machine: Sandbox, print: (text: string) => void): Surroundings {
    const { world, replay } = this;
    const { clock } = machine;
    const store = world.objectsOf(machine);
    return {
      ...{ store, transactions: world.transactionsOf(machine), clock, print },
      ...{ nowMs: () => clock.monotonic(), sleep: (ms) => clock.sleep(ms), signal: new AbortController().signal },
      progress: { say: () => undefined, count: () => undefined, end: () => undefined },
      invoke: async (_function, payload) => {
        const called = replay.invoke(payload);
        return invoked(await new Promise((resolve) => void called.then((outcome) => machine.enter(() => resolve(outcome))))); // prettier-ignore
      },
      ...{ versions: { of: notAsked, remove: notAsked }, caller: notAsked, outputsOf: notAsked },
      groupsOf: () => Promise.resolve([]),
      ask: () => Promise.resolve(undefined),
    };
  }
}

/** What other commands ask for. */
const notAsked = () => Promise.reject(new Error('got a question of a redrive, want none'));

const optionsOf = (group: string) => ({
  ...{ bucket: BUCKETS.deadLetters, function: 'replay', table: tableOf(group), topic: TOPIC, group },
  ...{ concurrency: CONCURRENCY, yes: true, json: true },
});

/** As Lambda answers whoever waits for it. */
function invoked(outcome: Outcome): Invoked {
  switch (outcome.kind) {
    case 'success':
      return { kind: 'answer', payload: outcome.payload };
    case 'error':
      return { kind: 'error', type: outcome.errorType, message: outcome.errorMessage };
    case 'timeout':
      return { kind: 'error', type: 'Sandbox.Timedout', message: outcome.detail };
    case 'crash':
      return { kind: 'error', type: 'Runtime.ExitError', message: outcome.detail };
    case 'throttle':
      throw Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' });
  }
}
