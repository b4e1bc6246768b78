import fc from 'fast-check';
import { callerOf, sourceBeneath } from '../../../lambdas/runtime/caller';

const iam = (userArn: string) => ({ authorizer: { iam: { userArn } } });
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
  ['a token without a subject', jwt({ iss: 'https://id.example' }), undefined],
  ['an authorizer that names nobody', { authorizer: {} }, undefined],
  ['no authorizer', undefined, undefined],
])('%s', (_what, context, source) => {
  expect(callerOf(context)).toBe(source);
});

test('no caller can make a source that another caller can make', () => {
  const context = fc.oneof(
    fc.stringMatching(/^[!-~]{1,12}$/).map((path) => iam(`arn:aws:iam::111122223333:user/${path}`)),
    fc.tuple(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 })).map(([iss, sub]) => jwt({ iss, sub })),
  );
  const claim = fc.option(fc.string({ minLength: 1, maxLength: 12 }), { nil: undefined });
  fc.assert(
    fc.property(context, claim, context, claim, (one, says, other, claims) => {
      const [a, b] = [callerOf(one), callerOf(other)];
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
