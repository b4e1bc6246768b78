/** What of the request context of an HTTP API (payload 2.0) says who called. */
export interface CallerContext {
  readonly authorizer?: {
    readonly iam?: IamContext | null;
    readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> | null } | null;
    /** The context that a Lambda authorizer has given. */
    readonly lambda?: Readonly<Record<string, unknown>> | null;
  };
}

interface IamContext {
  readonly userArn?: string | null;
  readonly cognitoIdentity?: {
    readonly amr?: readonly string[] | string | null;
    readonly identityId?: string | null;
    readonly identityPoolId?: string | null;
  } | null;
}

/** The source of callers whom no authorizer has named; what they say themselves stands beneath it. */
const ANONYMOUS = 'anonymous';

/**
 * Who called, as a CloudEvents `source`: stable over retries, and such that no caller can choose it. No two callers share one,
 * and none holds a `#`. Undefined when no authorizer has named one caller.
 *
 * - IAM user, federated user, root: the ARN.
 * - Role: its ARN without the session, whose name whoever assumes it chooses and a retry does not keep; of a role of IAM
 *   Identity Center with it, since there it is the person's user name and nobody chooses it.
 * - Cognito identity pool: the identity, if it has signed in. The role and its session are those of all users.
 * - JWT: issuer and subject.
 * - Lambda authorizer: what its context holds under `callerKey`.
 */
export function callerOf({ authorizer }: CallerContext = {}, callerKey?: string): string | undefined {
  const { iam, jwt, lambda } = authorizer ?? {};
  if (iam) return iamCaller(iam);
  if (jwt) return subjectOf(jwt.claims ?? {});
  const named = lambda && callerKey !== undefined && Object.hasOwn(lambda, callerKey) ? lambda[callerKey] : undefined;
  return isName(named) ? `lambda-authorizer/${encodeURIComponent(named)}` : undefined;
}

/**
 * The caller's own source, and beneath it, after a `#`, what the event itself says: a caller may name parts of its own,
 * and nobody else. Undefined, for the producer's own, when neither says anything; empty, which no event may have, when
 * the event says that.
 */
export function sourceBeneath(caller: string | undefined, claimed: string | undefined): string | undefined {
  if (claimed === undefined) return caller;
  const own = caller ?? ANONYMOUS;
  const isBeneath = claimed === '' || claimed === own || claimed.startsWith(`${own}#`);
  return isBeneath ? claimed : `${own}#${claimed}`;
}

function iamCaller({ userArn, cognitoIdentity }: IamContext): string | undefined {
  const pool = cognitoIdentity ?? {};
  if (pool.identityPoolId || pool.identityId) return poolIdentity(pool);
  if (!isName(userArn)) return undefined;
  const [, role, roleName = '', session = ''] = ASSUMED_ROLE.exec(userArn) ?? [];
  if (role === undefined) return uri(userArn);
  if (roleName.startsWith('AWSReservedSSO_')) return uri(userArn);
  return session === POOL_SESSION ? undefined : uri(role);
}

/** The identity of a guest is known to whoever has its id, and proves nothing: one counts once it has signed in. */
function poolIdentity({ amr, identityId }: NonNullable<IamContext['cognitoIdentity']>): string | undefined {
  const methods = typeof amr === 'string' ? amr.split(/[\s,[\]]+/) : (amr ?? []);
  return methods.includes('authenticated') && isName(identityId)
    ? `cognito-identity.amazonaws.com/${encodeURIComponent(identityId)}`
    : undefined;
}

function subjectOf({ iss, sub }: Readonly<Record<string, unknown>>): string | undefined {
  return isName(iss) && isName(sub) ? `${uri(iss)}/${encodeURIComponent(sub)}` : undefined;
}

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
const ASSUMED_ROLE = /^(arn:[^:]*:sts::\d*:assumed-role\/([^/]+))\/(.*)$/;
/** Of all users of an identity pool, where API Gateway does not say which. */
const POOL_SESSION = 'CognitoIdentityCredentials';

/** Half a surrogate pair has no UTF-8, and so no place in a URI. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !/\p{Surrogate}/u.test(value);

const uri = (text: string): string => encodeURI(text).replaceAll('#', '%23');
