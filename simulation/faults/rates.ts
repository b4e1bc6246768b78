import type { Rates, SeededTroubles } from '../kernel/troubles';
import type { AllTroubles } from '../pipeline/surroundings';
import type { Fault } from './fault';

/** A fault that is nothing but rates of single requests that go wrong. */
function rated<Part extends keyof AllTroubles>(
  name: string,
  part: Part,
  rates: AllTroubles[Part] extends SeededTroubles<infer Name> ? Rates<Name> : never,
  lastsMs: Fault['lastsMs'] = [5_000, 60_000],
): Fault {
  return {
    name,
    lastsMs,
    strike: ({ around: { troubles } }) => {
      const these = troubles[part] as SeededTroubles<string>;
      if (these.isOn) return undefined;
      these.set(rates);
      return { what: `${Object.keys(rates).join(', ')} at ${part}`, heal: () => these.set({}) };
    },
  };
}

export const dynamodbFaults: readonly Fault[] = [
  rated('dynamodb-throttled', 'tables', { throttled: 0.5 }),
  rated('dynamodb-conflicts', 'tables', { conflict: 0.3 }),
  rated('dynamodb-errors', 'tables', { 'server-error': 0.4 }),
  rated('dynamodb-out', 'tables', { 'server-error': 1 }, [5_000, 40_000]),
  rated('dynamodb-refused', 'tables', { refused: 1 }, [5_000, 40_000]),
  rated('dynamodb-without-reasons', 'tables', { 'no-reasons': 0.3 }),
  rated('dynamodb-answers-lost', 'toTables', { 'answer-lost': 0.1, 'request-lost': 0.05 }),
  rated('dynamodb-slow', 'toTables', { slow: 0.2 }),
];

export const s3Faults: readonly Fault[] = [
  rated('s3-slow-down', 'objects', { 'slow-down': 0.7 }),
  rated('s3-errors', 'objects', { 'server-error': 0.4 }),
  rated('s3-out', 'objects', { 'server-error': 1 }, [10_000, 60_000]),
  rated('s3-conflicts', 'objects', { conflict: 0.5 }),
  rated('s3-refused', 'objects', { refused: 1 }, [5_000, 30_000]),
  rated('s3-answers-lost', 'toObjects', { 'answer-lost': 0.2, 'request-lost': 0.1 }),
];

export const lambdaFaults: readonly Fault[] = [
  rated('function-killed', 'consumers', { killed: 0.3, 'response-lost': 0.1, recycled: 0.2 }),
  rated('function-stopped', 'consumers', { stopped: 0.2 }),
  rated('function-responses-lost', 'consumers', { 'response-lost': 0.3 }),
  rated('crash-of-doors', 'ingest', { killed: 0.05, 'response-lost': 0.05, recycled: 0.1 }),
  rated('crash-of-sweeps', 'sweepers', { killed: 0.5, 'response-lost': 0.3, recycled: 0.3 }),
];

export const scheduleFaults: readonly Fault[] = [
  rated('sweeps-woken-twice', 'schedules', { 'woken-twice': 0.7 }, [60_000, 600_000]),
];

export const networkFaults: readonly Fault[] = [
  rated('sends-lost', 'toBrokers', { 'request-lost': 0.05, 'answer-lost': 0.1 }),
  rated('calls-lost', 'toPayments', { 'request-lost': 0.05, 'answer-lost': 0.1 }),
  // No call arrives, so that none may be repeated: beside this fault each is made once.
  rated('payments-away', 'toPayments', { unavailable: 1 }, [10_000, 60_000]),
  rated('sends-slow', 'toBrokers', { slow: 0.1 }),
];

export const commitFaults: readonly Fault[] = [
  rated('commits-unanswered', 'mapping', { 'commit-answer-lost': 0.3, 'commit-lost': 0.3 }),
];
