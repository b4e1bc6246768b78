import { errorCodeRow, errorCodeRows, isAboutRecord } from '../../../../lambdas/runtime/kafka/error-codes';

const { errorCodes } = jest.requireActual<{ errorCodes: { type: string; code: number }[] }>(
  'kafkajs/src/protocol/error',
);
const codesOf = (kind: string) =>
  errorCodeRows()
    .filter(({ fate }) => fate.kind === kind)
    .map(({ code }) => code);

/** Names that Kafka has changed since kafkajs wrote them down. */
const RENAMED: Record<string, string> = {
  UNKNOWN: 'UNKNOWN_SERVER_ERROR',
  NOT_LEADER_FOR_PARTITION: 'NOT_LEADER_OR_FOLLOWER',
  GROUP_LOAD_IN_PROGRESS: 'COORDINATOR_LOAD_IN_PROGRESS',
  GROUP_COORDINATOR_NOT_AVAILABLE: 'COORDINATOR_NOT_AVAILABLE',
  NOT_COORDINATOR_FOR_GROUP: 'NOT_COORDINATOR',
};

test('every code of Kafka 4.1 has one row, from -1 to 133, under a name of its own', () => {
  expect(errorCodeRows().map(({ code }) => code)).toEqual(Array.from({ length: 135 }, (_, index) => index - 1));
  expect(new Set(errorCodeRows().map(({ name }) => name)).size).toBe(135);
});

test.each([134, 999, -2, Number.NaN, undefined])('a code that is not in the table, %p, is unknown', (code) => {
  expect(errorCodeRow(code)).toMatchObject({ name: 'UNKNOWN', fate: { kind: 'unknown' } });
});

test('the names are those that kafkajs knows its codes by', () => {
  const known = errorCodes.filter(({ code }) => code >= -1);
  const ours = known.map(({ code }) => errorCodeRow(code).name);
  expect(ours).toEqual(known.map(({ type }) => RENAMED[type] ?? type));
  expect(known.length).toBeGreaterThan(80);
});

test('what only a person can change is never tried again: rights, configuration, the record itself', () => {
  const names = codesOf('rejected').map((code) => errorCodeRow(code).name);
  expect(names).toEqual(expect.arrayContaining(['INVALID_CONFIG', 'MESSAGE_TOO_LARGE', 'INVALID_RECORD', 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED'])); // prettier-ignore
  expect(names.filter(isAboutRecord)).toEqual(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD']); // prettier-ignore
});

test('an answer after the append of a leader is never taken for "not written"', () => {
  for (const code of [3, 6, 7, 20, 46, 56])
    expect([code, errorCodeRow(code).fate]).toEqual([code, { kind: 'unknown' }]);
});

test('a leader that is being elected and too few replicas are waited for', () => {
  for (const code of [5, 19]) expect(errorCodeRow(code).fate).toEqual({ kind: 'retriable', newClient: false });
});

test('a client whose numbers were refused is not used again, and its records are', () => {
  const fatal = errorCodeRows().filter(({ fate }) => fate.kind === 'retriable' && fate.newClient);
  expect(fatal.map(({ code }) => code)).toEqual([45, 47, 48, 49, 59, 90, 120]);
});
