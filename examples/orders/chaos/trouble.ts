import type { ConsumerRecord } from 'cdk-lossless-kafka/runtime';

/** Customers whose orders are trouble for whoever works on them: runs under faults send some. */
export function troubleOf({ customer }: { readonly customer: string }, { headers }: ConsumerRecord): void {
  // Nothing can catch it, as nothing catches memory that runs out.
  if (customer.startsWith('killer-')) process.kill(process.pid, 'SIGKILL');
  if (customer.startsWith('failing-')) throw new TypeError('an order that no code of this function can take');
  // As if what it needs had been mended by the time it was sent back.
  const isSentBack = headers.some(([name]) => name === 'lossless-redrive');
  if (customer.startsWith('mendable-') && !isSentBack) throw new TypeError('an order that cannot be taken yet');
}
