import { systemClock } from '../lambdas/runtime/time/clock';
import { startAsynchronous, type Asynchronous, type AsynchronousOptions } from './asynchronous';
import { startAwsEndpoint, type AwsEndpoint } from './aws-endpoint';
import { invokeApi } from './invoke-api';
import type { Observer } from './observer';
import type { Processes } from './processes';
import { startRuntimeApi } from './runtime-api';
import { Pool, type Around, type Deployed, type InvocationStats, type StartSandbox } from './sandbox/pool';
import { startSandbox, type Outcome } from './sandbox/sandbox';
import type { FunctionSpec } from './template/functions';
import type { InvokeConfig } from './template/invoke-configs';
import type { InvocationType } from './invocation-type';

export type { Outcome } from './sandbox/sandbox';

/** Functions of the template as child processes behind Lambda's Runtime API, which reach each other by its Invoke. */
export interface FunctionHost {
  readonly functions: readonly LocalFunction[];
  /** Where clients of AWS find the functions. */
  readonly aws: Pick<AwsEndpoint, 'variables' | 'serve'>;
  /** Resolves with what became of the invocation; never rejects for anything a function does. */
  invoke(functionId: string, payload: string, type?: InvocationType): Promise<Outcome>;
  /** Invocations for which nobody waits. */
  readonly asynchronous: Pick<Asynchronous, 'take' | 'underWay'>;
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

export interface FunctionHostOptions {
  readonly functions: readonly FunctionSpec[];
  readonly processes: Processes;
  /** Variables every function gets beside the template's: the endpoints of the local stores. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Sandboxes of one function at a time. @default 4 */
  readonly maxSandboxes?: number;
  /** Stop a sandbox (SIGSTOP) while it has no event, as Lambda freezes it. @default false */
  readonly freeze?: boolean;
  /** How long events are tried for which nobody waits, by function. @default - Lambda's own */
  readonly invokeConfigs?: ReadonlyMap<string, InvokeConfig>;
  /** Keeps those that are given up. @default - no function has a destination for them */
  readonly keep?: AsynchronousOptions['keep'];
  readonly observer?: Observer;
  readonly log: (line: string) => void;
}

export async function startFunctionHost(options: FunctionHostOptions): Promise<FunctionHost> {
  noteNodeVersion(options);
  const api = await startRuntimeApi();
  const asynchronous = startAsynchronous({
    ...{ functions: options.functions, configs: options.invokeConfigs, clock: systemClock, log: options.log },
    keep: options.keep ?? (() => Promise.reject(new Error('there is no place to keep it'))),
    invoke: (id, payload) => pool(id).invoke(payload, 'Event'),
  });
  const lambda = invokeApi({
    functions: options.functions,
    invoke: (id, payload) => pool(id).invoke(payload, 'RequestResponse'),
    later: (id, payload) => asynchronous.take(id, payload),
  });
  const aws = await startAwsEndpoint(lambda, options.log);
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
    aws,
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
    asynchronous,
    stop: async () => {
      asynchronous.stop();
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
