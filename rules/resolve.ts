import { conditionsOf, type Conditions, type World } from './conditions';
import { attributeOf, referenceTo, type Naming } from './identities';
import { atom, encoded, isKnown, isOpaque, joinLater, plain, split, splitLater, symbol, symbolsOf } from './symbols';
import { Open } from './value';
import { isMap, kindOf, type Template, type TemplateResource } from './template';

export interface Resolver {
  /** The value without intrinsic functions; what is known only at deploy is a symbol. `AWS::NoValue` is undefined. */
  readonly resolve: (value: unknown) => unknown;
  readonly conditions: Conditions;
}

/** Pseudo parameters that are one part of an ARN. */
const ATOMS = ['AWS::AccountId', 'AWS::Region', 'AWS::StackName', 'AWS::URLSuffix'];
/** No rule asks in which partition a stack lies: in every one, ARNs are compared as if in this. */
const PARTITION = 'aws';

/**
 * Gives a template's values the meaning they have before a deploy.
 *
 * @param world - which conditions are taken to hold
 * @param parameters - values of parameters known from elsewhere, as a parent stack's
 */
export function createResolver(
  template: Template,
  world: World,
  parameters: Readonly<Record<string, unknown>>,
): Resolver {
  /** Resources whose names are being resolved: a template may refer in a circle. */
  const underway = new Set<string>();

  function resource(id: string): TemplateResource | undefined {
    if (!Object.hasOwn(template.Resources, id)) return undefined;
    const found = template.Resources[id];
    const gone = typeof found?.Condition === 'string' && conditions.holds(found.Condition) === false;
    return gone ? undefined : found;
  }

  const naming: Naming = {
    property: (id, name) => {
      if (underway.has(id)) return undefined;
      underway.add(id);
      const properties = resource(id)?.Properties;
      const value = isMap(properties) ? resolve(properties[name]) : undefined;
      underway.delete(id);
      return value;
    },
  };

  function reference(name: unknown): unknown {
    if (typeof name !== 'string') return symbol(`Ref of ${kindOf(name)}`);
    if (name === 'AWS::NoValue') return undefined;
    if (name === 'AWS::Partition') return PARTITION;
    if (ATOMS.includes(name)) return atom(name);
    if (Object.hasOwn(parameters, name)) return sanitized(parameters[name]);
    if (Object.hasOwn(template.Parameters, name)) return parameterDefault(name, template.Parameters[name]);
    const found = resource(name);
    return found ? referenceTo(name, found.Type, naming) : symbol(name);
  }

  function getAttribute(argument: unknown): unknown {
    const parts = typeof argument === 'string' ? argument.split('.') : argument;
    if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return symbol('Fn::GetAtt');
    const [id = '', ...rest] = parts;
    const found = resource(id);
    const attribute = rest.join('.');
    return found ? attributeOf(id, found.Type, attribute, naming) : symbol(`${id}.${attribute}`);
  }

  function substitute(argument: unknown): unknown {
    const [text, given] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
    if (typeof text !== 'string' || !(given === undefined || isMap(given))) return symbol('Fn::Sub');
    return written(text).replace(/\$\{(!?)([^${}]+)\}/g, (whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      const value =
        given && Object.hasOwn(given, name)
          ? resolve(given[name])
          : name.includes('.')
            ? getAttribute(name)
            : reference(name);
      return asText(value) ?? symbol(whole);
    });
  }

  function join(argument: unknown): unknown {
    const [separator, items] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const list = resolve(items);
    if (typeof separator !== 'string') return symbol('Fn::Join');
    if (typeof list === 'string' && isOpaque(list)) return joinLater(separator, list);
    if (!Array.isArray(list)) return symbol('Fn::Join');
    const texts = list.map(asText);
    return texts.every((text) => text !== undefined) ? texts.join(separator) : symbol('Fn::Join');
  }

  function select(argument: unknown): unknown {
    const [index, items] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const [at, list] = [resolve(index), resolve(items)];
    if (typeof list === 'string') return symbol(`${symbolsOf(list)[0] ?? list}[${String(asText(at))}]`);
    const chosen: unknown = Array.isArray(list) ? list[Number(asText(at))] : undefined;
    return chosen ?? symbol('Fn::Select');
  }

  function splitText(argument: unknown): unknown {
    const [separator, whole] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const text = asText(resolve(whole));
    if (typeof separator !== 'string' || text === undefined) return symbol('Fn::Split');
    return split(separator, text) ?? splitLater(separator, text);
  }

  /** With a key known only at deploy, what all entries agree on. */
  function findInMap(argument: unknown): unknown {
    const [map, first, second] = Array.isArray(argument) ? argument.map(resolve) : [];
    const entries =
      typeof map === 'string' && Object.hasOwn(template.Mappings, map) ? template.Mappings[map] : undefined;
    if (!isMap(entries) || typeof second !== 'string' || !isKnown(second)) return symbol('Fn::FindInMap');
    const rows = typeof first === 'string' && isKnown(first) ? [entries[first]] : Object.values(entries);
    const values = rows.map((row) => (isMap(row) ? row[second] : undefined));
    const agreed = values.length > 0 && values.every((value) => same(value, values[0]));
    return (agreed ? resolve(values[0]) : undefined) ?? symbol(`Fn::FindInMap ${String(map)}.${second}`);
  }

  function choose(argument: unknown): unknown {
    const [name, yes, no] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const holds = typeof name === 'string' ? conditions.holds(name) : undefined;
    if (holds !== undefined) return resolve(holds ? yes : no);
    const branches = [resolve(yes), resolve(no)];
    return same(branches[0], branches[1]) ? branches[0] : new Open(`condition ${String(name)} is known only at deploy`);
  }

  const functions: Readonly<Record<string, (argument: unknown) => unknown>> = {
    Ref: reference,
    'Fn::GetAtt': getAttribute,
    'Fn::Sub': substitute,
    'Fn::Join': join,
    'Fn::Select': select,
    'Fn::Split': splitText,
    'Fn::FindInMap': findInMap,
    'Fn::If': choose,
    'Fn::GetAZs': () => symbol(ZONES),
    'Fn::Base64': (argument) => {
      const text = asText(resolve(argument));
      return text === undefined ? symbol('Fn::Base64') : encoded(text);
    },
    'Fn::ToJsonString': (argument) => JSON.stringify(resolve(argument)) ?? symbol('Fn::ToJsonString'),
  };

  function resolve(value: unknown): unknown {
    if (typeof value === 'string') return written(value);
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
    if (!isMap(value)) return value;
    const [[name, argument] = ['', undefined], second] = Object.entries(value);
    const intrinsic = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!second && intrinsic) return intrinsic(argument);
    if (!second && name.startsWith('Fn::')) return symbol(`${name} ${JSON.stringify(argument)?.slice(0, 60) ?? ''}`);
    const entries = Object.entries(value).map(([key, item]) => [key, resolve(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  const conditions = conditionsOf(template, world, resolve);
  return { resolve, conditions };
}

/** The zones of the stack's region; one of them is chosen by `Fn::Select`. */
export const ZONES = 'Fn::GetAZs';

function parameterDefault(name: string, parameter: unknown): unknown {
  const { Type: type, Default: value } = isMap(parameter) ? parameter : {};
  const kind = typeof type === 'string' ? type : 'String';
  // The default of an SSM parameter is its name, not its value.
  if (value === undefined || value === null || kind.startsWith('AWS::SSM::')) return symbol(name);
  if (!/List/.test(kind)) return sanitized(value);
  return typeof value === 'string'
    ? value
        .split(',')
        .map((item) => written(item.trim()))
        .filter(Boolean)
    : symbol(name);
}

const sanitized = (value: unknown): unknown => (typeof value === 'string' ? written(value) : value);

/** Text as the template has it; `{{resolve:ssm:…}}` is read at deploy. */
const written = (text: string): string =>
  plain(text)
    .replace(/^arn:aws-[a-z-]+:/, `arn:${PARTITION}:`)
    .replace(/\{\{resolve:[^{}]*\}\}/g, (whole) => symbol(whole));

const asText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
