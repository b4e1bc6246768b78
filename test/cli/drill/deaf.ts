import { consumer } from '../../../lambdas/runtime';

/** Applies nothing: a canary that came here would never be settled. */
export const handler = consumer({
  decode: { decode: () => Promise.reject(new Error('a canary was decoded')) },
  write: () => Promise.reject(new Error('a canary was applied')),
});
