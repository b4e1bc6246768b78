import { systemClock } from '../../lambdas/runtime/time/clock';
import type { FaultReplicas } from '../fault';
import { readLog } from '../final-read/log';
import { anotherLeader } from '../replicas';
import { leaderAndFollowers, plainProducer, type Arm, type Scenario, type Sender, type Stage } from './scenario';

const EVENTS = 200;
/** Sent one after the other: a fetch that was under way when its follower stopped may still carry the first. */
const EVENTS_PER_SEND = 10;
/** Far below the broker session timeout of 6 s, or the controller would fence the followers. */
const ALONE_MS = 1000;

/** The first scenario of how Kafka loses messages, and the same with acks=all. */
export const acksOne: Scenario = {
  name: 'acks-one',
  describe: 'the leader acknowledges and dies before its followers have copied: acks=1 loses, acks=all keeps',
  play: async (stage, ours) => [
    await leaderDies(stage, { name: 'acks=1', topic: 'acks-one', expectedLoss: true }, await acksOneSender(stage)),
    await leaderDies(stage, { name: 'acks=all', topic: 'acks-all', expectedLoss: false }, ours('acks-all')),
  ],
};

async function acksOneSender({ brokers }: Stage): Promise<Sender> {
  const producer = await plainProducer(brokers.bootstrap, { acks: 1, retries: 5 });
  return {
    send: async (ids) => {
      const acknowledged: string[] = [];
      for (let at = 0; at < ids.length; at += EVENTS_PER_SEND) {
        const some = ids.slice(at, at + EVENTS_PER_SEND);
        try {
          await producer.send('acks-one', some);
          acknowledged.push(...some);
        } catch (error) {
          if (!(error instanceof Error)) throw error; // refused: not acknowledged, and not counted
        }
      }
      return acknowledged;
    },
    close: () => producer.close(),
  };
}

async function leaderDies(
  stage: Stage,
  about: { readonly name: string; readonly topic: string; readonly expectedLoss: boolean },
  sender: Sender,
): Promise<Arm> {
  const say = (line: string) => stage.say(`${about.name}: ${line}`);
  const replicas = await stage.topic(about.topic);
  await sender.send(['warm-up-1', 'warm-up-2', 'warm-up-3']);
  const ids = Array.from({ length: EVENTS }, (_, n) => `${about.topic}-${n + 1}`);
  const acknowledged = await leaderDiesAlone(stage, replicas, () => sender.send(ids), say);
  await sender.close();
  const read = await readLog(stage.tools, { bootstrap: stage.brokers.direct, topic: about.topic, group: 'none' });
  const inLog = new Set(read.flatMap(({ records }) => records.map(({ id }) => id)));
  const lost = acknowledged.filter((id) => !inLog.has(id)).length;
  say(`${acknowledged.length} acknowledged in the end, ${lost} of them are not in the log`);
  return { name: about.name, acknowledged: acknowledged.length, lost, expectedLoss: about.expectedLoss };
}

/**
 * The followers stand still, the leader takes what is sent by itself, and dies before they have copied it. Resolves with
 * what `send` does, when the leader is back and has cut its log to the new leader's.
 */
export async function leaderDiesAlone<Sent extends readonly unknown[]>(
  stage: Stage,
  replicas: FaultReplicas,
  send: () => Promise<Sent>,
  say: (line: string) => void,
): Promise<Sent> {
  const { leader, followers } = await leaderAndFollowers(stage, replicas);
  say(`broker ${leader.id} leads; brokers ${followers.map(({ id }) => id).join(' and ')} stand still`);
  for (const follower of followers) await follower.kill('SIGSTOP');
  await systemClock.sleep(100);
  const sending = send();
  const early = await Promise.race([sending, systemClock.sleep(ALONE_MS)]);
  say(`${early?.length ?? 0} events acknowledged by the leader alone; now it is killed`);
  await leader.kill('SIGKILL');
  for (const follower of followers) await follower.kill('SIGCONT');
  const next = await anotherLeader(replicas, 0, leader.id);
  say(`broker ${next} leads now; broker ${leader.id} is started again and cuts its log to the new leader's`);
  await leader.start();
  return sending;
}
