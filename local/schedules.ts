import { randomUUID } from 'node:crypto';
import type { Outcome } from './function-host';
import { ACCOUNT, REGION } from './template/identity';
import type { Schedule } from './template/schedules';

/** The template's schedules, firing at their rates. */
export interface Schedules {
  /** Fires every schedule once and resolves when the functions have ended. Throws for those that failed. */
  fireAll(): Promise<void>;
  stop(): void;
}

export function startSchedules(
  schedules: readonly Schedule[],
  invoke: (functionId: string, payload: string) => Promise<Outcome>,
  log: (line: string) => void,
): Schedules {
  const fire = async (schedule: Schedule): Promise<string | undefined> => {
    const outcome = await invoke(schedule.functionId, schedule.input ?? scheduledEvent(schedule));
    if (outcome.kind === 'success') return undefined;
    const failure = `schedule ${schedule.path}: its function ended with ${describe(outcome)}`;
    log(failure);
    return failure;
  };
  const timers = schedules.flatMap((schedule) => {
    const { everyMs, path } = schedule;
    if (everyMs === undefined) {
      log(`Schedule ${path} has no rate; it fires on demand only.`);
      return [];
    }
    return [setInterval(() => void fire(schedule), everyMs).unref()];
  });
  return {
    fireAll: async () => {
      const failures = (await Promise.all(schedules.map(fire))).filter((failure) => failure !== undefined);
      if (failures.length > 0) throw new Error(failures.join('; '));
    },
    stop: () => timers.forEach((timer) => clearInterval(timer)),
  };
}

function describe(outcome: Exclude<Outcome, { kind: 'success' }>): string {
  switch (outcome.kind) {
    case 'error':
      return `${outcome.errorType}: ${outcome.errorMessage}`;
    case 'timeout':
    case 'crash':
      return outcome.detail;
    case 'throttle':
      return 'a throttle';
  }
}

/** EventBridge's event for a rule with a schedule. */
function scheduledEvent({ ruleArn }: Schedule): string {
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [ruleArn],
    detail: {},
  });
}
