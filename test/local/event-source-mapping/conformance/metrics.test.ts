import { failed, failures, ok, throttled } from '../world';
import { WORLDS } from '../worlds';

/** What is counted of invocations; polls and commits the dispatcher alone knows nothing of. */
const counts = (counters: object) => {
  const { PolledEventCount, CommittedEventCount, ...more } = counters as Record<string, number>;
  void [PolledEventCount, CommittedEventCount];
  return Object.fromEntries(Object.entries(more).filter(([, count]) => count !== 0));
};

describe.each(WORLDS)('%s, https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html', (_, world) => {
  test('an invocation that succeeds counts its events', async () => {
    const { arrive, counters, reply } = await world();
    await arrive(0, 3);
    await reply(ok);
    expect(counts(counters)).toEqual({ InvokedEventCount: 3 });
  });

  test('an invocation that fails counts once as an error, and its events as failed', async () => {
    const { arrive, counters, reply } = await world();
    await arrive(0, 3);
    await reply(failed);
    expect(counts(counters)).toEqual({ InvokedEventCount: 3, FailedInvokeEventCount: 3, InvokeErrorCount: 1 });
  });

  test('an answer with failures counts those events as failed, and is no error', async () => {
    const { arrive, counters, reply } = await world();
    await arrive(0, 3);
    await reply(failures([0, 2]));
    expect(counts(counters)).toEqual({ InvokedEventCount: 3, FailedInvokeEventCount: 1 });
  });

  test('a throttle is neither an invocation nor an error', async () => {
    const { arrive, counters, reply } = await world();
    await arrive(0, 3);
    await reply(throttled);
    expect(counters).toMatchObject({ InvokedEventCount: 0, InvokeErrorCount: 0 });
  });

  test('events that reached the destination are delivered, not dropped', async () => {
    const { arrive, counters, reply } = await world({ retryLimit: 0 }, {}, () => Promise.resolve());
    await arrive(0, 3);
    await reply(failed);
    expect(counters).toMatchObject({ OnFailureDestinationDeliveredEventCount: 3, DroppedEventCount: 0 });
  });
});
