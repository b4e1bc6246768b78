/**
 * BROKEN ON PURPOSE: the product's consumer with a handler that fails on every event, as after a deploy that should never
 * have been. It is planted in mid-run, and taken back.
 */
import { z } from 'zod';
import { consumer } from '../../lambdas/runtime/consumer';
import { json } from '../../lambdas/runtime/event/decode';

const decode = json(z.object({ id: z.string(), customer: z.string(), amount: z.number() }));
const fails = (): never => {
  throw new TypeError('undefined is not a function');
};

/**
 * The breaker opens when 20 of a partition are parked. On the machine of a run five attempts on each take longer than a fault
 * lasts, and four at once would make it longer still.
 */
const QUICK = { attempts: 1, concurrency: 20 } as const;

export const handler = process.env['CALLS_BUCKET']
  ? consumer({ decode, call: fails, ...QUICK })
  : consumer({ decode, write: fails, ...QUICK });
