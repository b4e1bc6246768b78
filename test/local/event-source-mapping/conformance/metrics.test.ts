import { failed, failures, ok, throttled, world } from '../world';

const counts = (counters: object) => Object.fromEntries(Object.entries(counters).filter(([, count]) => count !== 0));

describe('https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html', () => {
  test('an invocation that succeeds counts its events', async () => {
    const { arrive, counters, reply } = world();
    arrive(0, 0, 2);
    await reply(ok);
    expect(counts(counters)).toEqual({ InvokedEventCount: 3 });
  });

  test('an invocation that fails counts once as an error, and its events as failed', async () => {
    const { arrive, counters, reply } = world();
    arrive(0, 0, 2);
    await reply(failed);
    expect(counts(counters)).toEqual({ InvokedEventCount: 3, FailedInvokeEventCount: 3, InvokeErrorCount: 1 });
  });

  test('an answer with failures counts those events as failed, and is no error', async () => {
    const { arrive, counters, reply } = world();
    arrive(0, 0, 2);
    await reply(failures([0, 2]));
    expect(counts(counters)).toEqual({ InvokedEventCount: 3, FailedInvokeEventCount: 1 });
  });

  test('a throttle is neither an invocation nor an error', async () => {
    const { arrive, counters, reply } = world();
    arrive(0, 0, 2);
    await reply(throttled);
    expect(counters).toMatchObject({ InvokedEventCount: 0, InvokeErrorCount: 0 });
  });

  test('events that reached the destination are delivered, not dropped', async () => {
    const { arrive, counters, reply } = world({ retryLimit: 0 }, {}, () => Promise.resolve());
    arrive(0, 0, 2);
    await reply(failed);
    expect(counters).toMatchObject({ OnFailureDestinationDeliveredEventCount: 3, DroppedEventCount: 0 });
  });
});
