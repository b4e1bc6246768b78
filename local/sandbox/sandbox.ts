import { join } from 'node:path';
import type { Processes } from '../processes';
import type { Invocation, RuntimeApi } from '../runtime-api';
import type { FunctionSpec } from '../template/functions';
import { packageRoot } from '../toolchain';
import { functionEnvironment } from './environment';

/** What became of one invocation. */
export type Outcome =
  /** The handler returned; `payload` is JSON. */
  | { readonly kind: 'success'; readonly payload: string }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string }
  /** SIGKILL at the deadline: what the handler did until then is unknown. */
  | { readonly kind: 'timeout'; readonly detail: string }
  /** The sandbox ended by itself or was killed: what the handler did until then is unknown. */
  | { readonly kind: 'crash'; readonly detail: string }
  /** Refused at the reserved concurrency: the function saw nothing. */
  | { readonly kind: 'throttle' };

/** One child process that takes one event at a time. */
export interface Sandbox {
  readonly exited: Promise<unknown>;
  /** Only after `ready`, and not again before the next `ready`. */
  run(event: { readonly requestId: string; readonly payload: string }): Promise<Outcome>;
  kill(): void;
  /** Stops it, or lets it go on, in the middle of whatever it does. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** From now on it is stopped while it has no event, or no longer. */
  freezeBetween(on: boolean): void;
}

export interface SandboxEvents {
  /** It waits for an event. */
  ready(sandbox: Sandbox): void;
  /** It has ended; `cause` says why it never waited for an event, when it did not. */
  gone(sandbox: Sandbox, cause?: Outcome): void;
}

interface Parts {
  readonly spec: FunctionSpec;
  readonly api: RuntimeApi;
  readonly processes: Processes;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly freeze: boolean;
}

/** Lambda gives initialisation 10 seconds and then starts it again within the function's own timeout. */
const INIT_MS = 10_000;
const BOOTSTRAP = join(packageRoot(), 'local', 'sandbox', 'bootstrap.mjs');
const LOOPBACK_ONLY = join(packageRoot(), 'local', 'sandbox', 'loopback-only.cjs');

let started = 0;

export const startSandbox = (parts: Parts, events: SandboxEvents): Sandbox => new ChildSandbox(parts, events);

class ChildSandbox implements Sandbox {
  readonly exited: Promise<unknown>;
  private readonly name: string;
  private readonly child: Child;
  private readonly initDeadline: NodeJS.Timeout;
  private freeze: boolean;
  private running: { readonly requestId: string; readonly end: (outcome: Outcome) => void } | undefined;
  private hand: ((invocation: Invocation) => void) | undefined;
  private failure: Outcome | undefined;
  private wasReady = false;

  constructor(
    private readonly parts: Parts,
    private readonly events: SandboxEvents,
  ) {
    const { spec, processes } = parts;
    this.freeze = parts.freeze;
    this.name = `${spec.logicalId}-${++started}`;
    this.child = processes.spawn({
      name: spec.logicalId,
      command: process.execPath,
      args: [`--max-old-space-size=${spec.memoryMb}`, '--require', LOOPBACK_ONLY, BOOTSTRAP],
      cwd: spec.code,
      env: functionEnvironment(spec, parts.endpoints, this.answering()),
    });
    this.exited = this.child.exited;
    const initMs = INIT_MS + spec.timeoutMs;
    this.initDeadline = setTimeout(
      () => this.killFor({ kind: 'timeout', detail: `initialisation timed out after ${seconds(initMs)} seconds` }),
      initMs,
    );
    void this.child.exited.then((how) => this.gone(how));
  }

  kill = (): void => this.killFor({ kind: 'crash', detail: 'killed (SIGKILL)' });

  signal = (signal: 'SIGSTOP' | 'SIGCONT'): void => void this.child.kill(signal);

  freezeBetween(on: boolean): void {
    this.freeze = on;
    if (this.running === undefined && this.wasReady) this.child.kill(on ? 'SIGSTOP' : 'SIGCONT');
  }

  run({ requestId, payload }: { readonly requestId: string; readonly payload: string }): Promise<Outcome> {
    const { spec } = this.parts;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.killFor({ kind: 'timeout', detail: `task timed out after ${seconds(spec.timeoutMs)} seconds` });
      }, spec.timeoutMs);
      const end = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.running = { requestId, end };
      this.child.kill('SIGCONT'); // a no-op unless it was frozen since its last event
      this.hand?.({ requestId, payload, functionArn: spec.arn, deadlineMs: Date.now() + spec.timeoutMs });
    });
  }

  /** Address at which the process asks for its events, and answers them. */
  private answering(): string {
    return this.parts.api.add(this.name, {
      next: () => new Promise((resolve) => this.ready(resolve)),
      responded: (requestId, payload) => this.end(requestId, { kind: 'success', payload }),
      failed: (requestId, error) => this.end(requestId, { kind: 'error', ...error }),
      initFailed: (error) => {
        this.failure = { kind: 'error', ...error };
      },
    });
  }

  private ready(hand: (invocation: Invocation) => void): void {
    clearTimeout(this.initDeadline);
    this.wasReady = true;
    this.hand = hand;
    if (this.freeze) this.child.kill('SIGSTOP');
    this.events.ready(this);
  }

  /** Ends the invocation the sandbox is at; false for one that has ended already. */
  private end(requestId: string, outcome: Outcome): boolean {
    if (this.running?.requestId !== requestId) return false;
    const { end } = this.running;
    this.running = undefined;
    end(outcome);
    return true;
  }

  private killFor(cause: Outcome): void {
    this.failure ??= cause;
    this.child.kill('SIGKILL');
  }

  private gone({ code, signal }: Awaited<Child['exited']>): void {
    clearTimeout(this.initDeadline);
    this.parts.api.remove(this.name);
    const cause = this.failure ?? { kind: 'crash', detail: `exited with ${signal ?? `code ${code}`}` };
    if (this.running) this.end(this.running.requestId, cause);
    this.events.gone(this, this.wasReady ? undefined : cause);
  }
}

type Child = ReturnType<Processes['spawn']>;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
