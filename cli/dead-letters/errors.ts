/** By the name of the error of AWS or of the SDK: what to do about it. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/NoSuchBucket/, 'there is no such bucket in the account and region of your credentials; check --bucket and --region'],
  [/does not exist.*Stack|Stack with id .* does not exist|ValidationError/, 'there is no such stack in the account and region of your credentials; check --stack and --region'],
  [/ResourceNotFoundException.*[Ff]unction|Function not found/, 'there is no such function; check --function and --region, or deploy the stack again'],
  [/ResourceNotFoundException/, 'there is no such table; check --table and --region'],
  [/RequestTimeTooSkewed|RequestExpired|Signature (expired|not yet current)/, 'the clock of this machine is wrong; set it, and run the command again'],
  [/AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|\(403\)/, 'your credentials may not; list and show need s3:ListBucket, s3:GetObject, kms:Decrypt, dynamodb:GetItem and dynamodb:BatchGetItem, redrive also lambda:InvokeFunction, --stack cloudformation:DescribeStacks'],
  [/CredentialsProviderError|Could not load credentials/, 'no credentials were found; log in, or set AWS_PROFILE'],
  [/Region is missing/, 'no region was found; give --region, or set AWS_REGION'],
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|TimeoutError/, 'nobody answers; check the network, --region and AWS_ENDPOINT_URL'],
  [/Throttl|TooManyRequests|SlowDown|RequestLimit/, 'it is busy; run the command again'],
  [/Cannot find (module|package)/, 'a package is not installed; run npm ci'],
]; // prettier-ignore

/** One clear error for whatever a service answered. @param what - that was asked */
export function explained(what: string, error: unknown): Error {
  const got = causesOf(error)
    .flatMap(({ name, code, message }) => [
      /^(Aggregate|Lossless)?Error$/.test(name ?? '') ? undefined : name,
      code,
      message,
    ])
    .filter((part, index, all) => part && all.indexOf(part) === index)
    .join(': ');
  const fix = FIXES.find(([pattern]) => pattern.test(got))?.[1] ?? 'look at it with the AWS console or command line';
  return new Error(`${what}: got ${got.slice(0, 500)}, want an answer; ${fix}`, { cause: error });
}

interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
}

/** An error and what caused it, the outermost first: the network's own word is often the innermost. */
function causesOf(error: unknown, most = 4): Thrown[] {
  const { cause, ...thrown } = Object(error) as Thrown & { readonly cause?: unknown };
  const own = { ...thrown, name: (error as Thrown).name, message: (error as Thrown).message };
  return cause === undefined || most === 1 ? [own] : [own, ...causesOf(cause, most - 1)];
}
