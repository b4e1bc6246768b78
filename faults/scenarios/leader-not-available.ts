import { Kafka, logLevel } from 'kafkajs';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { readLog } from '../final-read/log';
import type { FaultReplicas } from '../fault';
import { untilPartition } from '../replicas';
import { leaderAndFollowers, plainProducer, type Arm, type Scenario, type Stage } from './scenario';

const TOPIC = 'leader-not-available';
const ELECTION_MS = 90_000;

/**
 * The second scenario of how Kafka loses messages. With both followers in sync a new leader is there before anybody sees
 * the code, so one follower is held back until it has left the in-sync replicas, and the other two brokers are killed:
 * the one that is left may not lead, and answers LEADER_NOT_AVAILABLE until one of the others is back.
 */
export const leaderNotAvailable: Scenario = {
  name: 'leader-not-available',
  describe: 'acks=all while the leader is down: a producer that does not retry loses the event, ours keeps it',
  play: async (stage, producer) => {
    const replicas = await stage.topic(TOPIC);
    const killed = await onlyOneThatMayNotLead(stage, replicas);
    const refused = await sendOnce(stage);
    const ours = producer(TOPIC);
    const kept = ours.send(['retried']);
    await systemClock.sleep(2000);
    stage.say(`brokers ${killed.map(({ id }) => id).join(' and ')} are started again`);
    await Promise.all(killed.map((broker) => broker.start()));
    const acknowledged = await kept;
    await ours.close();
    return outcome(stage, refused, acknowledged);
  },
};

async function onlyOneThatMayNotLead(stage: Stage, replicas: FaultReplicas) {
  const {
    leader,
    followers: [held, other],
  } = await leaderAndFollowers(stage, replicas);
  stage.say(`broker ${leader.id} leads; broker ${held.id} is held back until it is no longer in sync`);
  await held.kill('SIGSTOP');
  await untilPartition(replicas, 0, `broker ${held.id} out of sync`, ({ isr }) => !isr.includes(held.id));
  stage.say(`in sync are brokers ${leader.id} and ${other.id}; both are killed`);
  await Promise.all([other.kill('SIGKILL'), leader.kill('SIGKILL')]);
  await held.kill('SIGCONT');
  await untilLeaderless(held.port);
  stage.say(`broker ${held.id} goes on, may not lead, and answers LEADER_NOT_AVAILABLE`);
  return [leader, other];
}

/** Sends as the articles warn against: once. Resolves with true when it was acknowledged after all. */
async function sendOnce(stage: Stage): Promise<boolean> {
  const alive = stage.brokers.brokers.find(({ alive }) => alive);
  if (!alive) throw new Error('no broker is left');
  const producer = await plainProducer(`127.0.0.1:${alive.port}`, { acks: -1, retries: 0 });
  try {
    await producer.send(TOPIC, ['sent-once']);
    return true;
  } catch (error) {
    stage.say(
      `acks=all without retry: "${error instanceof Error ? error.message : String(error)}"; the caller goes on`,
    );
    return false;
  } finally {
    await producer.close();
  }
}

async function outcome(stage: Stage, onceAcknowledged: boolean, ours: readonly string[]): Promise<Arm[]> {
  const read = await readLog(stage.tools, { bootstrap: stage.brokers.direct, topic: TOPIC, group: 'none' });
  const inLog = new Set(read.flatMap(({ records }) => records.map(({ id }) => id)));
  const missing = (id: string) => (inLog.has(id) ? 0 : 1);
  stage.say(`in the log at the end: ${[...inLog].join(', ') || 'nothing'}`);
  return [
    {
      ...{ name: 'acks=all, no retry', acknowledged: onceAcknowledged ? 1 : 0 },
      ...{ lost: missing('sent-once'), expectedLoss: true },
    },
    { name: 'ours', acknowledged: ours.length, lost: missing('retried'), expectedLoss: false },
  ];
}

/** Asks only the broker that is still alive, and waits until it knows of no leader. */
async function untilLeaderless(port: number): Promise<void> {
  const end = Date.now() + ELECTION_MS;
  let said = 'no answer';
  while (Date.now() < end) {
    const admin = new Kafka({
      brokers: [`127.0.0.1:${port}`],
      logLevel: logLevel.NOTHING,
      requestTimeout: 2000,
      retry: { retries: 0 },
    }).admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] });
      said = `broker ${topics[0]?.partitions[0]?.leader} as leader`;
    } catch (error) {
      // kafkajs wraps it once its (no) retries are used up.
      const { type, cause } = error as { type?: string; cause?: { type?: string } };
      if ((type ?? cause?.type) === 'LEADER_NOT_AVAILABLE') return;
      said = String(error);
    } finally {
      await admin.disconnect();
    }
    await systemClock.sleep(200);
  }
  throw new Error(
    `${TOPIC}: got ${said} for ${ELECTION_MS / 1000} s, want LEADER_NOT_AVAILABLE; see the brokers' logs`,
  );
}
