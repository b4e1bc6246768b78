import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { LosslessError } from '../contract/errors';
import type { Clock } from '../time/clock';
import { Age } from './age';

/** Milliseconds of life a token must have left to be used again, and to be used at all. Tokens live for 15 minutes. */
const FRESH_MS = 5 * 60_000;
const ALIVE_MS = 10_000;
/** No token is used for longer, whatever the wall clock says of its end. */
const OLDEST_MS = 10 * 60_000;

type Sign = (options: { region: string }) => Promise<{ token: string; expiryTime: number }>;

/**
 * Tokens for SASL/OAUTHBEARER with MSK's IAM authentication, and when they expire, in epoch milliseconds. One token serves
 * every connection while it is fresh: signing anew per connection would look up the credentials each time.
 *
 * @throws LosslessError NOT_CONFIGURED without a region
 */
export function iamTokens(options: {
  region: string | undefined;
  clock: Clock;
  sign?: Sign;
}): () => Promise<{ value: string; expiresAt: number }> {
  const { clock, sign = generateAuthToken } = options;
  const region = given(options.region);
  let last: { token: string; expiryTime: number; age: Age } | undefined;
  return async () => {
    if (last === undefined || last.expiryTime - clock.now() < FRESH_MS || last.age.ms > OLDEST_MS) {
      const age = new Age(clock);
      last = { ...(await sign({ region })), age };
    }
    // The signer signs with expired credentials, too, and the broker's answer to that names no reason.
    if (last.expiryTime - clock.now() < ALIVE_MS) {
      throw new Error(
        `token for the brokers: got one that expires at ${new Date(last.expiryTime).toISOString()}, want 10 s of life; the function's credentials have expired`,
      );
    }
    return { value: last.token, expiresAt: last.expiryTime };
  };
}

function given(region: string | undefined): string {
  if (region) return region;
  throw new LosslessError(
    'NOT_CONFIGURED',
    'AWS_REGION: got nothing, want the region of the brokers; Lambda sets it, set it elsewhere',
  );
}
