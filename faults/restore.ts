import type { FaultBroker, FaultFunction, FaultTarget } from './fault';

/**
 * Puts everything a fault may have touched back as it was: connections pass, sandboxes and brokers run, every
 * partition has all its replicas. Does no harm where nothing is broken.
 *
 * @throws AggregateError with all that could not be put back; the rest is
 */
export async function restore(target: FaultTarget): Promise<void> {
  const { brokers, producers, consumers, dynamodb, s3 } = target;
  const proxies = [...brokers.map(({ network }) => network), dynamodb, s3];
  const results = await Promise.allSettled([
    ...proxies.map((proxy) => Promise.resolve(proxy.set({ kind: 'pass' }))),
    ...[...new Set([...producers, ...consumers])].map(restoreFunction),
    ...brokers.map(restoreBroker),
  ]);
  // Replicas are copied between brokers: these come first.
  results.push(...(await Promise.allSettled([restoreReplicas(target)])));
  results.push(...(await Promise.allSettled([target.topicConfig('min.insync.replicas', null)])));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length === 0) return;
  const reasons = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  throw new AggregateError(failures, `not everything could be restored after a fault: ${reasons.join('; ')}`);
}

async function restoreFunction(fn: FaultFunction): Promise<void> {
  fn.around(undefined);
  fn.freezeBetween(false);
  fn.deploy(undefined);
  await fn.signal('SIGCONT');
}

async function restoreBroker(broker: FaultBroker): Promise<void> {
  if (broker.alive) await broker.kill('SIGCONT');
  else await broker.start();
}

async function restoreReplicas({ replicas, brokers }: FaultTarget): Promise<void> {
  const short = (await replicas.describe()).filter(({ replicas: ids }) => ids.length < brokers.length);
  if (short.length === 0) return;
  const everywhere = short.map(({ partition, replicas: ids }) => {
    const missing = brokers.map(({ id }) => id).filter((id) => !ids.includes(id));
    return [partition, [...ids, ...missing]] as const;
  });
  await replicas.reassign(new Map(everywhere));
}
