import type { Fault } from '../fault';
import { throttledLedgers } from '../proxies/refusals';
import { inMode } from '../underway';

export const ledgersThrottled: Fault = {
  name: 'ledgers-throttled',
  title: 'Ledgers throttled',
  group: 'store',
  describe:
    'The items of the partitions are hot: what counts records is throttled for longer than an invocation has, what applies them is not.',
  seconds: [34, 40],
  start: ({ dynamodb }) =>
    inMode([dynamodb], { kind: 'refuse', share: 1, refusals: throttledLedgers() } as const, 'ledgers throttled'),
};
