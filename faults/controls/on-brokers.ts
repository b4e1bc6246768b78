import { join } from 'node:path';
import { check, writeVerdict, type Verdict } from '../checker';
import type { FaultReplicas } from '../fault';
import { emptyRead } from '../final-read/final-read';
import { readLog } from '../final-read/log';
import { HistoryWriter, readHistory, type Recorder } from '../history';
import { brokerProxies, type BrokerProxies } from '../proxies/brokers';
import { chanceOf } from '../random';
import { plainProducer, type Stage, type TopicOptions } from '../scenarios/scenario';
import { onStage } from '../scenarios/stage';
import type { Control } from './control';

export const TOPIC = 'control';

/** A follower that stands still leaves the in-sync replicas sooner. */
const PROPERTIES = { 'replica.lag.time.max.ms': '4000' };

export interface Act {
  readonly stage: Stage;
  readonly replicas: FaultReplicas;
  /** In front of every broker, in mode `pass`. */
  readonly networks: BrokerProxies;
  /** Callers say here what they send and what they are told. */
  readonly recorder: Recorder;
  readonly say: (line: string) => void;
}

/** Three brokers and one topic, nothing behind it: judged by a history of the callers and the log that is left. */
export function onBrokers(topic: TopicOptions, act: (act: Act) => Promise<void>): Control['recipe'] {
  return async ({ dir, seed, say }) => {
    const chance = chanceOf(seed);
    const networks = brokerProxies(() => chance.next());
    try {
      return await onStage({ dir, say, advertised: networks.advertised, properties: PROPERTIES }, async (stage) => {
        const replicas = await stage.topic(TOPIC, topic);
        const recorder = new HistoryWriter(join(dir, 'history.ndjson'));
        await act({ stage, replicas, networks, recorder, say });
        recorder.close();
        return judge(stage, dir, recorder.file);
      });
    } finally {
      await networks.stop();
    }
  };
}

async function judge({ tools, brokers }: Stage, dir: string, historyFile: string): Promise<Verdict> {
  const log = { topic: TOPIC, group: 'none' };
  const partitions = await readLog(tools, { ...log, bootstrap: brokers.direct });
  const verdict = check(await readHistory(historyFile), emptyRead({ ...log, partitions }));
  await writeVerdict(join(dir, 'verdict.json'), verdict);
  return verdict;
}

/** What is to be acknowledged by replicas that then lose it. */
export const EVENTS = 100;
/** More than that again: a log that goes on behind the gap shows that what is missing is gone, not late. */
const AFTERWARDS = 120;
const EVENTS_PER_SEND = 10;

export interface Loss {
  readonly acks: 1 | -1;
  /** Configuration of the topic, over one that is safe. */
  readonly configs?: Readonly<Record<string, string>>;
  /** Sends, and loses what holds it; resolves when the partition has a leader again. */
  readonly play: (act: Act, send: Send) => Promise<unknown>;
}

/** Sends so many new events, a few at a time, and resolves when each was answered. */
export type Send = (count: number) => Promise<readonly string[]>;

/** One partition, and one caller who sends before, in and after the play. */
export const onOnePartition = ({ acks, configs, play }: Loss): Control['recipe'] =>
  onBrokers({ configs }, async (act) => {
    const producer = await plainProducer(act.stage.brokers.bootstrap, { acks, retries: 5 });
    const send = recorded(producer, act.recorder);
    await send(EVENTS_PER_SEND);
    await play(act, send);
    await send(AFTERWARDS);
    await producer.close();
  });

function recorded(producer: Awaited<ReturnType<typeof plainProducer>>, recorder: Recorder): Send {
  const process = 'caller';
  let sent = 0;
  const some = async () => {
    const ids = Array.from({ length: EVENTS_PER_SEND }, () => `event-${(sent += 1)}`);
    recorder.record({ process, op: 'publish', type: 'invoke', ids, keys: ids.map(() => 'one') });
    try {
      const first = await producer.send(TOPIC, ids);
      const place = { partitions: ids.map(() => 0), offsets: ids.map((_, n) => first + n) };
      recorder.record({ process, op: 'send', type: 'ok', outcome: 'acked', ids, ...place });
    } catch (error) {
      recorder.record({ process, op: 'send', type: 'unknown', outcome: 'unknown', ids, reason: String(error) });
    }
    return ids;
  };
  return async (count) => {
    const ids: string[] = [];
    while (ids.length < count) ids.push(...(await some()));
    return ids;
  };
}
