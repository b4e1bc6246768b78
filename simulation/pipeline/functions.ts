import { PRODUCER_VARIABLE, REPLAY_VARIABLE, UNPACK_VARIABLE, CONSUMER_VARIABLE } from '../../lambdas/runtime/contract';
import { consumer, httpDoor, producer } from '../../lambdas/runtime';
import { again, isAgainRequest, isRedriveRequest, redrive } from '../../lambdas/runtime/redrive';
import { replay } from '../../lambdas/runtime/replay';
import { unpack } from '../../lambdas/runtime/unpack';
import { SimulatedFunction, type Handler, type LambdaTrouble } from '../lambda/function';
import { Sandbox } from '../lambda/sandbox';
import type { Troubles } from '../kernel/troubles';
import { billing, paying, type Heard } from '../load/orders';
import { RIGHT, type WallClock } from '../time/sandbox-clock';
import { FIRST, type Release } from './release';
import { BUCKETS, CLUSTER, environmentsOf, producerOf, TOPIC } from './names';
import type { Settings } from './settings';
import type { Surroundings } from './surroundings';

const REPLAY = { cluster: CLUSTER, topic: TOPIC, ...BUCKETS };
const INGEST_TIMEOUT_MS = 15_000;
const SWEEP_TIMEOUT_MS = 60_000;

/** The code of each function, as it is loaded into a new sandbox. */
export class Functions {
  readonly ingest: SimulatedFunction;
  readonly replay: SimulatedFunction;
  readonly unpack: SimulatedFunction;

  constructor(
    private readonly around: Surroundings,
    private readonly settings: Settings,
    groups: readonly string[],
  ) {
    const { troubles } = around;
    const load = (code: (sandbox: Sandbox) => unknown) => (sandbox: Sandbox) => code(sandbox) as Handler;
    this.ingest = this.#function('ingest', INGEST_TIMEOUT_MS, troubles.ingest, 100, load((sandbox) => this.#ingest(sandbox))); // prettier-ignore
    this.replay = this.#function('replay', SWEEP_TIMEOUT_MS, troubles.sweepers, 2, load((sandbox) => this.#replay(sandbox))); // prettier-ignore
    this.unpack = this.#function('unpack', SWEEP_TIMEOUT_MS, troubles.sweepers, 2, load((sandbox) => this.#unpack(sandbox, groups))); // prettier-ignore
  }

  /** The consumer function of a group, with its first code. */
  consumer(group: string, effect: 'write' | 'call', hear: (call: Heard) => void): SimulatedFunction {
    const { troubles } = this.around;
    const code = this.codeOf(group, effect, hear, FIRST);
    this.#loads(code);
    return this.#function(group, this.settings.timeoutMs, troubles.consumers, 1_000, code);
  }

  /** A consumer's code, as it was deployed. */
  codeOf(
    group: string,
    effect: 'write' | 'call',
    hear: (call: Heard) => void,
    release: Release,
  ): (sandbox: Sandbox) => Handler {
    const { attempts, unknownErrors, atOnce: concurrency, handlerMs } = this.settings;
    const { consumer: environment } = environmentsOf(group, this.settings);
    return (sandbox) => {
      const work = { sandbox, handlerMs, fails: release.fails };
      const user = effect === 'write' ? billing(work) : paying(work, this.around.links.payments, hear);
      const variables = { [`${CONSUMER_VARIABLE}Orders`]: JSON.stringify(environment) };
      const options = { ...user, attempts, unknownErrors, concurrency };
      return consumer({ ...options, deps: { ...this.#parts(sandbox), variables, code: release.name } }) as Handler;
    };
  }

  /** Settings that the product refuses are the run's own fault: nobody would wait for a function that never starts. */
  #loads(code: (sandbox: Sandbox) => unknown): void {
    const { scheduler, chances } = this.around;
    const sandbox = new Sandbox({ scheduler, chance: chances('trial of code'), wall: RIGHT, standsStill: false });
    code(sandbox);
    sandbox.kill();
  }

  #function(
    name: string,
    timeoutMs: number,
    troubles: Troubles<LambdaTrouble>,
    concurrency: number,
    load: (sandbox: Sandbox) => Handler,
  ): SimulatedFunction {
    const { scheduler, chances } = this.around;
    const chance = chances(`function ${name}`);
    const wall = (): WallClock => {
      const { skewMs } = this.settings;
      const ahead = () => (skewMs === 0 ? 0 : chance.between(-skewMs, skewMs));
      return { aheadMs: ahead(), thenMs: ahead(), setAfterMs: chance.between(0, 10 * 60_000) };
    };
    return new SimulatedFunction({ scheduler, chance, troubles, timeoutMs, concurrency, wall, load });
  }

  #parts(sandbox: Sandbox) {
    const { around } = this;
    const transactions = around.transactionsOf(sandbox);
    const objects = around.objectsOf(sandbox);
    return { transactions, objects, clock: sandbox.clock, log: around.log, meter: around.counted.meter };
  }

  #ingest(sandbox: Sandbox): unknown {
    const { objects: store, clock, log, meter } = this.#parts(sandbox);
    const port = this.around.kafkaOf(sandbox, () => meter.count('replaced'));
    const publisher = producer({
      environment: producerOf(this.settings),
      deps: { clock, port, store, log, meter, variables: {} },
    });
    return httpDoor(publisher, { environment: { unnamedCallers: 'they are simulated' }, log });
  }

  #replay(sandbox: Sandbox): unknown {
    const { transactions, objects: store, clock, log } = this.#parts(sandbox);
    const variables = {
      [`${PRODUCER_VARIABLE}Orders`]: JSON.stringify(producerOf(this.settings)),
      [`${REPLAY_VARIABLE}Orders`]: JSON.stringify(REPLAY),
    };
    const deps = { clock, store, log, variables, port: () => this.around.kafkaOf(sandbox) };
    const sending = { ...deps, transactions, reader: () => this.around.readerOf(sandbox) };
    const [replaying, redriving, lookingAgain] = [replay(deps), redrive(sending), again(sending)];
    const handler: Handler = (event, context) => {
      if (isRedriveRequest(event)) return redriving(event, context);
      return isAgainRequest(event) ? lookingAgain(event, context) : replaying(event, context);
    };
    return handler;
  }

  #unpack(sandbox: Sandbox, groups: readonly string[]): unknown {
    const variables = Object.fromEntries(
      groups.map((group, n) => [`${UNPACK_VARIABLE}${n}`, JSON.stringify(environmentsOf(group, this.settings).unpack)]),
    );
    return unpack({ ...this.#parts(sandbox), variables });
  }
}
