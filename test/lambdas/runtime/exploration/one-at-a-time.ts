import { consumer, type ConsumerDeps } from '../../../../lambdas/runtime/consumer';
import { Retry } from '../../../../lambdas/runtime';
import { json } from '../../../../lambdas/runtime/event/decode';
import { kafkaEvent, reported } from '../simulation';
import { exploreTrials, type Explored, type Run } from './explorer';
import type { Plant } from './scenarios';
import { World, type FaultKind } from './world';

/**
 * Two invocations that are handed the same event, and a call that takes its time and fails at first. Nobody is killed,
 * frozen or cut off: then no call is made while another is under way, and one takes effect.
 */
export interface CallScenario {
  readonly name: string;
  /** Milliseconds that one call takes. */
  readonly callMs: number;
  /** Calls that fail before one succeeds, whoever makes them. */
  readonly failures: number;
  /** Whether the call ends when its signal aborts. */
  readonly obeys: boolean;
  /** Milliseconds until the first of the two is over. */
  readonly timeoutMs?: number;
}

export const CALL_SCENARIOS: readonly CallScenario[] = [
  { name: 'a call of two seconds that fails six times', callMs: 2_000, failures: 6, obeys: true },
  { name: 'a call as long as a beat that fails four times', callMs: 3_000, failures: 4, obeys: true },
  { name: 'a call that outlasts a lease', callMs: 14_000, failures: 0, obeys: true },
  { name: 'a call that its time margin stops', callMs: 14_000, failures: 0, obeys: true, timeoutMs: 18_000 },
  { name: 'a call that ends a little after its margin', callMs: 10_000, failures: 0, obeys: false, timeoutMs: 18_000 },
];

/** Under every order of their requests, with at most `faults` lost answers. */
export async function exploreCalls(
  scenario: CallScenario,
  { faults, plant = (parts) => parts }: { faults: number; plant?: Plant },
): Promise<Explored> {
  return exploreTrials(() => new Trial(scenario, faults, plant));
}

const KINDS: readonly FaultKind[] = ['lost answer'];

class Trial {
  private readonly world: World;
  private under = 0;
  private most = 0;
  private tries = 0;
  private effects = 0;

  constructor(
    private readonly scenario: CallScenario,
    faults: number,
    private readonly plant: Plant,
  ) {
    this.world = new World(faults, (item) => !item.startsWith('ledger/'), KINDS);
  }

  async play(choose: Parameters<Run>[0]): Promise<void> {
    const { clock } = this.world.parts('B');
    const second = () => clock.sleep(100).then(() => this.deliver('B', 60_000));
    await this.world.run({ A: () => this.deliver('A', this.scenario.timeoutMs ?? 60_000), B: second }, choose);
  }

  async verdict(): Promise<string[]> {
    let left = 1;
    for (let round = 0; left > 0 && round < 4; round++) {
      const process = `C${round}`;
      const redelivery = async () => void (left = (await this.deliver(process, 60_000)).length);
      await this.world.run({ [process]: redelivery }, (enabled) => enabled.find(({ isFault }) => !isFault));
    }
    return [
      ...(this.most > 1 ? [`${this.most} calls of one event are under way at once`] : []),
      ...(this.effects === 1 ? [] : [`the call takes effect ${this.effects} times`]),
      ...(left > 0 ? ['the event is not settled after four quiet deliveries'] : []),
      ...this.world.changes,
    ];
  }

  private async deliver(process: string, timeoutMs: number): Promise<string[]> {
    const parts = this.world.parts(process, timeoutMs);
    const handler = consumer({
      decode: json(),
      call: (_, { signal }) => this.call(parts, signal),
      deps: this.plant(parts),
    });
    return reported(
      await handler(kafkaEvent({ offset: 1, id: 'e1', key: 'k' }), this.world.context(process, timeoutMs)),
    );
  }

  private async call({ clock }: ConsumerDeps, signal: AbortSignal): Promise<void> {
    const { callMs, failures, obeys } = this.scenario;
    this.most = Math.max(this.most, ++this.under);
    try {
      await clock.sleep(callMs, obeys ? signal : undefined);
      if (obeys && signal.aborted) throw new Error('stopped');
      if (this.tries++ < failures) throw new Retry('the other system is away');
      this.effects++;
    } finally {
      this.under--;
    }
  }
}
