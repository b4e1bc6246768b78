import type { FaultBroker, FaultTarget, Heal, Underway } from './fault';
import type { Chance } from './random';

/** A fault that is nothing but a mode of one or several proxies. */
export function inMode<Mode>(
  proxies: readonly { set(mode: Mode | { readonly kind: 'pass' }): number }[],
  mode: Mode,
  what: string,
): Promise<Underway> {
  for (const proxy of proxies) proxy.set(mode);
  const heal = () => Promise.resolve(proxies.reduce((hits, proxy) => hits + proxy.set({ kind: 'pass' }), 0));
  return Promise.resolve({ what, heal });
}

/** True once functions have logged this line anew. */
export async function saidAnew({ said }: FaultTarget, line: string): Promise<() => Promise<boolean>> {
  const before = await said(line);
  return async () => (await said(line)) > before;
}

/** Work that goes on while a fault lasts. Healing ends it, waits for it, and raises what went wrong in it. */
export function meanwhile(work: (ended: AbortSignal) => Promise<number>): Heal {
  const ending = new AbortController();
  const done = work(ending.signal).then(
    (hits) => () => hits,
    (error: unknown) => () => {
      throw error;
    },
  );
  return async () => {
    ending.abort();
    return (await done)();
  };
}

/** The broker that leads a partition which is drawn among those that have a leader. */
export async function leaderOfSome(
  { replicas, brokers }: FaultTarget,
  chance: Chance,
): Promise<{ readonly broker: FaultBroker; readonly leads: string }> {
  const led = (await replicas.describe()).filter(({ leader }) => brokers.some(({ id }) => id === leader));
  if (led.length === 0)
    throw new Error(`topic ${replicas.topic}: got no partition with a leader, want one; wait for an election`);
  const { partition, leader } = chance.oneOf(led);
  return { broker: brokers.find(({ id }) => id === leader)!, leads: `${replicas.topic}-${partition}` };
}

/** One of the functions, drawn. @throws when there is none: the fault would prove nothing */
export function someOf<T>(functions: readonly T[], chance: Chance, role: string): T {
  if (functions.length === 0)
    throw new Error(`got no function that is a ${role}, want at least one; run another template`);
  return chance.oneOf(functions);
}
