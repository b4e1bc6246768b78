import type { Case } from '../case';
import { answersLost } from './answers-lost';
import { authorizationRefused } from './authorization-refused';
import { brokerStuck } from './broker-stuck';
import { brokersKilled } from './brokers-killed';
import { brokersStopped } from './brokers-stopped';
import { connectionSilent } from './connection-silent';
import { leaderPaused } from './leader-paused';
import { leadersMoved } from './leaders-moved';
import { noFault } from './no-fault';
import { processFrozen } from './process-frozen';
import { recordTooLarge } from './record-too-large';
import { throttled } from './throttled';
import { topicRecreated } from './topic-recreated';
import { twoBrokersDown } from './two-brokers-down';

/** Every case, in the order in which they are played. */
export const CASES: readonly Case[] = [
  noFault,
  leadersMoved,
  brokersStopped,
  brokersKilled,
  leaderPaused,
  connectionSilent,
  brokerStuck,
  answersLost(0.01),
  answersLost(0.15),
  answersLost(0.3),
  twoBrokersDown,
  throttled,
  topicRecreated,
  recordTooLarge,
  authorizationRefused,
  processFrozen,
];
