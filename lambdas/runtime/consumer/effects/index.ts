import type { Decoder } from '../../event/decode';
import { callEffect, type Call } from './call';
import type { Effect, EffectDeps } from './effect';
import type { Write } from './prepare';
import { writeEffect } from './write';

export type { Call, CallContext } from './call';
export type { Effect } from './effect';
export type { Write, WriteContext } from './prepare';

/** The handler's code, of either kind. */
export type EffectCode<T> =
  { readonly kind: 'write'; readonly write: Write<T> } | { readonly kind: 'call'; readonly call: Call<T> };

/** @param concurrency - transactions, or calls, under way at once */
export function effectOf<T>(code: EffectCode<T>, decode: Decoder<T>, concurrency: number, deps: EffectDeps): Effect {
  switch (code.kind) {
    case 'write':
      return writeEffect({ decode, write: code.write, concurrency }, deps);
    case 'call':
      return callEffect({ decode, call: code.call, concurrency }, deps);
  }
}
