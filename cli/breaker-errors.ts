import type { BreakerOptions } from './breaker-options';

/** By DynamoDB's or the SDK's name of the error: what to do about it. */
const FIXES: readonly (readonly [RegExp, (options: BreakerOptions) => string])[] = [
  [
    /ResourceNotFoundException/,
    ({ region }) =>
      `there is no such table ${region ? `in ${region}` : 'in the region of your settings'}; check --table and --region`,
  ],
  [
    /AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken/,
    () => 'your credentials may not; they need dynamodb:BatchGetItem and dynamodb:UpdateItem on the table',
  ],
  [
    /CredentialsProviderError|Could not load credentials/,
    () => 'no credentials were found; log in, or set AWS_PROFILE',
  ],
  [/Region is missing/, () => 'no region was found; give --region, or set AWS_REGION'],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError/,
    ({ endpoint }) =>
      `nobody answers${endpoint ? ` at ${endpoint}` : ''}; check the network${endpoint ? ' and --endpoint' : ''}`,
  ],
  [/Throttl|ProvisionedThroughput|TransactionConflict|RequestLimit/, () => 'the table is busy; run the command again'],
];

/** One clear error for whatever the table answered. */
export function explained(error: unknown, options: BreakerOptions): Error {
  const { name, message, code } = error as { name?: string; message?: string; code?: string };
  const got = [name === 'Error' ? undefined : name, code, message].filter(Boolean).join(': ');
  const fix = FIXES.find(([pattern]) => pattern.test(got))?.[1](options) ?? 'look at the state with `breaker status`';
  return new Error(`table ${options.table}: got ${got}, want its ledgers; ${fix}`, { cause: error });
}
