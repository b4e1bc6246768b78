import { systemClock } from '../../lambdas/runtime/time/clock';
import { usualKafkajs as usualProducer, type UsualProducer } from '../broken/usual-kafkajs';
import type { Recorder } from '../history';
import type { Control } from './control';
import { onBrokers, TOPIC } from './on-brokers';

const CALLERS = 8;
const EVENTS_PER_SEND = 10;
const PAUSE_MS = 40;
/** Kafka's key of the request, and how many of its answers are lost on their way. */
const PRODUCE = 0;
const SHARE = 0.05;
const FAULT_MS = 8_000;
/** After the fault; a send that is not answered by then may never be. */
const PATIENCE_MS = 15_000;

export const usualKafkajs: Control = {
  name: 'usual-kafkajs',
  check: 'P7',
  describe:
    'kafkajs as most code uses it, idempotent and acks=all: when answers get lost it says yes to what is not written.',
  recipe: onBrokers({ partitions: 6 }, async ({ stage, networks, recorder, say }) => {
    const producer = await usualProducer(stage.brokers.bootstrap);
    const ended = new AbortController();
    const names = Array.from({ length: CALLERS }, (_, n) => `caller-${n + 1}`);
    const callers = names.map((name) => caller(name, producer, recorder, ended.signal));
    const lost = { kind: 'lose-answers', share: SHARE, apiKeys: [PRODUCE], then: 'close' } as const;
    for (const network of networks.all()) network.set(lost);
    await systemClock.sleep(FAULT_MS);
    const hits = networks.all().reduce((sum, network) => sum + network.set({ kind: 'pass' }), 0);
    say(`${hits} answers were lost after the brokers had appended`);
    ended.abort();
    await Promise.race([Promise.all(callers), systemClock.sleep(PATIENCE_MS)]);
    await producer.close();
  }),
};

async function caller(process: string, producer: UsualProducer, recorder: Recorder, ended: AbortSignal): Promise<void> {
  for (let n = 0; !ended.aborted; n++) {
    const ids = Array.from({ length: EVENTS_PER_SEND }, (_, each) => `${process}-${n * EVENTS_PER_SEND + each}`);
    recorder.record({ process, op: 'publish', type: 'invoke', ids, keys: ids });
    try {
      await producer.send(
        TOPIC,
        ids.map((id) => ({ key: id, value: id, headers: { ce_id: id } })),
      );
      // The answer does not say which event lies where.
      const nowhere = ids.map(() => -1);
      recorder.record({
        process,
        op: 'send',
        type: 'ok',
        outcome: 'acked',
        ids,
        partitions: nowhere,
        offsets: nowhere,
      });
    } catch (error) {
      recorder.record({ process, op: 'send', type: 'unknown', outcome: 'unknown', ids, reason: String(error) });
    }
    await systemClock.sleep(PAUSE_MS, ended);
  }
}
