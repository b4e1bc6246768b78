import type { Answer } from '../account';
import type { Deployed } from '../deployed';
import { isMap } from '../deployed-values';
import type { Drift } from '../drift';
import { drift, each, type Look, type Reading } from '../reading';
import { guarded } from './policies';

/** IAM writes documents as a part of a URL is written. */
const documentOf = (text: string | undefined): Readonly<Record<string, unknown>> => {
  const parsed: unknown = JSON.parse(decodeURIComponent(text ?? '%7B%7D'));
  return isMap(parsed) ? parsed : {};
};

const nameOf = (of: Deployed, value: unknown): string => String(of.stack.values.meaningOf(value));

/** What a stack grants a role beside what the role says itself; it is read of each role that has it. */
export const inlinePolicies: Reading = each(async (of, { ask }) => {
  const PolicyName = nameOf(of, of.properties['PolicyName']);
  const roles = [of.properties['Roles'] ?? []].flat().map((role) => nameOf(of, role));
  for (const RoleName of roles) {
    const said = await ask(of, 'iam:GetRolePolicy', { RoleName, PolicyName });
    if (said.kind === 'none') return 'gone';
    if (said.kind === 'said') return [guarded(of, 'PolicyDocument', documentOf(said.value.PolicyDocument))];
  }
  return [];
});

export const roles: Reading = each(async (of, { ask }) => {
  const RoleName = of.physicalId;
  const said = await ask(of, 'iam:GetRole', { RoleName });
  if (said.kind === 'none') return 'gone';
  const attached = await pages(async (Marker) => {
    const page = await ask(of, 'iam:ListAttachedRolePolicies', { RoleName, ...Marker });
    return [
      page,
      page.kind === 'said' ? (page.value.AttachedPolicies ?? []).map(({ PolicyArn = '' }) => PolicyArn) : [],
    ];
  });
  const inline = await pages(async (Marker) => {
    const page = await ask(of, 'iam:ListRolePolicies', { RoleName, ...Marker });
    return [page, page.kind === 'said' ? (page.value.PolicyNames ?? []) : []];
  });
  const role = said.kind === 'said' ? said.value.Role : undefined;
  const trusted = role && guarded(of, 'AssumeRolePolicyDocument', documentOf(role.AssumeRolePolicyDocument));
  const boundary = role?.PermissionsBoundary?.PermissionsBoundaryArn;
  return [
    {
      of,
      properties: {
        ...trusted?.properties,
        ...(role && { PermissionsBoundary: boundary }),
        ...(attached && { ManagedPolicyArns: attached.length > 0 ? attached : undefined }),
        ...(inline && (await ownPolicies(of, inline, ask))),
      },
      drifts: [...(trusted?.drifts ?? []), ...(attached ? detached(of, attached) : [])],
    },
  ];
});

/** What lies in the role itself: those of its template, and those that somebody has put there. */
async function ownPolicies(of: Deployed, names: readonly string[], ask: Look['ask']): Promise<Record<string, unknown>> {
  const beside = of.stack.resources
    .filter(({ type }) => /^AWS::IAM::(Role)?Policy$/.test(type))
    .map((each) => nameOf(each, each.properties['PolicyName']));
  const policies: object[] = [];
  for (const PolicyName of names.filter((name) => !beside.includes(name))) {
    const said = await ask(of, 'iam:GetRolePolicy', { RoleName: of.physicalId, PolicyName });
    if (said.kind === 'unseen') return {};
    if (said.kind === 'said') policies.push({ PolicyName, PolicyDocument: documentOf(said.value.PolicyDocument) });
  }
  return { Policies: policies.length > 0 ? policies : undefined };
}

function detached(of: Deployed, attached: readonly string[]): Drift[] {
  const { values, resources } = of.stack;
  const byOthers = resources.filter(
    ({ type, properties }) =>
      type === 'AWS::IAM::ManagedPolicy' &&
      [properties['Roles'] ?? []].flat().some((role) => nameOf(of, role) === of.physicalId),
  );
  const wanted = [
    ...([values.meaningOf(of.properties['ManagedPolicyArns']) ?? []].flat() as string[]),
    ...byOthers.map(({ physicalId }) => physicalId),
  ];
  return wanted
    .filter((arn) => !attached.some((each) => values.agrees(arn, each)))
    .map((arn) =>
      drift('LK804', {
        of,
        property: 'ManagedPolicyArns',
        found: attached.join(', ') || 'none attached',
        wanted: arn,
        fix: `aws iam attach-role-policy --role-name ${of.physicalId} --policy-arn ${arn}`,
      }),
    );
}

/** Undefined where a page was not to be seen. */
async function pages(
  read: (marker: {
    readonly Marker?: string;
  }) => Promise<[Answer<{ readonly IsTruncated?: boolean; readonly Marker?: string }>, string[]]>,
): Promise<string[] | undefined> {
  const all: string[] = [];
  let marker: { readonly Marker?: string } = {};
  for (;;) {
    const [page, items] = await read(marker);
    if (page.kind === 'unseen') return undefined;
    all.push(...items);
    if (page.kind === 'none' || page.value.IsTruncated !== true || page.value.Marker === undefined) return all;
    marker = { Marker: page.value.Marker };
  }
}
