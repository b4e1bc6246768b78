import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  LEASES,
  REPLAY_VARIABLE,
  UNPACK_VARIABLE,
  type ReplayEnvironment,
  type UnpackEnvironment,
} from '../lambdas/runtime/contract';
import { setTimeout as wait } from 'node:timers/promises';
import type { LocalStack } from '../local';
import { waitingAtDoors } from './doors';
import type { Load } from './load';

/** What is on its way and not settled yet. All zero: every accepted event has been applied or parked, or is lost. */
export interface Waiting {
  /** Messages and events that queues have taken and no door has. */
  queued: number;
  /** Records in the log beyond the committed offsets, over all mappings. */
  lag: number;
  /** Objects in the spill stores. */
  spilled: number;
  /** Objects of the mappings that are not unpacked yet. */
  onFailure: number;
}

const LOOK_MS = 100;
/** For a pipeline without faults, that is asked nothing else. */
const DRAIN_LIMIT_MS = 200_000;

interface Watching {
  readonly say: (line: string) => void;
  readonly count: (done: number, total: number, what: string) => void;
  readonly signal: AbortSignal;
  /** How long the pipeline may stand still before nobody waits for it any longer. @default DRAIN_LIMIT_MS */
  readonly patienceMs?: number;
}

/**
 * Resolves when the mappings have no lag and the stores in between are empty, or when nothing has moved for too long.
 *
 * @throws when the signal aborts
 */
export async function untilSettled(stack: LocalStack, load: Load, watching: Watching): Promise<void> {
  const room = new WaitingRoom(stack);
  try {
    await emptied(room, stack, load, watching);
  } finally {
    room.close();
  }
}

async function emptied(room: WaitingRoom, stack: LocalStack, load: Load, watching: Watching) {
  const { say, count, signal, patienceMs = DRAIN_LIMIT_MS } = watching;
  let last = '';
  let movedAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const waiting = await room.look();
    const left = waiting.queued + waiting.lag + waiting.spilled + waiting.onFailure;
    count(Math.max(0, load.accepted - left), load.accepted, 'settled');
    if (left === 0) return;
    const now = JSON.stringify(waiting);
    if (now !== last) movedAt = Date.now();
    last = now;
    if (Date.now() - movedAt > patienceMs) {
      say(`nothing has moved for ${patienceMs / 1000} s; still waiting: ${now}`);
      return;
    }
    if (waiting.spilled + waiting.onFailure > 0)
      await stack
        .fireSchedules()
        .catch((error: unknown) => say(`a sweep failed, and is tried again: ${String(error)}`));
    await wait(LOOK_MS);
  }
}

class WaitingRoom {
  private readonly s3: S3Client;
  private readonly spillBuckets: string[];
  private readonly onFailureBuckets: string[];

  constructor(private readonly stack: LocalStack) {
    this.s3 = new S3Client({
      endpoint: stack.endpoints.s3,
      forcePathStyle: true,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    this.spillBuckets = this.buckets<ReplayEnvironment>(REPLAY_VARIABLE, (role) => role.spill);
    this.onFailureBuckets = this.buckets<UnpackEnvironment>(UNPACK_VARIABLE, (role) => role.onFailure);
  }

  async look(): Promise<Waiting> {
    // First: what leaves a queue is in the log before.
    const queued = await waitingAtDoors(this.stack);
    const lags = await Promise.all(this.stack.mappings.map((mapping) => mapping.lag()));
    return {
      queued,
      lag: lags.reduce((sum, lag) => sum + lag, 0),
      spilled: await this.objects(this.spillBuckets),
      onFailure: await this.objects(this.onFailureBuckets),
    };
  }

  close(): void {
    this.s3.destroy();
  }

  private async objects(buckets: readonly string[]): Promise<number> {
    const pages = await Promise.all(buckets.map((Bucket) => this.s3.send(new ListObjectsV2Command({ Bucket }))));
    const names = pages.flatMap((page) => page.Contents ?? []).map(({ Key = '' }) => Key);
    return names.filter((name) => !name.startsWith(LEASES)).length;
  }

  private buckets<Role>(variable: string, bucketOf: (role: Role) => string): string[] {
    const names = this.stack.functions.flatMap((fn) =>
      Object.entries(fn.environment)
        .filter(([name]) => name.startsWith(variable))
        .map(([, json]) => bucketOf(JSON.parse(json) as Role)),
    );
    return [...new Set(names)];
  }
}
