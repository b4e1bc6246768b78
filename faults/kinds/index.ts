import type { Fault } from '../fault';
import { allBrokersKilled } from './all-brokers-killed';
import { answersLost } from './answers-lost';
import { badDeploy } from './bad-deploy';
import { brokerSilent } from './broker-silent';
import { brokerStuck } from './broker-stuck';
import { brokersRolled } from './brokers-rolled';
import { commitsUnanswered } from './commits-unanswered';
import { connectionsCut } from './connections-cut';
import { crashAfterEffect } from './crash-after-effect';
import { crashAfterResponse } from './crash-after-response';
import { crashBeforeEffect } from './crash-before-effect';
import { crashBeforeResponse } from './crash-before-response';
import { deliveredTwice } from './delivered-twice';
import { dynamodbAccessDenied } from './dynamodb-access-denied';
import { dynamodbAnswersLost } from './dynamodb-answers-lost';
import { dynamodbAway } from './dynamodb-away';
import { dynamodbConflicts } from './dynamodb-conflicts';
import { dynamodbDown } from './dynamodb-down';
import { dynamodbOut } from './dynamodb-out';
import { dynamodbSilent } from './dynamodb-silent';
import { dynamodbSlow } from './dynamodb-slow';
import { dynamodbThrottled } from './dynamodb-throttled';
import { flood } from './flood';
import { followerHeldBack } from './follower-held-back';
import { functionFrozen } from './function-frozen';
import { functionPaused } from './function-paused';
import { functionTimeout } from './function-timeout';
import { idConflicts } from './id-conflicts';
import { kafkaAway } from './kafka-away';
import { killedInCall } from './killed-in-call';
import { killers } from './killers';
import { largeEvents } from './large-events';
import { latency } from './latency';
import { leaderKilled } from './leader-killed';
import { leaderMoves } from './leader-moves';
import { leaderPaused } from './leader-paused';
import { ledgersThrottled } from './ledgers-throttled';
import { pollersOverlap } from './pollers-overlap';
import { replicasReassigned } from './replicas-reassigned';
import { s3AnswersLost } from './s3-answers-lost';
import { s3Down } from './s3-down';
import { s3Refusing } from './s3-refusing';
import { s3Slow } from './s3-slow';
import { sendsLost } from './sends-lost';
import { topicWeakened } from './topic-weakened';
import { twoBrokersKilled } from './two-brokers-killed';

/** Every fault there is, in the order of its group. A new one is a file here and a line below. */
export const FAULTS: readonly Fault[] = [
  leaderKilled,
  leaderPaused,
  brokersRolled,
  twoBrokersKilled,
  allBrokersKilled,
  leaderMoves,
  replicasReassigned,
  followerHeldBack,
  answersLost,
  connectionsCut,
  brokerSilent,
  brokerStuck,
  latency,
  kafkaAway,
  sendsLost,
  crashBeforeEffect,
  crashAfterEffect,
  crashBeforeResponse,
  crashAfterResponse,
  functionPaused,
  functionFrozen,
  functionTimeout,
  killedInCall,
  deliveredTwice,
  pollersOverlap,
  commitsUnanswered,
  dynamodbSlow,
  dynamodbDown,
  dynamodbOut,
  dynamodbAway,
  dynamodbSilent,
  dynamodbThrottled,
  ledgersThrottled,
  dynamodbConflicts,
  dynamodbAccessDenied,
  dynamodbAnswersLost,
  s3Slow,
  s3Down,
  s3Refusing,
  s3AnswersLost,
  flood,
  killers,
  idConflicts,
  largeEvents,
  badDeploy,
  topicWeakened,
];

/** @throws naming all there are, when there is none of that name */
export function faultNamed(name: string): Fault {
  const found = FAULTS.find((fault) => fault.name === name);
  if (found) return found;
  throw new Error(`fault: got ${name}, want one of ${FAULTS.map((fault) => fault.name).join(', ')}; see chaos --list`);
}
