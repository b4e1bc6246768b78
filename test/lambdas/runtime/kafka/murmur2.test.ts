import { murmur2, partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';

/** Key in hex, and what Java's `Utils.murmur2` and default partitioner give for 6 and 50 partitions (kafka-clients 4.1.1). */
const JAVA: readonly [key: string, hash: number, of6: number, of50: number][] = [
  ['', 275646681, 3, 31],
  ['61', -1563381124, 4, 24],
  ['6162', 316155434, 2, 34],
  ['616263', 479470107, 3, 7],
  ['61626364', -1323649548, 2, 0],
  ['6162636465', 461995741, 1, 41],
  ['637573746f6d65722d31', 1939597761, 3, 11],
  ['637573746f6d65722d3432', -542987495, 3, 3],
  ['6f726465722d30303030303137', -1072077864, 2, 34],
  ['5ac3bc72696368', -1551140815, 1, 33],
  ['e697a5e69cace8aa9e', 1431860170, 4, 20],
  ['f09f9982', 925250799, 3, 49],
  ['612d6c6974746c652d6269742d6c6f6e672d737472696e67', -985981536, 2, 12],
  [
    '6c6b6a683233346c68396669756839307932336f697568736166756a6861646f66323239706872396831396838396838',
    -58897971,
    5,
    27,
  ],
  ['30303030303030303030303030303030', 1778309022, 0, 22],
  ['00', 375494588, 2, 38],
  ['ff', -311467685, 3, 13],
  ['fffefdfcfbfaf9', -166236347, 3, 1],
  ['80000080', 120646186, 4, 36],
  ['99', 1288378381, 1, 31],
  ['183477', -238686175, 1, 23],
  ['5a94c9bf39', -1111453440, 2, 8],
  ['09d32a595d4a98', 623656200, 0, 0],
  ['41f4b3e592471abe05', 1322831005, 1, 5],
  ['5dcab3910016175aa147e1', 1046997312, 0, 12],
  ['e98ee81edf7fae40bfe793d9fc', -2137956615, 5, 33],
];

test.each(JAVA)('the key 0x%s goes where a Java producer sends it', (key, hash, of6, of50) => {
  const bytes = Buffer.from(key, 'hex');
  expect(murmur2(bytes)).toBe(hash);
  expect([partitionOfKey(bytes, 6), partitionOfKey(bytes, 50)]).toEqual([of6, of50]);
});

test('a key inside a larger buffer counts by its own bytes alone', () => {
  const inside = new Uint8Array(Buffer.from('xxabcdexx')).subarray(2, 7);
  expect(murmur2(inside)).toBe(461995741);
});
