import { systemClock } from '../lambdas/runtime/time/clock';
import type { LocalStack } from '../local';
import type { FaultReplicas } from './fault';
import { anotherLeader, replicasOf, untilPartition } from './replicas';

type Brokers = LocalStack['brokers']['brokers'];

export interface LeaderDeath {
  readonly killed: number;
  readonly newLeader: number;
  readonly secondsWithoutLeader: number;
}

/** SIGKILLs the broker that leads the partition, waits until another one leads, and starts the dead one again. */
export async function leaderDeath(stack: LocalStack, topic: string, partition: number): Promise<LeaderDeath> {
  const replicas = replicasOf(topic, stack.brokers.direct);
  const leader = await leaderOf(stack, replicas, partition);
  const died = Date.now();
  await leader.kill('SIGKILL');
  return succession(replicas, partition, leader, died);
}

/**
 * Freezes the followers, lets the leader answer alone, and kills it before they can copy: what it acknowledged with
 * acks=1 is gone. The freeze stays far below the broker session timeout, or the controller would fence the followers.
 */
export async function leaderDeathBeforeCopy(
  stack: LocalStack,
  topic: string,
  partition: number,
  whileAlone: () => Promise<unknown>,
): Promise<LeaderDeath> {
  const replicas = replicasOf(topic, stack.brokers.direct);
  const leader = await leaderOf(stack, replicas, partition);
  const followers = stack.brokers.brokers.filter((broker) => broker.id !== leader.id);
  for (const follower of followers) await follower.kill('SIGSTOP');
  const alone = whileAlone();
  await Promise.race([alone, systemClock.sleep(2000)]);
  const died = Date.now();
  await leader.kill('SIGKILL');
  for (const follower of followers) await follower.kill('SIGCONT');
  const death = await succession(replicas, partition, leader, died);
  await alone;
  return death;
}

async function leaderOf(stack: LocalStack, replicas: FaultReplicas, partition: number): Promise<Brokers[number]> {
  const { leader: id } = await untilPartition(replicas, partition, 'a leader', ({ leader }) => leader > 0);
  const leader = stack.brokers.brokers.find((broker) => broker.id === id);
  if (!leader) throw new Error(`${replicas.topic}-${partition} is led by broker ${id}, which is none of ours`);
  return leader;
}

async function succession(
  replicas: FaultReplicas,
  partition: number,
  leader: Brokers[number],
  died: number,
): Promise<LeaderDeath> {
  const newLeader = await anotherLeader(replicas, partition, leader.id);
  const secondsWithoutLeader = (Date.now() - died) / 1000;
  await leader.start();
  return { killed: leader.id, newLeader, secondsWithoutLeader };
}
