import { letterPlace, objectPart, spillFolder, type ReplayEnvironment } from '../contract';
import { replayEnvironments, type Variables } from '../contract/environment';
import { s3ObjectStore } from '../stores/s3-object-store';
import type { ObjectStore } from '../stores/object-store';
import { timedObjectStore } from '../stores/timed-object-store';
import { systemClock, type Clock } from '../time/clock';
import { inWords } from '../time/within';
import { powertoolsLog, type Log } from '../watching/log';
import { emfWaitingMeter, type WaitingMeter } from '../watching/metrics';
import { isNotification } from './notification';

/** Names read of one bucket: ten pages of a listing. What lies behind them is not counted, as pages are billed. */
const MOST_NAMES = 10_000;
/** Milliseconds for one bucket: the sweep waits meanwhile. */
const COUNTED_MS = 5_000;

export interface WaitingDeps {
  readonly variables: Variables;
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly log: Log;
  readonly meter: WaitingMeter;
}

/**
 * Counts what waits for each topic in the spill store and among the dead letters, and how long the oldest has, whatever the brokers
 * do. What could not be listed is not counted, and never in the way of the sweep. Woken by a notification it counts nothing: the schedule comes
 * soon enough, and listings are billed.
 */
export function waiting(given: Partial<WaitingDeps> = {}): (event: unknown) => Promise<void> {
  let made: WaitingDeps | undefined;
  return async (event) => {
    if (isNotification(event)) return;
    const variables = given.variables ?? process.env;
    const deps = (made ??= {
      variables,
      clock: given.clock ?? systemClock,
      store: given.store ?? s3ObjectStore(),
      log: given.log ?? powertoolsLog(variables),
      meter: given.meter ?? emfWaitingMeter(),
    });
    for (const environment of replayEnvironments(deps.variables)) {
      for (const place of placesOf(environment)) await countIn(place, environment.topic, deps);
    }
  };
}

interface Place {
  readonly bucket: string;
  readonly folder: string;
  readonly isOne: (name: string) => boolean;
}

const placesOf = ({ cluster, topic, spill, deadLetters }: ReplayEnvironment): Place[] => [
  { bucket: spill, folder: spillFolder(cluster, topic), isOne: () => true },
  // Of all groups, whose names replay does not know: a bucket may have the letters of several topics.
  { bucket: deadLetters, folder: `${objectPart(cluster)}/`, isOne: (name) => letterPlace(name)?.topic === topic },
];

async function countIn({ bucket, folder, isOne }: Place, topic: string, deps: WaitingDeps): Promise<void> {
  const { clock, log, meter } = deps;
  const until = clock.monotonic() + COUNTED_MS;
  const store = timedObjectStore(deps.store, clock, () => until - clock.monotonic());
  const nowMs = clock.now();
  let [seen, objects, oldestMs] = [0, 0, 0];
  try {
    for await (const { name, putAtMs = nowMs } of store.list(bucket, folder)) {
      seen += 1;
      if (isOne(name)) {
        objects += 1;
        oldestMs = Math.max(oldestMs, nowMs - putAtMs);
      }
      if (seen === MOST_NAMES) break;
    }
    meter.waiting({ bucket, topic }, objects, Math.floor(oldestMs / 1_000));
  } catch (error) {
    log.warn('what waits was not counted', { bucket, topic, reason: inWords(error) });
  }
}
