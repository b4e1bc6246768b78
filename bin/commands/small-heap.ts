import { setFlagsFromString } from 'node:v8';

/**
 * What a listing page by page leaves behind is garbage at once. V8 lets it lie until its young generation has grown to 48 MB and the old
 * one has tripled: with this neither grows much beyond what is alive, for a tenth more CPU time.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
