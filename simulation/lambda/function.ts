import type { Chance } from '../../faults/random';
import type { Outcome } from '../../local/function-host';
import type { Scheduler } from '../kernel/scheduler';
import type { Troubles } from '../kernel/troubles';
import type { WallClock } from '../time/sandbox-clock';
import { Sandbox } from './sandbox';

export type LambdaTrouble =
  /** The sandbox is gone in the middle of an invocation: memory, a crash, a host. */
  | 'killed'
  /** It stands still in the middle of an invocation, for seconds. */
  | 'stopped'
  /** The invocation went well, and nobody hears of it. */
  | 'response-lost'
  /** A sandbox that waits is let go: the next invocation starts cold. */
  | 'recycled';

/** A Lambda handler. */
export type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>;

export interface FunctionOptions {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly troubles: Troubles<LambdaTrouble>;
  readonly timeoutMs: number;
  /** Sandboxes at once; beyond that an invocation is throttled. */
  readonly concurrency: number;
  /** Of the next sandbox. */
  readonly wall: () => WallClock;
  /** Loads the code into a new sandbox. */
  readonly load: (sandbox: Sandbox) => Handler;
}

interface Instance {
  readonly sandbox: Sandbox;
  readonly handler: Handler;
  /** When it was left waiting. */
  idleSince: number;
}

/** A sandbox that has waited for so long is let go. */
const IDLE_MS = 10 * 60_000;
const COLD_MS = [150, 900] as const;
/** Within so long after its start an invocation that is killed, or stopped, meets its fate. */
const FATE_MS = 4_000;
const STOPPED_MS = [1_000, 20_000] as const;

/** A Lambda function: sandboxes that start cold, are used again, freeze in between, and are killed at the deadline. */
export class SimulatedFunction {
  invocations = 0;
  coldStarts = 0;
  #idle: Instance[] = [];
  #busy = 0;
  #load: FunctionOptions['load'];

  constructor(private readonly options: FunctionOptions) {
    this.#load = options.load;
  }

  get busy(): number {
    return this.#busy;
  }

  /** Other code from now on: sandboxes that wait are gone, those at work end what they do. */
  deploy(load: FunctionOptions['load']): void {
    this.#load = load;
    this.recycle();
  }

  /** Sandboxes that wait are gone, with whatever is still pending in them. */
  recycle(): void {
    for (const { sandbox } of this.#idle.splice(0)) sandbox.kill();
  }

  /** Never rejects. */
  async invoke(payload: string): Promise<Outcome> {
    const { scheduler, chance, concurrency, troubles } = this.options;
    if (this.#busy >= concurrency) return { kind: 'throttle' };
    this.#busy++;
    this.invocations++;
    this.#letGo(troubles.happens('recycled'));
    const load = this.#load;
    let instance = this.#idle.pop();
    if (instance === undefined) {
      this.coldStarts++;
      await scheduler.sleep(chance.between(...COLD_MS));
      instance = this.#start(load);
    }
    instance.sandbox.thaw();
    const outcome = await this.#run(instance, payload);
    this.#busy--;
    if (instance.sandbox.state === 'killed') return outcome;
    if (load === this.#load) {
      instance.sandbox.freeze();
      instance.idleSince = scheduler.now;
      this.#idle.push(instance);
    } else instance.sandbox.kill();
    if (outcome.kind !== 'success' || !troubles.happens('response-lost')) return outcome;
    return { kind: 'crash', detail: 'the response was lost' };
  }

  #start(load: FunctionOptions['load']): Instance {
    const { scheduler, chance, wall } = this.options;
    const sandbox = new Sandbox({ scheduler, chance, wall: wall(), standsStill: chance.next() < 0.5 });
    return { sandbox, handler: load(sandbox), idleSince: 0 };
  }

  #letGo(one: boolean): void {
    const { now } = this.options.scheduler;
    const gone = this.#idle.filter(({ idleSince }, n) => (one && n === 0) || now - idleSince > IDLE_MS);
    for (const { sandbox } of gone) sandbox.kill();
    if (gone.length > 0) this.#idle = this.#idle.filter((instance) => !gone.includes(instance));
  }

  #run({ sandbox, handler }: Instance, payload: string): Promise<Outcome> {
    const { scheduler, timeoutMs } = this.options;
    const deadline = sandbox.clock.now() + timeoutMs;
    return new Promise((resolve) => {
      const over: (() => void)[] = [];
      const end = (outcome: Outcome) => {
        for (const cancel of over) cancel();
        resolve(outcome);
      };
      const kill = (kind: 'timeout' | 'crash', detail: string) => {
        sandbox.kill();
        end({ kind, detail });
      };
      over.push(scheduler.after(timeoutMs, () => kill('timeout', `Task timed out after ${timeoutMs} ms`)));
      sandbox.crash = () => kill('crash', 'Runtime exited');
      over.push(...this.#fates(sandbox));
      handler(JSON.parse(payload), { getRemainingTimeInMillis: () => deadline - sandbox.clock.now() }).then(
        (answer) => sandbox.enter(() => end({ kind: 'success', payload: JSON.stringify(answer ?? null) })),
        (error: Error) =>
          sandbox.enter(() => end({ kind: 'error', errorType: error.name, errorMessage: error.message })),
      );
    });
  }

  /** What is to happen to this invocation. */
  #fates(sandbox: Sandbox): (() => void)[] {
    const { scheduler, chance, troubles } = this.options;
    const fates: (() => void)[] = [];
    // Early rather than late: most invocations are short.
    const when = () => FATE_MS * chance.next() ** 3;
    if (troubles.happens('killed')) fates.push(scheduler.after(when(), () => sandbox.crash()));
    if (troubles.happens('stopped')) {
      fates.push(
        scheduler.after(when(), () => {
          sandbox.freeze();
          fates.push(scheduler.after(chance.between(...STOPPED_MS), () => sandbox.thaw()));
        }),
      );
    }
    return fates;
  }
}
