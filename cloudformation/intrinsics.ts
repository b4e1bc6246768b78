/**
 * CloudFormation's intrinsic functions by their shapes, as a template writes them. What they mean is for whoever reads it: before
 * a deploy half of it is open (`rules/reading`), on one machine each has a local meaning (`local/template`).
 */
export type Intrinsic =
  | { readonly kind: 'Ref'; readonly name: string }
  | ({ readonly kind: 'Fn::GetAtt' } & Attribute)
  | { readonly kind: 'Fn::Sub'; readonly text: string; readonly variables: Readonly<Record<string, unknown>> }
  | { readonly kind: 'Fn::Join'; readonly separator: string; readonly items: unknown }
  | { readonly kind: 'Fn::Select'; readonly index: unknown; readonly items: unknown }
  | { readonly kind: 'Fn::Split'; readonly separator: string; readonly text: unknown }
  | { readonly kind: 'Fn::FindInMap'; readonly keys: readonly unknown[] }
  | { readonly kind: 'Fn::If'; readonly condition: unknown; readonly yes: unknown; readonly no: unknown }
  | { readonly kind: 'Fn::GetAZs' }
  | { readonly kind: 'Fn::Base64'; readonly text: unknown }
  | { readonly kind: 'Fn::ToJsonString'; readonly value: unknown }
  | { readonly kind: 'Fn::ImportValue'; readonly name: unknown }
  /** Another function, or one of these in a shape that CloudFormation refuses. */
  | { readonly kind: 'other'; readonly name: string; readonly argument: unknown };

export interface Attribute {
  readonly logicalId: string;
  /** With its dots: `Outputs.Name` of a nested stack. */
  readonly attribute: string;
}

/** The function that stands in place of a value; undefined for a plain value. One key alone makes a function of a map. */
export function intrinsicIn(value: unknown): Intrinsic | undefined {
  if (!isMap(value)) return undefined;
  const [name = '', second] = Object.keys(value);
  if (second !== undefined || !(name === 'Ref' || name.startsWith('Fn::'))) return undefined;
  const argument = value[name];
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  return shape?.(argument) ?? { kind: 'other', name, argument };
}

/** `Id.Attribute`, as `Fn::GetAtt` takes it in YAML and `Fn::Sub` within its text. */
export function attributeIn(text: string): Attribute {
  const [logicalId = '', ...rest] = text.split('.');
  return { logicalId, attribute: rest.join('.') };
}

/** The text of `Fn::Sub` with `${name}` replaced; `${!name}` stands for `${name}` itself. */
export const substituted = (text: string, valueOf: (name: string, whole: string) => string): string =>
  text.replace(/\$\{(!?)([^${}]+)\}/g, (whole, literal: string, name: string) =>
    literal ? `\${${name}}` : valueOf(name, whole),
  );

type Shape = (argument: unknown) => Intrinsic | undefined;

const SHAPES: Readonly<Record<string, Shape>> = {
  Ref: (name) => (typeof name === 'string' ? { kind: 'Ref', name } : undefined),
  'Fn::GetAtt': (argument) => {
    const path = Array.isArray(argument) && argument.every(isText) ? argument.join('.') : argument;
    return isText(path) ? { kind: 'Fn::GetAtt', ...attributeIn(path) } : undefined;
  },
  'Fn::Sub': (argument) => {
    const [text, variables = {}] = listOf(argument) ?? [argument];
    return isText(text) && isMap(variables) ? { kind: 'Fn::Sub', text, variables } : undefined;
  },
  'Fn::Join': (argument) => {
    const [separator, items] = listOf(argument) ?? [];
    return isText(separator) ? { kind: 'Fn::Join', separator, items } : undefined;
  },
  'Fn::Select': (argument) => {
    const list = listOf(argument);
    return list && { kind: 'Fn::Select', index: list[0], items: list[1] };
  },
  'Fn::Split': (argument) => {
    const [separator, text] = listOf(argument) ?? [];
    return isText(separator) ? { kind: 'Fn::Split', separator, text } : undefined;
  },
  'Fn::FindInMap': (argument) => {
    const keys = listOf(argument);
    return keys && { kind: 'Fn::FindInMap', keys };
  },
  'Fn::If': (argument) => {
    const [condition, yes, no] = listOf(argument) ?? [];
    return { kind: 'Fn::If', condition, yes, no };
  },
  'Fn::GetAZs': () => ({ kind: 'Fn::GetAZs' }),
  'Fn::Base64': (text) => ({ kind: 'Fn::Base64', text }),
  'Fn::ToJsonString': (value) => ({ kind: 'Fn::ToJsonString', value }),
  'Fn::ImportValue': (name) => ({ kind: 'Fn::ImportValue', name }),
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);
