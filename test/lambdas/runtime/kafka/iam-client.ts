import type { LogFields } from '../../../../lambdas/runtime/watching/log';
import type { ObjectStore } from '../../../../lambdas/runtime/stores/object-store';
import { producer, type Outcome } from '../../../../lambdas/runtime/producer';

/**
 * Publishes to brokers with TLS and IAM, in a process of its own, because Node reads the authorities it trusts when it
 * starts: `iam-client.ts <milliseconds> [<events at once>]`. Prints what became of the events as one line of JSON.
 */
export interface IamClientResult {
  readonly acked: readonly string[];
  /** Every other outcome, or the error thrown. */
  readonly others: readonly (Outcome | { readonly kind: 'thrown'; readonly name: string; readonly message: string })[];
  readonly warnings: readonly string[];
}

const [forMs = 0, atOnce = 1] = process.argv.slice(2).map(Number);
const result = { acked: [] as string[], others: [] as IamClientResult['others'][number][], warnings: [] as string[] };
const told = (_message: string, fields?: LogFields) => void result.warnings.push(String(fields?.['reason']));
const orders = producer({
  deps: {
    log: { info: () => undefined, warn: told, error: told },
    store: { putIfAbsent: () => Promise.resolve('written') } as Partial<ObjectStore> as ObjectStore,
  },
});

async function publish(id: string): Promise<void> {
  try {
    const outcome = await orders.publish({ id, type: 'order.placed', key: id, data: { id } });
    if (outcome.kind === 'acked') result.acked.push(id);
    else result.others.push(outcome);
  } catch (error) {
    const { name, message } = error as Error;
    result.others.push({ kind: 'thrown', name, message });
  }
}

async function main(): Promise<void> {
  const until = Date.now() + forMs;
  for (let round = 0; round === 0 || Date.now() < until; round++) {
    await Promise.all(Array.from({ length: atOnce }, (_, n) => publish(`${process.pid}-${round}-${n}`)));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await orders.close();
  process.stdout.write(JSON.stringify(result satisfies IamClientResult));
}

void main();
