import type { Outcome } from '../../local/function-host';
import { startSchedules } from '../../local/schedules';
import { rate, type Schedule } from '../../local/template/schedules';

const schedule = (changes: Partial<Schedule> = {}): Schedule => ({
  ...{ logicalId: 'Rule', path: 'Sweep', functionId: 'Replay', everyMs: 60_000, input: undefined, ruleArn: 'arn:rule' },
  ...changes,
});
const ok: Outcome = { kind: 'success', payload: 'null' };

test('a schedule fires at its rate, with the event EventBridge sends', () => {
  jest.useFakeTimers();
  const fired: [string, unknown][] = [];
  const invoke = (id: string, payload: string) => {
    fired.push([id, JSON.parse(payload)]);
    return Promise.resolve(ok);
  };
  const schedules = startSchedules([schedule()], invoke, () => undefined);
  jest.advanceTimersByTime(120_000);
  schedules.stop();
  jest.advanceTimersByTime(120_000);
  jest.useRealTimers();
  expect(fired).toHaveLength(2);
  expect(fired[0]).toEqual([
    'Replay',
    expect.objectContaining({ source: 'aws.events', 'detail-type': 'Scheduled Event', resources: ['arn:rule'] }),
  ]);
});

test('firing all waits for every function and names those that failed', async () => {
  const failed: Outcome = { kind: 'error', errorType: 'Error', errorMessage: 'store is away' };
  const both = [schedule(), schedule({ path: 'Unpack', functionId: 'Unpack', everyMs: undefined, input: '{"a":1}' })];
  const payloads: string[] = [];
  const invoke = (id: string, payload: string) => {
    payloads.push(payload);
    return Promise.resolve(id === 'Unpack' ? failed : ok);
  };
  const schedules = startSchedules(both, invoke, () => undefined);
  await expect(schedules.fireAll()).rejects.toThrow('schedule Unpack: its function ended with Error: store is away');
  schedules.stop();
  expect(payloads[1]).toBe('{"a":1}');
});

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(5 minutes)', 300_000],
  ['rate(2 hours)', 7_200_000],
  ['rate(1 day)', 86_400_000],
  ['cron(0 12 * * ? *)', undefined],
])('%s is read as milliseconds', (expression, ms) => expect(rate(expression)).toBe(ms));
