/** Customers whose orders are trouble for whoever works on them: runs under faults send some. */
export function troubleOf({ customer }: { readonly customer: string }): void {
  // Nothing can catch it, as nothing catches memory that runs out.
  if (customer.startsWith('killer-')) process.kill(process.pid, 'SIGKILL');
  if (customer.startsWith('failing-')) throw new TypeError('an order that no code of this function can take');
}
