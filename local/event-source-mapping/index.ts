import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../../lambdas/runtime/time/clock';
import type { ClusterAdmin } from '../cluster-admin';
import type { Outcome } from '../function-host';
import type { Observer } from '../observer';
import type { MappingSettings } from '../template/mappings';
import { frameOf, Mapping, type LocalMapping } from './mapping';
import { onFailureBucket, type OnFailureDestination, type OnFailureSettings } from './on-failure';
import { onFailureTopic } from './on-failure-topic';
import { Poller } from './poller';
import { DEFAULT_SWITCHES, type MappingSwitches } from './switches';

export type { MappingCounters } from './counters';
export type { LocalMapping } from './mapping';
export { SWITCHES, type MappingSwitches } from './switches';

export interface MappingOptions {
  readonly settings: MappingSettings;
  /** Comma-separated `host:port`. */
  readonly bootstrap: string;
  readonly admin: ClusterAdmin;
  readonly switches?: Partial<MappingSwitches>;
  /** Client of the on-failure destination. */
  readonly s3: S3Client;
  readonly observer?: Observer;
  /** Brings a synchronous invocation to its end; never rejects. */
  invoke(payload: string): Promise<Outcome>;
  log(line: string): void;
}

/** Starts a mapping; resolves when it has its partitions. */
export async function startMapping(options: MappingOptions): Promise<LocalMapping> {
  const mapping = new Mapping({
    ...options,
    clock: systemClock,
    onFailure: destination(options),
    member: (poller) => new Poller(poller),
    lag: () => lag(options),
  });
  await mapping.start();
  return mapping;
}

async function lag({ admin, settings: { topic, group } }: MappingOptions): Promise<number> {
  const [end, committed] = await Promise.all([admin.endOffsets(topic), admin.committed(group, topic)]);
  return [...end].reduce((sum, [partition, offset]) => sum + Math.max(0, offset - (committed.get(partition) ?? 0)), 0);
}

function destination(options: MappingOptions): OnFailureDestination | undefined {
  const { settings, s3, bootstrap } = options;
  const { onFailure, uuid, functionArn } = settings;
  const switches = { ...DEFAULT_SWITCHES, ...options.switches };
  const told: OnFailureSettings = { uuid, functionArn, frame: frameOf(options), switches };
  switch (onFailure?.kind) {
    case 'bucket': {
      const { bucket: Bucket } = onFailure;
      const put = (Key: string, Body: string) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' }));
      return onFailureBucket(put, told, systemClock);
    }
    case 'topic':
      return onFailureTopic(bootstrap, onFailure.topic, told, () => new Date());
    case undefined:
      return undefined;
  }
}
