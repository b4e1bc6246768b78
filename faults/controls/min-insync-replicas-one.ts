import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { untilPartition } from '../replicas';
import { leaderAndFollowers } from '../scenarios/scenario';
import type { Control } from './control';
import { EVENTS, onOnePartition } from './on-brokers';

export const minInsyncReplicasOne: Control = {
  name: 'min-insync-replicas-one',
  check: 'P7',
  describe:
    'min.insync.replicas=1: the leader is alone in sync, acks=all waits for nobody else, and its disk loses a tail.',
  recipe: onOnePartition({
    acks: -1,
    configs: { 'min.insync.replicas': '1' },
    play: async ({ stage, replicas, say }, send) => {
      const { leader, followers } = await leaderAndFollowers(stage, replicas);
      for (const follower of followers) await follower.kill('SIGSTOP');
      await untilPartition(replicas, 0, 'its leader alone in sync', ({ isr }) => isr.length === 1);
      say(`broker ${leader.id} is alone in sync, takes ${EVENTS} events and is killed`);
      await send(EVENTS);
      await leader.kill('SIGKILL');
      await halve(join(leader.dir, 'data', `${replicas.topic}-0`));
      for (const follower of followers) await follower.kill('SIGCONT');
      await leader.start();
      await untilPartition(replicas, 0, 'its leader back', ({ leader: id }) => id === leader.id);
      say(`broker ${leader.id} leads again, without the second half of its log`);
    },
  }),
};

/** What a machine that lost its power does to what was never flushed: the end of the newest segment is gone. */
async function halve(folder: string): Promise<void> {
  const newest = (await readdir(folder))
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  if (newest === undefined) throw new Error(`${folder}: got no segment, want one; look at the broker's log`);
  const segment = await open(join(folder, newest), 'r+');
  try {
    await segment.truncate(Math.floor((await segment.stat()).size / 2));
  } finally {
    await segment.close();
  }
}
