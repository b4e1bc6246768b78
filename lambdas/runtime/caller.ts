/** What of the request context of an HTTP API (payload 2.0) says who called. */
export interface CallerContext {
  readonly authorizer?: {
    readonly iam?: { readonly userArn?: string | null };
    readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
  };
}

/** Beneath it lies what callers say whom no authorizer has named. */
const ANONYMOUS = 'anonymous';

/**
 * Who called, as a CloudEvents `source`: the ARN of the IAM principal, a role without its session, since a retry may come
 * from another session; or issuer and subject of a token. No two callers share one, and none holds a `#`. Undefined when
 * no authorizer has named the caller.
 */
export function callerOf({ authorizer }: CallerContext = {}): string | undefined {
  const { iam, jwt } = authorizer ?? {};
  if (typeof iam?.userArn === 'string' && iam.userArn !== '') return uri(withoutSession(iam.userArn));
  const { iss, sub } = jwt?.claims ?? {};
  if (typeof iss === 'string' && typeof sub === 'string') return `${uri(iss)}/${encodeURIComponent(sub)}`;
  return undefined;
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

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
const withoutSession = (arn: string): string => arn.replace(/^(arn:[^:]*:sts::\d*:assumed-role\/[^/]+)\/.*$/, '$1');

const uri = (text: string): string => encodeURI(text).replaceAll('#', '%23');
