/**
 * What a bearer token says of its caller, as API Gateway hands it over: each claim as text. Its signature is not checked, as nobody issues
 * tokens here; undefined: it is no token.
 */
export function tokenClaims(authorization: string | undefined): Readonly<Record<string, string>> | undefined {
  const [, payload] = /^(?:Bearer )?[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization ?? '') ?? [];
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as unknown;
    if (typeof claims !== 'object' || claims === null) return undefined;
    return Object.fromEntries(
      Object.entries(claims).map(([name, said]) => [name, typeof said === 'string' ? said : JSON.stringify(said)]),
    );
  } catch {
    return undefined; // whoever sent it is answered 401
  }
}
