import { isMap, type DeployedValues } from './deployed-values';

/** What a policy of a template says and the one in the account does not, in few words each. */
export function lostStatements(written: unknown, said: unknown, values: DeployedValues): string[] {
  const now = statementsOf(said);
  return statementsOf(values.meaningOf(written)).flatMap((statement) => {
    const alike = now.filter((each) => isAlike(statement, each, values));
    const left = list(statement['Action']).filter(
      (action) => !alike.some((each) => list(each['Action']).some((other) => covers(String(other), String(action)))),
    );
    return left.length === 0 && (alike.length > 0 || list(statement['Action']).length > 0)
      ? []
      : [`${String(statement['Effect'])} ${left.join(', ') || 'a statement without actions'}`];
  });
}

/** What the account's policy forbids and the template's does not. */
export const addedDenials = (written: unknown, said: unknown, values: DeployedValues): string[] =>
  statementsOf(said)
    .filter((each) => each['Effect'] === 'Deny')
    .filter(
      (each) =>
        !statementsOf(values.meaningOf(written)).some((own) => own['Effect'] === 'Deny' && isAlike(own, each, values)),
    )
    .map((each) => `Deny ${list(each['Action'] ?? each['NotAction']).join(', ')}`);

const statementsOf = (document: unknown): Readonly<Record<string, unknown>>[] =>
  list(isMap(document) ? document['Statement'] : undefined).filter(isMap);

/** The same but for actions; what is granted on everything is granted on a part of it. */
function isAlike(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
  values: DeployedValues,
): boolean {
  const same = ['Effect', 'Principal', 'Condition', 'NotAction', 'NotResource', 'NotPrincipal'];
  const everywhere = list(other['Resource']).includes('*') && other['Effect'] === 'Allow';
  return (
    same.every((name) => values.agrees(principal(one[name]), principal(other[name]))) &&
    (everywhere ||
      list(one['Resource']).every((item) => list(other['Resource']).some((each) => values.agrees(item, each))))
  );
}

/** AWS writes anybody as `{ AWS: '*' }` or as `*`. */
const principal = (value: unknown): unknown => (isMap(value) && value['AWS'] === '*' ? '*' : value);

const list = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());

/** IAM tells no capital letters apart in actions. */
const covers = (pattern: string, action: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
    'i',
  ).test(action);
