import fc from 'fast-check';
import { callerOf, sourceBeneath } from '../../../../lambdas/runtime/door/caller';

const iam = (userArn: string) => ({ authorizer: { iam: { userArn } } });
const POOL_USER = 'arn:aws:sts::111122223333:assumed-role/Pool/CognitoIdentityCredentials';
const pool = (identityId: string | null, amr: string[]) => ({
  authorizer: {
    iam: { userArn: POOL_USER, cognitoIdentity: { identityId, identityPoolId: 'eu-west-1:9a8b', amr } },
  },
});
const jwt = (claims: Record<string, unknown>) => ({ authorizer: { jwt: { claims } } });

test.each<[string, Parameters<typeof callerOf>[0], string | undefined]>([
  ['an IAM user', iam('arn:aws:iam::111122223333:user/shop'), 'arn:aws:iam::111122223333:user/shop'],
  [
    'a role, whatever its session',
    iam('arn:aws:sts::111122223333:assumed-role/shop/i-1'),
    'arn:aws:sts::111122223333:assumed-role/shop',
  ],
  [
    'a role in another partition',
    iam('arn:aws-cn:sts::111122223333:assumed-role/shop/s/t'),
    'arn:aws-cn:sts::111122223333:assumed-role/shop',
  ],
  [
    'a federated user',
    iam('arn:aws:sts::111122223333:federated-user/bob'),
    'arn:aws:sts::111122223333:federated-user/bob',
  ],
  ['the subject of a token', jwt({ iss: 'https://id.example', sub: 'shop' }), 'https://id.example/shop'],
  ['a subject with a slash', jwt({ iss: 'https://id.example', sub: 'a/b#c' }), 'https://id.example/a%2Fb%23c'],
  ['a token whose subject is empty', jwt({ iss: 'https://id.example', sub: '' }), undefined],
  ['a token whose subject is no text', jwt({ iss: 'https://id.example', sub: 7 }), undefined],
  ['a subject that has no UTF-8', jwt({ iss: 'https://id.example', sub: '\ud800' }), undefined],
  [
    'a person of IAM Identity Center',
    iam('arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Orders_0123456789abcdef/ann@example.com'),
    'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Orders_0123456789abcdef/ann@example.com',
  ],
  [
    'a signed-in user of an identity pool',
    pool('eu-west-1:1f2e', ['authenticated', 'id.example', 'id.example:sub']),
    'cognito-identity.amazonaws.com/eu-west-1%3A1f2e',
  ],
  ['a guest of an identity pool', pool('eu-west-1:1f2e', ['unauthenticated']), undefined],
  ['an identity pool that does not say whose identity', pool(null, ['authenticated']), undefined],
  [
    'a role of an identity pool without the identity',
    iam('arn:aws:sts::111122223333:assumed-role/Pool/CognitoIdentityCredentials'),
    undefined,
  ],
  ['a Lambda authorizer of which nobody said what it names', { authorizer: { lambda: { sub: 'a' } } }, undefined],
  ['a token without a subject', jwt({ iss: 'https://id.example' }), undefined],
  ['an authorizer that names nobody', { authorizer: {} }, undefined],
  ['no authorizer', undefined, undefined],
])('%s', (_what, context, source) => {
  expect(callerOf(context)).toBe(source);
});

test('a Lambda authorizer names callers under the key that it was told to', () => {
  const named = (lambda: Record<string, unknown>, key = 'userId') => callerOf({ authorizer: { lambda } }, key);
  expect(named({ userId: 'a/b' })).toBe('lambda-authorizer/a%2Fb');
  expect([named({}), named({ userId: '' }), named({ userId: 7 }), named({}, 'constructor')]).toEqual(
    Array(4).fill(undefined),
  );
});

test('two persons in one permission set, and two users of one pool, never share a source', () => {
  const session = (name: string) =>
    callerOf(iam(`arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Orders_01/${name}`));
  expect(session('ann')).not.toBe(session('bob'));
  expect(callerOf(pool('a', ['authenticated']))).not.toBe(callerOf(pool('b', ['authenticated'])));
});

test('no caller can make a source that another caller can make', () => {
  const context = fc.oneof(
    fc.stringMatching(/^[!-~]{1,12}$/).map((path) => iam(`arn:aws:iam::111122223333:user/${path}`)),
    fc.tuple(fc.webUrl(), fc.string({ maxLength: 8 })).map(([iss, sub]) => jwt({ iss, sub })),
    fc.stringMatching(/^[\w+=,.@-]{2,12}$/).map((name) => iam(`arn:aws:sts::111122223333:assumed-role/${name}/s`)),
    fc.stringMatching(/^[\w+=,.@-]{2,12}$/).map((name) => iam(`arn:aws:sts::1:assumed-role/AWSReservedSSO_x/${name}`)),
    fc.string({ maxLength: 8 }).map((id) => pool(id, ['authenticated'])),
    fc.string({ maxLength: 8 }).map((name) => ({ authorizer: { lambda: { name } } })),
  );
  const claim = fc.option(fc.string({ minLength: 1, maxLength: 12 }), { nil: undefined });
  fc.assert(
    fc.property(context, claim, context, claim, (one, says, other, claims) => {
      const [a, b] = [callerOf(one, 'name'), callerOf(other, 'name')];
      fc.pre(a !== b);
      expect(sourceBeneath(a, says)).not.toBe(sourceBeneath(b, claims));
      expect(sourceBeneath(b, sourceBeneath(a, says))).not.toBe(sourceBeneath(a, says));
    }),
  );
});

test('what an event says lies beneath the caller, once', () => {
  const caller = 'arn:aws:iam::111122223333:user/shop';
  expect(sourceBeneath(caller, 'urn:orders')).toBe(`${caller}#urn:orders`);
  expect(sourceBeneath(caller, `${caller}#urn:orders`)).toBe(`${caller}#urn:orders`);
  expect([sourceBeneath(caller, caller), sourceBeneath(caller, undefined)]).toEqual([caller, caller]);
  expect([sourceBeneath(undefined, 'urn:orders'), sourceBeneath(undefined, undefined)]).toEqual([
    'anonymous#urn:orders',
    undefined,
  ]);
});
