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

export function startSandbox(parts: Parts, events: SandboxEvents): Sandbox {
  const { spec, api, processes } = parts;
  let { freeze } = parts;
  const name = `${spec.logicalId}-${++started}`;
  let running: { requestId: string; end: (outcome: Outcome) => void } | undefined;
  let hand: ((invocation: Invocation) => void) | undefined;
  let failure: Outcome | undefined;
  let wasReady = false;

  /** Ends the invocation the sandbox is at; false for one that has ended already. */
  const end = (requestId: string, outcome: Outcome): boolean => {
    if (running?.requestId !== requestId) return false;
    const { end: ended } = running;
    running = undefined;
    ended(outcome);
    return true;
  };

  const address = api.add(name, {
    next: () =>
      new Promise((resolve) => {
        clearTimeout(initDeadline);
        wasReady = true;
        hand = resolve;
        if (freeze) child.kill('SIGSTOP');
        events.ready(sandbox);
      }),
    responded: (requestId, payload) => end(requestId, { kind: 'success', payload }),
    failed: (requestId, error) => end(requestId, { kind: 'error', ...error }),
    initFailed: (error) => {
      failure = { kind: 'error', ...error };
    },
  });

  const child = processes.spawn({
    name: spec.logicalId,
    command: process.execPath,
    args: [`--max-old-space-size=${spec.memoryMb}`, '--require', LOOPBACK_ONLY, BOOTSTRAP],
    cwd: spec.code,
    env: functionEnvironment(spec, parts.endpoints, address),
  });

  const kill = (cause: Outcome): void => {
    failure ??= cause;
    child.kill('SIGKILL');
  };
  const seconds = (ms: number) => (ms / 1000).toFixed(2);
  const initMs = INIT_MS + spec.timeoutMs;
  const initDeadline = setTimeout(
    () => kill({ kind: 'timeout', detail: `initialisation timed out after ${seconds(initMs)} seconds` }),
    initMs,
  );

  const sandbox: Sandbox = {
    exited: child.exited,
    kill: () => kill({ kind: 'crash', detail: 'killed (SIGKILL)' }),
    signal: (signal) => child.kill(signal),
    freezeBetween: (on) => {
      freeze = on;
      if (running === undefined && wasReady) child.kill(on ? 'SIGSTOP' : 'SIGCONT');
    },
    run: ({ requestId, payload }) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          kill({ kind: 'timeout', detail: `task timed out after ${seconds(spec.timeoutMs)} seconds` });
        }, spec.timeoutMs);
        running = {
          requestId,
          end: (outcome) => {
            clearTimeout(timer);
            resolve(outcome);
          },
        };
        child.kill('SIGCONT'); // a no-op unless it was frozen since its last event
        hand?.({ requestId, payload, functionArn: spec.arn, deadlineMs: Date.now() + spec.timeoutMs });
      }),
  };

  void child.exited.then(({ code, signal }) => {
    clearTimeout(initDeadline);
    api.remove(name);
    const cause = failure ?? { kind: 'crash', detail: `exited with ${signal ?? `code ${code}`}` };
    if (running) end(running.requestId, cause);
    events.gone(sandbox, wasReady ? undefined : cause);
  });
  return sandbox;
}
