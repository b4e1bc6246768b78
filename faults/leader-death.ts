import { setTimeout as wait } from 'node:timers/promises';
import type { LocalStack } from '../local';

type Brokers = LocalStack['brokers']['brokers'];

export interface LeaderDeath {
  readonly killed: number;
  readonly newLeader: number;
  readonly secondsWithoutLeader: number;
}

/** SIGKILLs the broker that leads the partition, waits until another one leads, and starts the dead one again. */
export async function leaderDeath(stack: LocalStack, topic: string, partition: number): Promise<LeaderDeath> {
  const leader = await leaderOf(stack, topic, partition);
  const died = Date.now();
  await leader.kill('SIGKILL');
  const newLeader = await anotherLeader(stack, topic, partition, leader.id);
  const secondsWithoutLeader = (Date.now() - died) / 1000;
  await leader.start();
  return { killed: leader.id, newLeader, secondsWithoutLeader };
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
  const leader = await leaderOf(stack, topic, partition);
  const followers = stack.brokers.brokers.filter((broker) => broker.id !== leader.id);
  for (const follower of followers) await follower.kill('SIGSTOP');
  const alone = whileAlone();
  await Promise.race([alone, wait(2000)]);
  const died = Date.now();
  await leader.kill('SIGKILL');
  for (const follower of followers) await follower.kill('SIGCONT');
  const newLeader = await anotherLeader(stack, topic, partition, leader.id);
  const secondsWithoutLeader = (Date.now() - died) / 1000;
  await leader.start();
  await alone;
  return { killed: leader.id, newLeader, secondsWithoutLeader };
}

async function leaderOf(stack: LocalStack, topic: string, partition: number): Promise<Brokers[number]> {
  const id = await stack.admin.leaderOf(topic, partition);
  const leader = stack.brokers.brokers.find((broker) => broker.id === id);
  if (!leader) throw new Error(`${topic}-${partition} is led by broker ${id}, which is none of ours`);
  return leader;
}

/** Longer than the broker session timeout plus an election, in milliseconds. */
const ELECTION_MS = 60_000;

async function anotherLeader(stack: LocalStack, topic: string, partition: number, dead: number): Promise<number> {
  const until = Date.now() + ELECTION_MS;
  while (Date.now() < until) {
    const id = await stack.admin.leaderOf(topic, partition);
    if (id > 0 && id !== dead) return id;
    await wait(200);
  }
  throw new Error(`${topic}-${partition} has had no new leader for ${ELECTION_MS / 1000} s after broker ${dead} died`);
}
