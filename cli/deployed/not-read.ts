/** What could not be read, in words for a person. */
export interface NotRead {
  readonly what: string;
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
}

/** By the name of the error of AWS, of the SDK or of the network: what to do about it. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/NoLocalPart/, 'a local stack has no such part; look at a deployed one'],
  [/CredentialsProviderError|Could not load credentials/, 'log in, or set AWS_PROFILE'],
  [/ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId/, 'log in again'],
  [/Region is missing/, 'give --region, or set AWS_REGION'],
  [/ResourceNotFound|NoSuchBucket/, 'the stack is half deployed, or it is gone: deploy it again, or check --region'],
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|Timeout/i, 'check the network, --region and AWS_ENDPOINT_URL'],
  [/Throttl|TooManyRequests|SlowDown|RequestLimit|Rate exceeded/i, 'it is busy: look again'],
  [/Cannot find (module|package)/, 'run npm ci: a package is not installed'],
]; // prettier-ignore

const REFUSED = /AccessDenied|not authorized|Forbidden|\(403\)/i;

/** @param actions - of IAM, that reading it takes */
export function notRead(what: string, actions: readonly string[], error: unknown): NotRead {
  const why = wordsOf(error);
  if (REFUSED.test(why)) return { what, why: 'refused', fix: `allow ${actions.join(', ')}` };
  const fix = FIXES.find(([pattern]) => pattern.test(why))?.[1] ?? 'look at it in the AWS console';
  return { what, why, fix };
}

/** The error and what caused it: the network's own word is often the innermost. */
function wordsOf(error: unknown, most = 4): string {
  const { name, code, message, cause } = Object(error) as Record<'name' | 'code' | 'message', unknown> & {
    readonly cause?: unknown;
  };
  const own = [/^(Aggregate|Lossless)?Error$/.test(String(name)) ? undefined : name, code, message].filter(
    (part, index, all) => typeof part === 'string' && part !== '' && all.indexOf(part) === index,
  );
  const inner = cause === undefined || most === 1 ? '' : wordsOf(cause, most - 1);
  const words = own.join(': ') || String(error);
  return (inner === '' || words.includes(inner) ? words : `${words}: ${inner}`).replace(/\s+/g, ' ').slice(0, 300);
}
