import type { Kind, Mutant, Node, Templates } from './mutant';

/** The same said otherwise, over whole templates. */

type Rewrite = (templates: Templates) => void;

/** Every value within, from the inside out. */
function rewritten(value: unknown, change: (value: unknown, key: string) => unknown, key = ''): unknown {
  if (Array.isArray(value))
    return change(
      value.map((item) => rewritten(item, change, key)),
      key,
    );
  if (typeof value !== 'object' || value === null) return change(value, key);
  const entries = Object.entries(value).map(([name, item]) => [name, rewritten(item, change, name)] as const);
  return change(Object.fromEntries(entries), key);
}

const everywhere =
  (change: (value: unknown, key: string) => unknown): Rewrite =>
  (templates) => {
    for (const template of Object.values(templates)) {
      template.Resources = rewritten(template.Resources, change) as typeof template.Resources;
    }
  };

const single = (value: unknown): [string, unknown] | undefined => {
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return entries.length === 1 ? entries[0] : undefined;
};

/** Statements of policies alone: those with an effect. */
const statements = (change: (statement: Node) => unknown): Rewrite =>
  everywhere((value) =>
    typeof value === 'object' && value !== null && 'Effect' in value && 'Resource' in value ? change(value) : value,
  );

function renamed(templates: Templates): void {
  for (const template of Object.values(templates)) {
    const names = Object.keys(template.Resources).filter((id) => !/Stack$/.test(id));
    if (names.length === 0) continue;
    const words = new RegExp(`\\b(${names.join('|')})\\b`, 'g');
    const anew = (text: string): string => text.replace(words, 'Renamed$1');
    const inside = (value: unknown): unknown =>
      rewritten(value, (item, key) =>
        typeof item === 'string' && ['Ref', 'Fn::GetAtt', 'DependsOn'].includes(key)
          ? anew(item)
          : typeof item === 'string' && key === 'Fn::Sub'
            ? item.replace(/\$\{[^}]+\}/g, anew)
            : item,
      );
    template.Resources = Object.fromEntries(
      Object.entries(template.Resources).map(([id, resource]) => [anew(id), inside(resource)]),
    ) as typeof template.Resources;
    if (template.Outputs) template.Outputs = inside(template.Outputs) as typeof template.Outputs;
  }
}

const attributes = (write: (id: string, attribute: string) => unknown): Rewrite =>
  everywhere((value) => {
    const [name, argument] = single(value) ?? [];
    if (name !== 'Fn::GetAtt') return value;
    const [id = '', ...rest] = Array.isArray(argument) ? (argument as string[]) : String(argument).split('.');
    return write(id, rest.join('.'));
  });

const REWRITES: readonly (readonly [kind: Kind, change: string, rewrite: Rewrite])[] = [
  ['another spelling', 'logical ids', renamed],
  [
    'another spelling',
    'resources in reverse order',
    (templates) => {
      for (const template of Object.values(templates))
        template.Resources = Object.fromEntries(Object.entries(template.Resources).reverse());
    },
  ],
  ['another spelling', 'Fn::GetAtt with a point', attributes((id, name) => ({ 'Fn::GetAtt': `${id}.${name}` }))],
  ['another spelling', 'Fn::Sub for Fn::GetAtt', attributes((id, name) => ({ 'Fn::Sub': `\${${id}.${name}}` }))],
  [
    'another spelling',
    'ARNs in the partition aws',
    everywhere((value) => (single(value)?.[1] === 'AWS::Partition' ? 'aws' : value)),
  ],
  [
    'another spelling',
    'one action a text',
    statements((statement) => {
      const [first, second] = [statement['Action']].flat();
      return second === undefined ? { ...statement, Action: first } : statement;
    }),
  ],
  [
    'another spelling',
    'actions in small letters',
    statements((statement) => ({
      ...statement,
      Action: [statement['Action']].flat().map((text) => String(text).toLowerCase()),
    })),
  ],
  [
    'another right',
    'all of a service on the same resource',
    statements((statement) =>
      statement['Effect'] === 'Allow' && statement['Principal'] === undefined
        ? { ...statement, Action: [statement['Action']].flat().map((text) => String(text).replace(/:.*/, ':*')) }
        : statement,
    ),
  ],
  [
    'another right',
    'the same on every resource',
    statements((statement) =>
      statement['Effect'] === 'Allow' && statement['Principal'] === undefined
        ? { ...statement, Resource: '*' }
        : statement,
    ),
  ],
  [
    'another spelling',
    'region and account written out in policies',
    statements((statement) => ({
      ...statement,
      Resource: rewritten(statement['Resource'], (value) => {
        const [name, argument] = single(value) ?? [];
        if (name === 'Ref' && argument === 'AWS::Region') return 'eu-west-1';
        if (name === 'Ref' && argument === 'AWS::AccountId') return '111122223333';
        return typeof value === 'string'
          ? value.replaceAll('${AWS::Region}', 'eu-west-1').replaceAll('${AWS::AccountId}', '111122223333')
          : value;
      }),
    })),
  ],
  [
    'unrelated',
    'tags on everything',
    (templates) => {
      for (const { Resources } of Object.values(templates))
        for (const resource of Object.values(Resources))
          resource.Metadata = { ...(resource['Metadata'] as object | undefined), owner: 'orders' };
    },
  ],
];

export const rewritesOf = (): Mutant[] =>
  REWRITES.map(([kind, change, apply]) => ({ kind, at: 'the whole template', change, certain: true, apply }));
