import { randomUUID } from 'node:crypto';
import type { InvocationType } from '../invocation-type';
import { observedOutcome, type Observer } from '../observer';
import { PAYLOAD_LIMIT } from '../runtime-api';
import type { FunctionSpec } from '../template/functions';
import type { Outcome, Sandbox, startSandbox } from './sandbox';

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

export type StartSandbox = (
  events: Parameters<typeof startSandbox>[1],
  freeze: boolean,
  deployed: Deployed | undefined,
) => Sandbox;

interface Waiting {
  readonly payload: string;
  readonly resolve: (outcome: Outcome) => void;
}

/** The sandboxes of one function: one event at a time each, warm ones first, more up to the limit. */
export class Pool {
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
