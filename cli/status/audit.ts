import type { GroupReading, StatusAnswer, StatusRequest } from '../../lambdas/runtime/contract';
import { pauseMs } from '../dead-letters/call';
import type { Invoked, Surroundings } from '../dead-letters/surroundings';

/** Calls of which none finds a free execution, and it is given up. */
const CALLS = 4;

/**
 * What the audit function reads now.
 * @throws Error where it did not answer, or answers as one of an earlier version
 */
export async function readingsOf(
  audit: string,
  { invoke, sleep }: Pick<Surroundings, 'invoke' | 'sleep'>,
): Promise<StatusAnswer> {
  const request: StatusRequest = { status: true };
  for (let calls = 1; ; calls++) {
    try {
      return answerIn(await invoke(audit, JSON.stringify(request)));
    } catch (error) {
      // Asking changes nothing, so that it may be asked again.
      if (calls === CALLS || !/Throttl|TooManyRequests|Rate exceeded/i.test(`${(error as Error).name} ${(error as Error).message}`)) throw error; // prettier-ignore
      await sleep(pauseMs(calls));
    }
  }
}

function answerIn(invoked: Invoked): StatusAnswer {
  if (invoked.kind === 'error') throw new Error(`${invoked.type}: ${invoked.message}`);
  const { groups, failed } = Object(JSON.parse(invoked.payload)) as Partial<StatusAnswer>;
  if (Array.isArray(groups) && Array.isArray(failed)) return { groups: groups as GroupReading[], failed };
  throw new Error(`got ${invoked.payload.slice(0, 80)}, want its reading: the function is one of a version before status; deploy the stack again`); // prettier-ignore
}
