import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountOf } from '../../../cli/drill/account';
import type { SentCanary, SettledCanary } from '../../../cli/drill/canaries';
import { asText } from '../../../cli/drill/report';
import { LosslessError } from '../../../lambdas/runtime/contract/errors';
import { OUTPUTS, pipeline } from './world';

// Minutes of virtual time, looked at every second.
jest.setTimeout(60_000);

test('every canary is sent at the rate that was asked for, and accounted for', async () => {
  const around = pipeline();
  expect(await around.run()).toBe(0);
  expect(around.told()).toMatchObject({
    ...{ topic: 'orders', ingest: 'Shop-Ingest', minutes: 1 },
    ...{ sent: 240, acked: 240, spilled: 0, rejected: 0, unknown: 0 },
    groups: [{ group: 'billing', applied: 240, parked: 0, lost: 0, open: 0, missing: [], clockAheadMs: 0 }],
  });
  const { p50, p99, max } = around.told().groups[0]['timeToEffectMs'] as Record<'p50' | 'p99' | 'max', number>;
  expect([p50 >= 320, p50 <= p99, p99 <= max, max < 500]).toEqual([true, true, true, true]);
});

test('one that is acked and never applied is lost, by name, and the exit code says so', async () => {
  const around = pipeline();
  around.afterMs = ({ round, partition }) => (round === 3 && partition === 1 ? undefined : 300);
  expect(await around.run()).toBe(1);
  const [group] = around.told().groups;
  expect(group).toMatchObject({ applied: 239, lost: 1, open: 0, missing: [expect.stringMatching(/^drill-.{6,8}-3\/1$/)] }); // prettier-ignore
});

test('where a partition stands still, its canaries are open: they may yet be applied', async () => {
  const around = pipeline();
  around.afterMs = ({ round, partition }) => (round >= 100 && partition === 0 ? undefined : 300);
  expect(await around.run()).toBe(1);
  expect(around.told().groups[0]).toMatchObject({ applied: 220, lost: 0, open: 20 });
});

test('what is settled late, within the time that was stated, is not lost; later it is', async () => {
  const late = (within: number) => {
    const around = pipeline();
    around.afterMs = ({ round, partition }) => (round === 119 && partition === 0 ? 100_000 : 300);
    return around.run({ within });
  };
  expect([await late(2), await late(1)]).toEqual([0, 1]);
});

test('spilled ones are accepted, refused ones never missed, and of unknown ones only those that came count', async () => {
  const around = pipeline();
  around.outcome = ({ round }) => (['acked', 'spilled', 'rejected', 'unknown'] as const)[round % 4]!;
  around.afterMs = ({ round }) => (round % 4 === 2 || round === 3 ? undefined : 300);
  expect(await around.run()).toBe(0);
  expect(around.told()).toMatchObject({ sent: 240, acked: 60, spilled: 60, rejected: 60, unknown: 60, groups: [{ applied: 178 }] }); // prettier-ignore
});

test('a round that the door does not take, or of which nothing is heard, is accounted for as that', async () => {
  const around = pipeline();
  around.fails = (round) => {
    if (round === 5) return new LosslessError('FUNCTION_REFUSED', 'throttled');
    return round === 6 ? new LosslessError('FUNCTION_UNAVAILABLE', 'cut off') : undefined;
  };
  expect(await around.run()).toBe(0);
  expect(around.told()).toMatchObject({ sent: 240, acked: 236, rejected: 2, unknown: 2, groups: [{ applied: 236 }] });
});

describe('a broker is rebooted', () => {
  test('once a person says yes, a fifth of the time after the first canary', async () => {
    const around = pipeline();
    expect(await around.run({ rebootBroker: '2' })).toBe(0);
    expect(around.questions).toEqual([expect.stringContaining('Reboot broker 2 of arn:')]);
    expect(around.rebooted).toEqual([['2', 12_000]]);
  });

  test('and nobody is asked with --yes', async () => {
    const around = pipeline();
    await around.run({ rebootBroker: '2', yes: true });
    expect([around.questions, around.rebooted.length]).toEqual([[], 1]);
  });

  test.each([
    [false, 1, 'declined'],
    [undefined, 2, 'nobody-to-ask'],
  ])('nor is anything sent where the answer is %s', async (answer, code, kind) => {
    const around = pipeline();
    around.answer = answer;
    expect(await around.run({ rebootBroker: '1' })).toBe(code);
    expect([around.rounds, around.rebooted, around.told()['kind']]).toEqual([0, [], kind]);
  });

  test('without the right to it the action is named', async () => {
    const around = pipeline();
    around.refusesReboot = Object.assign(new Error('User is not authorized'), { name: 'ForbiddenException' });
    await expect(around.run({ rebootBroker: '1', yes: true })).rejects.toThrow(/^broker 1 of arn:.*: got refused, want it rebooted; allow kafka:RebootBroker$/); // prettier-ignore
  });
});

test('Ctrl-C ends the sending, and what was sent is accounted for, with what is open', async () => {
  const around = pipeline();
  around.afterMs = ({ round, partition }) => (partition === 1 && round >= 10 ? undefined : 300);
  void around.clock.sleep(10_000).then(() => around.stop.abort());
  expect(await around.run()).toBe(1);
  const { sent, groups } = around.told();
  expect(sent).toBe(40);
  expect(groups[0]).toMatchObject({ applied: 30, lost: 0, open: 10 });
});

test('a table that does not answer is told once, and what is settled is found once it does', async () => {
  const around = pipeline();
  const { tables } = around.all;
  const readMany = tables.readMany.bind(tables);
  let looks = 0;
  tables.readMany = (table, keys) =>
    table === 'idempotency' && keys.length > 1 && looks++ < 3
      ? Promise.reject(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }))
      : readMany(table, keys);
  expect(await around.run()).toBe(0);
  expect(around.said.filter((line) => line.startsWith('tables:'))).toEqual([
    'tables: got refused, want what is settled; allow dynamodb:BatchGetItem, kms:Decrypt',
  ]);
});

describe('what cannot begin is said in one line', () => {
  type World = ReturnType<typeof pipeline>;
  test.each<[string, (around: World) => void, string]>([
    ['no stack', (around) => (around.noStack = Object.assign(new Error('Stack with id Shop does not exist'), { name: 'ValidationError' })), 'stack Shop: got ValidationError: Stack with id Shop does not exist, want its outputs; check its name and --region'],
    ['no right to read it', (around) => (around.noStack = Object.assign(new Error('not authorized'), { name: 'AccessDenied' })), 'stack Shop: got refused, want its outputs; allow cloudformation:DescribeStacks'],
    ['a stack that is half deployed', (around) => (around.stack.status = 'ROLLBACK_IN_PROGRESS'), 'stack Shop: got ROLLBACK_IN_PROGRESS, want one that is deployed as a whole'],
    ['a stack of another app', (around) => (around.stack.outputs = ['https://shop']), 'got none that says where events are'],
    ['no door', (around) => (around.stack.outputs = [OUTPUTS.consumer, OUTPUTS.spill]), 'stack Shop: got no door, want one through which canaries are sent'],
    ['no consumer', (around) => (around.stack.outputs = [OUTPUTS.door, OUTPUTS.spill]), 'topic orders: got no consumer in Shop, want one that settles canaries; name its stack, too'],
    ['no right to call the door', (around) => (around.fails = () => new LosslessError('FUNCTION_REFUSED', 'x', { cause: Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }) })), 'function Shop-Ingest: got refused, want it to send canaries; allow lambda:InvokeFunction'],
  ])('%s', async (_what, given, line) => {
    const around = pipeline();
    given(around);
    await expect(around.run()).rejects.toThrow(line);
    expect(around.printed).toEqual([]);
  }); // prettier-ignore

  test('two topics with doors, and none chosen, or another', async () => {
    const around = pipeline();
    around.stack.outputs = [...Object.values(OUTPUTS), OUTPUTS.door.replace('"orders"', '"refunds"')];
    await expect(around.run()).rejects.toThrow('--topic: got none for doors of orders and refunds, want one of them; give it'); // prettier-ignore
    await expect(around.run({ topic: 'clicks' })).rejects.toThrow('--topic: got clicks, want one that has a door: orders, refunds; correct it'); // prettier-ignore
    expect(await around.run({ topic: 'orders' })).toBe(0);
  });
});

describe('the account', () => {
  const canary = (partition: number, sentMs: number, more: Partial<SentCanary> = {}): SentCanary => ({
    ...{ name: `d-${sentMs}`, partition, partitions: 2, sentMs, outcome: 'acked' },
    ...more,
  });
  const applied = (settledMs: number, seenMs: number): SettledCanary => ({ as: 'applied', settledMs, seenMs });
  const of = (pairs: readonly (readonly [SentCanary, SettledCanary])[]) =>
    accountOf(pairs.map(([sent]) => sent), new Map([['billing', new Map(pairs)]])).groups[0]!; // prettier-ignore

  test('times are between the sending and the effect; the longest stall is that of a partition, not of all', () => {
    const found = of([
      [canary(0, 1_000), applied(1_100, 2_000)],
      [canary(0, 2_000), applied(9_000, 9_500)],
      [canary(0, 3_000), applied(9_100, 9_500)],
      [canary(1, 1_000), applied(1_200, 2_000)],
      [canary(1, 8_000), applied(8_300, 9_000)],
    ]);
    expect(found).toMatchObject({ timeToEffectMs: { p50: 300, p99: 7_000, max: 7_000 }, clockAheadMs: 0 });
    // From 2,000, when the second one was sent: before that nothing waited.
    expect(found.longestStall).toEqual({ ms: 7_000, partition: 0 });
  });

  test.each([
    ['ahead', 300_000, 299_100],
    ['behind', -300_000, -299_900],
  ])('of a consumer whose clock is %s no time is negative, nor longer than it can have been', (_what, by, certain) => {
    const found = of([
      [canary(0, 1_000), applied(1_100 + by, 2_000)],
      [canary(0, 2_000), applied(2_500 + by, 3_000)],
    ]);
    expect(found.clockAheadMs).toBe(by > 0 ? by - 500 : certain);
    const { max, p50 } = found.timeToEffectMs!;
    expect([p50 >= 0, max <= 1_000]).toEqual([true, true]);
  });

  test('is printed as the docs print it', () => {
    const sent = Array.from({ length: 1_200 }, (_, n) => canary(n % 6, n * 100, n === 7 ? { outcome: 'spilled' } : {}));
    const settled = new Map(sent.map((each, n) => [each, applied(each.sentMs + (n === 7 ? 61_400 : n % 20 === 0 ? 2_300 : 900), each.sentMs + 62_000)])); // prettier-ignore
    const account = accountOf(sent, new Map([['Orders-Billing', settled]]));
    const printed = asText({ topic: 'orders', ingest: 'Orders-Ingest', minutes: 2, ...account }, 5);
    const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'canary.md'), 'utf8');
    const [, shown] = /```text\n([^]*?)```/.exec(page) ?? [];
    expect(shown).toBe(printed.replaceAll('\u202f', ' '));
  });

  test('says what is missing, what is parked and that clocks are apart', () => {
    const sent = [canary(0, 1_000), canary(0, 2_000), canary(1, 3_000)];
    const parked: SettledCanary = { as: 'parked', settledMs: 90_000, seenMs: 2_500 };
    const text = asText({ topic: 'orders', ingest: 'i', minutes: 1, ...accountOf(sent, new Map([['b', new Map([[sent[1]!, parked]])]])) }, 5); // prettier-ignore
    expect(text).toContain('parked           1: see dead-letters list');
    expect(text).toContain('lost             1\n  open             1\n  not settled      d-1000/0, d-3000/1');
    expect(text).toContain("clocks           the consumer's is 87.5 s ahead of this one");
    expect(text).toMatch(/\n2 accepted and not settled within 5.minutes: docs\/runbook.md#canary-overdue\n$/);
  });
});
