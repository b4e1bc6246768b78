import { untilPartition } from '../replicas';
import { leaderAndFollowers } from '../scenarios/scenario';
import type { Control } from './control';
import { EVENTS, onOnePartition } from './on-brokers';

export const uncleanElection: Control = {
  name: 'unclean-election',
  check: 'P7',
  describe: 'unclean.leader.election.enable=true: both in-sync replicas are down, and a stale one is elected.',
  recipe: onOnePartition({
    acks: -1,
    configs: { 'unclean.leader.election.enable': 'true' },
    play: async ({ stage, replicas, say }, send) => {
      const {
        leader,
        followers: [stale, other],
      } = await leaderAndFollowers(stage, replicas);
      await stale.kill('SIGSTOP');
      await untilPartition(replicas, 0, `broker ${stale.id} out of sync`, ({ isr }) => !isr.includes(stale.id));
      say(`brokers ${leader.id} and ${other.id} are in sync, take ${EVENTS} events and are killed`);
      await send(EVENTS);
      await Promise.all([leader.kill('SIGKILL'), other.kill('SIGKILL')]);
      await stale.kill('SIGCONT');
      await untilPartition(replicas, 0, 'a stale leader', ({ leader: id }) => id === stale.id);
      say(`broker ${stale.id}, which has none of them, leads; the others are started and follow it`);
      await Promise.all([leader.start(), other.start()]);
    },
  }),
};
