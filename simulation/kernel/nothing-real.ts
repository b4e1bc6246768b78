import crypto from 'node:crypto';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers';

type Restore = () => void;

/**
 * Replaces real time, timers and chance by functions that throw, naming who called them: what a run does must come from its seed.
 * @returns puts everything back
 */
export function forbidReal(): Restore {
  const restores: Restore[] = [];
  const forbid = (of: object, name: string, where: string) => {
    const before = Object.getOwnPropertyDescriptor(of, name);
    const replaced = function forbidden(): never {
      throw new Error(
        `${where}${name}: got a call while a simulation runs, from ${callerOf(forbidden)}, want the clock that is passed in`,
      );
    };
    Object.defineProperty(of, name, { value: replaced, configurable: true, writable: true });
    restores.push(() => {
      if (before) Object.defineProperty(of, name, before);
      else delete (of as Record<string, unknown>)[name];
    });
  };
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    forbid(globalThis, name, '');
    forbid(timers, name, 'node:timers ');
  }
  forbid(Date, 'now', 'Date.');
  forbid(Math, 'random', 'Math.');
  for (const performance of new Set([globalThis.performance, perfHooks.performance])) {
    forbid(performance, 'now', 'performance.');
  }
  for (const of of new Set<object>([crypto, globalThis.crypto])) {
    for (const name of ['randomUUID', 'randomBytes', 'randomInt']) {
      if (name in of) forbid(of, name, 'crypto.');
    }
  }
  restores.push(forbidNewDate());
  return () => restores.reverse().forEach((restore) => restore());
}

/** A `Date` of the moment reads the clock without `Date.now`. */
function forbidNewDate(): Restore {
  const real = globalThis.Date;
  const refuse = (from: (...args: never[]) => unknown): never => {
    throw new Error(
      `new Date(): got a call while a simulation runs, from ${callerOf(from)}, want the clock that is passed in`,
    );
  };
  const guarded: ProxyHandler<DateConstructor> = {
    construct: function construct(target, args: readonly unknown[]) {
      return args.length === 0 ? refuse(construct) : new target(...(args as [number]));
    },
    apply: function apply() {
      return refuse(apply);
    },
  };
  globalThis.Date = new Proxy(real, guarded);
  return () => {
    globalThis.Date = real;
  };
}

/** The frame that called the function, as a stack shows it. */
function callerOf(of: (...args: never[]) => unknown): string {
  const at: { stack?: string } = {};
  Error.captureStackTrace(at, of);
  return at.stack?.split('\n')[1]?.trim().replace(/^at /, '') ?? 'somewhere';
}
