import { leaderDiesAlone } from '../scenarios/acks-one';
import type { Control } from './control';
import { EVENTS, onOnePartition } from './on-brokers';

export const acksOne: Control = {
  name: 'acks-one',
  check: 'P7',
  describe: 'acks=1: the leader answers alone and dies before its followers have copied.',
  recipe: onOnePartition({
    acks: 1,
    play: ({ stage, replicas, say }, send) => leaderDiesAlone(stage, replicas, () => send(EVENTS), say),
  }),
};
