import type { ObjectStore } from '../../lambdas/runtime/stores/object-store';
import type { Waiting } from './model';

/** Objects that are counted: of more the listing alone takes longer than a person looks. */
const MOST = 100_000;
const HOUR_MS = 3_600_000;

/** What lies below a folder of a bucket. Names are forgotten once they are counted. */
export async function waitingIn(
  store: Pick<ObjectStore, 'list'>,
  bucket: string,
  folder: string,
  nowMs: number,
): Promise<Waiting> {
  let [objects, lastHour, more] = [0, 0, false];
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const { putAtMs } of store.list(bucket, folder)) {
    if (objects === MOST) {
      more = true;
      break;
    }
    objects += 1;
    if (putAtMs === undefined) continue;
    oldest = Math.min(oldest, putAtMs);
    newest = Math.max(newest, putAtMs);
    if (putAtMs > nowMs - HOUR_MS) lastHour += 1;
  }
  const at = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : undefined);
  return { objects, more, oldestAt: at(oldest), newestAt: at(newest), lastHour };
}
