import { isCanary } from '../event/canary';
import type { EffectCode } from './effects';
import type { UserCode } from './steps';

/**
 * The handler's code for what users publish. A canary is claimed, committed and settled as every event is, and has no effect: the handler's
 * code never hears of it.
 */
export const besideCanaries = <T>(user: UserCode<T>): UserCode<T> => ({
  ...user,
  // What is decoded of a canary comes no further than `withoutEffect`.
  decode: { decode: (event) => (isCanary(event) ? { data: undefined as T } : user.decode.decode(event)) },
  effect: withoutEffect(user.effect),
});

function withoutEffect<T>(code: EffectCode<T>): EffectCode<T> {
  switch (code.kind) {
    case 'write':
      return { kind: 'write', write: (data, context) => (isCanary(context.event) ? [] : code.write(data, context)) };
    case 'call':
      return { kind: 'call', call: (data, context) => isCanary(context.event) || code.call(data, context) };
  }
}
