import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  REPLAY_VARIABLE,
  UNPACK_VARIABLE,
  type ReplayEnvironment,
  type UnpackEnvironment,
} from '../lambdas/runtime/contract';
import type { LocalStack } from '../local';

/** What is on its way and not settled yet. All zero: every accepted event has been applied or parked, or is lost. */
export interface Waiting {
  /** Records in the log beyond the committed offsets, over all mappings. */
  lag: number;
  /** Objects in the spill stores. */
  spilled: number;
  /** Objects of the mappings that are not unpacked yet. */
  onFailure: number;
}

export class WaitingRoom {
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
    const lags = await Promise.all(this.stack.mappings.map((mapping) => mapping.lag()));
    return {
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
    return pages.reduce((sum, page) => sum + (page.KeyCount ?? 0), 0);
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
