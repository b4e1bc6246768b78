import { randomUUID } from 'node:crypto';
import { startAwsEndpoint } from './aws-endpoint';
import { observedOutcome, type Observer } from './observer';
import type { Processes } from './processes';
import { PAYLOAD_LIMIT, startRuntimeApi } from './runtime-api';
import { startSandbox, type Outcome, type Sandbox } from './sandbox/sandbox';
import type { FunctionSpec } from './template/functions';
import type { InvocationType } from './invocation-type';

export type { Outcome } from './sandbox/sandbox';

/** Functions of the template as child processes behind Lambda's Runtime API, which reach each other by its Invoke. */
export interface FunctionHost {
  readonly functions: readonly LocalFunction[];
  /** Resolves with what became of the invocation; never rejects for anything a function does. */
  invoke(functionId: string, payload: string, type?: InvocationType): Promise<Outcome>;
  stop(): Promise<void>;
}

export interface LocalFunction {
  /** Logical id. */
  readonly id: string;
  /** Construct path without the stack's name. */
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stats: Readonly<InvocationStats>;
  /** After this many milliseconds the host kills an invocation. */
  readonly timeoutMs: number;
  /** SIGKILLs every sandbox, busy or not, and resolves with how many there were. */
  kill(): Promise<number>;
  /** Sends the signal to every sandbox, busy or not, and resolves with how many there were. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<number>;
  /** From now on every sandbox is stopped while it has no event, as Lambda freezes it, or no longer. */
  freezeBetween(on: boolean): void;
  /** Every invocation goes through `around`; undefined: straight to the function again. */
  around(around: Around | undefined): void;
  /**
   * From now on sandboxes start with this code and these variables over their own, as after a deploy: invocations under way
   * end on what they began with. undefined: the template's again.
   */
  deploy(deployed: Deployed | undefined): void;
}

export interface Deployed {
  /** Directory with an `index.js`. @default - the template's code */
  readonly code?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Stands between whoever invokes a function and the function. */
export type Around = (payload: string, invoke: (payload: string) => Promise<Outcome>) => Promise<Outcome>;

export interface InvocationStats {
  invocations: number;
  errors: number;
  timeouts: number;
  crashes: number;
  throttles: number;
}

export interface FunctionHostOptions {
  readonly functions: readonly FunctionSpec[];
  readonly processes: Processes;
  /** Variables every function gets beside the template's: the endpoints of the local stores. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Sandboxes of one function at a time. @default 4 */
  readonly maxSandboxes?: number;
  /** Stop a sandbox (SIGSTOP) while it has no event, as Lambda freezes it. @default false */
  readonly freeze?: boolean;
  readonly observer?: Observer;
  readonly log: (line: string) => void;
}

export async function startFunctionHost(options: FunctionHostOptions): Promise<FunctionHost> {
  noteNodeVersion(options);
  const api = await startRuntimeApi();
  const aws = await startAwsEndpoint({
    functions: options.functions,
    invoke: (id, payload, type) => pool(id).invoke(payload, type),
    log: options.log,
  });
  const endpoints = { ...aws.variables, ...options.endpoints };
  const pools = new Map(
    options.functions.map((spec) => {
      const limit = Math.min(options.maxSandboxes ?? 4, spec.reservedConcurrency ?? Infinity);
      const { processes, freeze = false, observer } = options;
      const start: StartSandbox = (events, frozen, { code, environment } = {}) =>
        startSandbox(
          {
            ...{ api, processes, endpoints, freeze: frozen },
            spec: { ...spec, code: code ?? spec.code, environment: { ...spec.environment, ...environment } },
          },
          events,
        );
      return [spec.logicalId, new Pool(spec, limit, start, { freeze, observer })] as const;
    }),
  );
  const pool = (id: string) => {
    const found = pools.get(id);
    if (!found) throw new Error(`function ${id}: got an unknown id, want one of ${[...pools.keys()].join(', ')}`);
    return found;
  };
  return {
    functions: options.functions.map((spec) => {
      const { logicalId: id, path, environment, timeoutMs } = spec;
      const own = pool(id);
      return {
        ...{ id, path, environment, timeoutMs, stats: own.stats },
        kill: () => own.kill(),
        signal: (signal) => Promise.resolve(own.signal(signal)),
        freezeBetween: (on) => own.freezeBetween(on),
        around: (around) => own.setAround(around),
        deploy: (deployed) => own.deploy(deployed),
      };
    }),
    invoke: (id, payload, type = 'RequestResponse') => pool(id).invoke(payload, type),
    stop: async () => {
      await Promise.all([...pools.values()].map((each) => each.stop()));
      await aws.stop();
      await api.close();
    },
  };
}

/** Handlers run on this process's Node, which may be another than the template's. */
function noteNodeVersion({ functions, log }: FunctionHostOptions): void {
  const own = `nodejs${process.versions.node.split('.')[0]}.x`;
  const others = [...new Set(functions.map(({ runtime }) => runtime).filter((runtime) => runtime !== own))];
  if (others.length > 0)
    log(`Functions run on Node ${process.versions.node}; the template names ${others.join(', ')}.`);
}

type StartSandbox = (
  events: Parameters<typeof startSandbox>[1],
  freeze: boolean,
  deployed: Deployed | undefined,
) => Sandbox;

interface Waiting {
  readonly payload: string;
  readonly resolve: (outcome: Outcome) => void;
}

/** The sandboxes of one function: one event at a time each, warm ones first, more up to the limit. */
class Pool {
  readonly stats: InvocationStats = { invocations: 0, errors: 0, timeouts: 0, crashes: 0, throttles: 0 };
  readonly #all = new Set<Sandbox>();
  readonly #idle: Sandbox[] = [];
  readonly #waiting: Waiting[] = [];
  #starting = 0;
  #stopped = false;
  #freeze: boolean;
  #around: Around | undefined;
  #deployed: Deployed | undefined;
  /** Sandboxes of an earlier deploy: they end what they are at, and take nothing more. */
  readonly #outdated = new Set<Sandbox>();
  readonly #observer: Observer | undefined;

  constructor(
    private readonly spec: FunctionSpec,
    private readonly limit: number,
    private readonly start: StartSandbox,
    options: { readonly freeze: boolean; readonly observer?: Observer },
  ) {
    this.#freeze = options.freeze;
    this.#observer = options.observer;
  }

  async invoke(payload: string, type: InvocationType): Promise<Outcome> {
    const once = (given: string) => this.#observed(given, type);
    return this.#around ? this.#around(payload, once) : once(payload);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): number {
    for (const sandbox of this.#all) sandbox.signal(signal);
    return this.#all.size;
  }

  freezeBetween(on: boolean): void {
    this.#freeze = on;
    for (const sandbox of this.#all) sandbox.freezeBetween(on);
  }

  setAround(around: Around | undefined): void {
    this.#around = around;
  }

  deploy(deployed: Deployed | undefined): void {
    if (deployed === undefined && this.#deployed === undefined) return;
    this.#deployed = deployed;
    for (const sandbox of this.#all) this.#outdated.add(sandbox);
    for (const sandbox of this.#idle.splice(0)) sandbox.kill();
  }

  async #observed(payload: string, type: InvocationType): Promise<Outcome> {
    const invocation = randomUUID();
    const process = this.spec.path;
    this.#observer?.record({ process, op: 'function', type: 'invoke', invocation });
    const outcome = await this.#admit(payload, type);
    count(this.stats, outcome);
    const { type: ended, reason } = observedOutcome(outcome);
    // A throttled invocation never began: for the function that is a failure without effect.
    this.#observer?.record({ process, op: 'function', type: ended === 'info' ? 'fail' : ended, invocation, reason });
    return outcome;
  }

  async kill(): Promise<number> {
    const sandboxes = [...this.#all];
    for (const sandbox of sandboxes) sandbox.kill();
    await Promise.all(sandboxes.map((sandbox) => sandbox.exited));
    return sandboxes.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
    for (const { resolve } of this.#waiting.splice(0))
      resolve({ kind: 'crash', detail: 'the local stack is stopping' });
  }

  #admit(payload: string, type: InvocationType): Promise<Outcome> | Outcome {
    if (this.#stopped) return { kind: 'crash', detail: 'the local stack is stopping' };
    const size = Buffer.byteLength(payload);
    if (size > PAYLOAD_LIMIT) {
      const errorMessage = `${size} byte payload is too large for the invocation (limit ${PAYLOAD_LIMIT} bytes)`;
      return { kind: 'error', errorType: 'RequestEntityTooLarge', errorMessage };
    }
    const inUse = this.#all.size - this.#idle.length - this.#starting + this.#waiting.length;
    if (type === 'RequestResponse' && inUse >= (this.spec.reservedConcurrency ?? Infinity)) return { kind: 'throttle' };
    return new Promise((resolve) => {
      this.#waiting.push({ payload, resolve });
      this.#match();
    });
  }

  #match(): void {
    while (this.#waiting.length > 0) {
      const sandbox = this.#idle.pop();
      if (!sandbox) break;
      const { payload, resolve } = this.#waiting.shift()!;
      sandbox
        .run({ requestId: randomUUID(), payload })
        .then(resolve, (error: unknown) =>
          resolve({ kind: 'crash', detail: `the function host failed: ${String(error)}` }),
        );
    }
    while (!this.#stopped && this.#waiting.length > this.#starting && this.#all.size < this.limit) this.#add();
  }

  #add(): void {
    this.#starting++;
    let starting = true;
    const begun = () => {
      if (starting) this.#starting--;
      starting = false;
    };
    const events: Parameters<StartSandbox>[0] = {
      ready: (self) => {
        begun();
        if (this.#outdated.has(self)) self.kill();
        else this.#idle.push(self);
        this.#match();
      },
      gone: (self, cause) => {
        // A sandbox that never came up answers for one invocation, so that no function starts for ever.
        if (starting && cause) this.#waiting.shift()?.resolve(cause);
        begun();
        this.#all.delete(self);
        this.#outdated.delete(self);
        const index = this.#idle.indexOf(self);
        if (index >= 0) this.#idle.splice(index, 1);
        this.#match();
      },
    };
    this.#all.add(this.start(events, this.#freeze, this.#deployed));
  }
}

function count(stats: InvocationStats, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'throttle':
      stats.throttles++;
      return;
    case 'success':
      break;
    case 'error':
      stats.errors++;
      break;
    case 'timeout':
      stats.timeouts++;
      break;
    case 'crash':
      stats.crashes++;
      break;
    default:
      outcome satisfies never;
  }
  stats.invocations++;
}
