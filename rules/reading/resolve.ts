import { NO, type Choices } from './choices';
import { conditionsOf, type Conditions, type Operand } from './conditions';
import { asAtHome, homeOf } from './home';
import { attributeOf, referenceTo, type Naming } from './identities';
import { withoutDummies } from './lookups';
import { parametersOf, type Parameter } from './parameters';
import { atom, encoded, isKnown, isOpaque, joinLater, plain, split, splitLater, symbol, symbolsOf } from './symbols';
import { isMap, type Template, type TemplateResource } from './template';
import { Open } from './value';

/** What a template is told by others that it is deployed with; undefined where they do not say. */
export interface Neighbours {
  /** Value of an export of another stack. */
  imported(name: string): unknown;
  /** Value that a parameter is given: by the stack around a nested one, or by whoever asks. */
  given(parameter: string): unknown;
  /** Value of an output of a stack nested in this one. */
  nested(logicalId: string, output: string): unknown;
}

const NOBODY: Neighbours = { imported: () => undefined, given: () => undefined, nested: () => undefined };

export interface Resolver {
  /**
   * The value without intrinsic functions, for one way in which a deploy can decide; what has no end of ways is a symbol.
   * `AWS::NoValue` is undefined.
   */
  readonly resolve: (value: unknown) => unknown;
  readonly conditions: Conditions;
  /** What a value is held against others by: a text, or a parameter that may be one of several. */
  readonly operand: (value: unknown) => Operand;
}

/** Pseudo parameters that are one part of an ARN. */
const ATOMS = ['AWS::AccountId', 'AWS::Region', 'AWS::URLSuffix'];
/** No rule asks in which partition a stack lies: in every one, ARNs are compared as if in this. */
const PARTITION = 'aws';

/**
 * Gives a template's values the meaning they have before a deploy.
 *
 * @param choices - decides what only a deploy decides
 * @param scope - stands before the names of what is this template's own, so that no other template means it
 */
export function createResolver(
  template: Template,
  choices: Choices,
  scope = '',
  neighbours: Neighbours = NOBODY,
): Resolver {
  /** Resources whose names are being resolved: a template may refer in a circle. */
  const underway = new Set<string>();

  const parameters = parametersOf(template);
  const own = (name: string): string => symbol(scope + name);
  /** What cannot be resolved is known again by all that it says. */
  const later = (name: string, argument: unknown): string => own(`${name} ${JSON.stringify(argument) ?? ''}`);

  function resource(id: string): TemplateResource | undefined {
    if (!Object.hasOwn(template.Resources, id)) return undefined;
    const found = template.Resources[id];
    const gone = typeof found?.Condition === 'string' && !conditions.holds(found.Condition);
    return gone ? undefined : found;
  }

  const naming: Naming = {
    property: (id, name) => {
      if (underway.has(id)) return undefined;
      underway.add(id);
      const properties = resource(id.slice(scope.length))?.Properties;
      const value = isMap(properties) ? resolve(properties[name]) : undefined;
      underway.delete(id);
      return value;
    },
  };

  function reference(name: unknown): unknown {
    if (typeof name !== 'string') return later('Ref', name);
    if (name === 'AWS::NoValue') return undefined;
    if (name === 'AWS::Partition') return PARTITION;
    if (ATOMS.includes(name)) return atom(name);
    if (name === 'AWS::StackName') return atom(scope + name);
    const declared = parameters.get(name);
    if (declared) return parameter(name, declared);
    const found = resource(name);
    return found ? referenceTo(scope + name, found.Type, naming) : own(name);
  }

  function parameter(name: string, declared: Parameter): unknown {
    // The value of an SSM parameter is its name, not what is kept under it.
    if (declared.isName) return own(name);
    const given = neighbours.given(name) ?? undefined;
    if (declared.isList) return listed(given ?? written(defaultOf(name, declared) ?? own(name))) ?? own(name);
    if (given !== undefined) return given;
    const value = possible(name, declared);
    return typeof value === 'string' ? value : choices.ask({ kind: 'value', ...value });
  }

  /** All that a parameter may be which nobody gives; its symbol stands for any other text. */
  function possible(name: string, declared: Parameter): Exclude<Operand, undefined> {
    const byDefault = declared.allowed ? undefined : defaultOf(name, declared);
    if (byDefault !== undefined) return written(byDefault);
    const texts = declared.allowed ?? declared.others;
    return { about: own(name), among: texts.map((text) => (text === undefined ? own(name) : written(text))) };
  }

  /** Undefined where there is none, or the parameter does not keep it. */
  function defaultOf(name: string, { byDefault }: Parameter): string | undefined {
    if (byDefault === undefined) return undefined;
    const left = choices.ask({ kind: 'default', about: own(name), value: byDefault }) === NO;
    return left ? undefined : byDefault;
  }

  /** A parameter is held against a text without its being decided which of all others it is. */
  function operand(value: unknown): Operand {
    const name = isMap(value) && Object.keys(value).length === 1 ? value['Ref'] : undefined;
    const declared = typeof name === 'string' ? parameters.get(name) : undefined;
    if (typeof name !== 'string' || !declared || declared.isName || declared.isList) return asText(resolve(value));
    const given = neighbours.given(name) ?? undefined;
    return given === undefined ? possible(name, declared) : asText(given);
  }

  function getAttribute(argument: unknown): unknown {
    const parts = typeof argument === 'string' ? argument.split('.') : argument;
    if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return later('Fn::GetAtt', argument);
    const [id = '', ...rest] = parts;
    const found = resource(id);
    const attribute = rest.join('.');
    if (!found) return own(`${id}.${attribute}`);
    const output = attribute.startsWith('Outputs.')
      ? neighbours.nested(id, attribute.slice('Outputs.'.length))
      : undefined;
    return output ?? attributeOf(scope + id, found.Type, attribute, naming);
  }

  function substitute(argument: unknown): unknown {
    const [text, given] = Array.isArray(argument) ? (argument as unknown[]) : [argument, {}];
    if (typeof text !== 'string' || !(given === undefined || isMap(given))) return later('Fn::Sub', argument);
    return written(text).replace(/\$\{(!?)([^${}]+)\}/g, (whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      const value =
        given && Object.hasOwn(given, name)
          ? resolve(given[name])
          : name.includes('.')
            ? getAttribute(name)
            : reference(name);
      return asText(value) ?? later(whole, given?.[name]);
    });
  }

  function join(argument: unknown): unknown {
    const [separator, items] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const list = resolve(items);
    if (typeof separator !== 'string') return later('Fn::Join', argument);
    if (typeof list === 'string' && isOpaque(list)) return joinLater(separator, list);
    if (!Array.isArray(list)) return later('Fn::Join', argument);
    const texts = list.map(asText);
    return texts.every((text) => text !== undefined) ? texts.join(separator) : later('Fn::Join', argument);
  }

  function select(argument: unknown): unknown {
    const [index, items] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const [at, list] = [resolve(index), resolve(items)];
    if (typeof list === 'string') return symbol(`${symbolsOf(list)[0] ?? list}[${String(asText(at))}]`);
    const chosen: unknown = Array.isArray(list) ? list[Number(asText(at))] : undefined;
    return chosen ?? later('Fn::Select', argument);
  }

  function splitText(argument: unknown): unknown {
    const [separator, whole] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const text = asText(resolve(whole));
    if (typeof separator !== 'string' || text === undefined) return later('Fn::Split', argument);
    return split(separator, text) ?? splitLater(separator, text);
  }

  /** With a key known only at deploy, what all entries agree on, and the default that stands in for one that is missing. */
  function findInMap(argument: unknown): unknown {
    const [map, first, second, last] = Array.isArray(argument) ? argument.map(resolve) : [];
    const fallback = isMap(last) ? last.DefaultValue : undefined;
    const entries = typeof map === 'string' && Object.hasOwn(template.Mappings, map) ? template.Mappings[map] : {};
    if (!isMap(entries) || typeof second !== 'string' || !isKnown(second)) return later('Fn::FindInMap', argument);
    const valueIn = (row: unknown): unknown => (isMap(row) && Object.hasOwn(row, second) ? row[second] : fallback);
    const chosen = typeof first === 'string' && isKnown(first);
    // Which key it is shows at deploy: any there is, or one that is not there.
    const all = fallback === undefined ? Object.values(entries) : [...Object.values(entries), undefined];
    const rows = chosen ? [Object.hasOwn(entries, first) ? entries[first] : undefined] : all;
    const values = rows.map(valueIn);
    const agreed = values.length > 0 && values.every((value) => same(value, values[0]));
    return (agreed ? resolve(values[0]) : undefined) ?? later('Fn::FindInMap', argument);
  }

  function choose(argument: unknown): unknown {
    const [name, yes, no] = Array.isArray(argument) ? (argument as unknown[]) : [];
    if (typeof name !== 'string' || !Object.hasOwn(template.Conditions, name)) {
      return new Open(`condition ${String(name)} is not declared`);
    }
    return resolve(conditions.holds(name) ? yes : no);
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
      return text === undefined ? later('Fn::Base64', argument) : encoded(text);
    },
    'Fn::ToJsonString': (argument) => JSON.stringify(resolve(argument)) ?? later('Fn::ToJsonString', argument),
    'Fn::ImportValue': (argument) => {
      const name = asText(resolve(argument));
      return (
        (name !== undefined && isKnown(name) ? neighbours.imported(name) : undefined) ??
        later('Fn::ImportValue', argument)
      );
    },
  };

  function resolve(value: unknown): unknown {
    const resolved = withoutFunctions(value);
    return typeof resolved === 'string' ? asAtHome(home, resolved) : resolved;
  }

  function withoutFunctions(value: unknown): unknown {
    if (typeof value === 'string') return written(value);
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined);
    if (!isMap(value)) return value;
    const [[name, argument] = ['', undefined], second] = Object.entries(value);
    const intrinsic = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!second && intrinsic) return intrinsic(argument);
    if (!second && name.startsWith('Fn::')) return later(name, argument);
    const entries = Object.entries(value).map(([key, item]) => [key, resolve(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  const home = homeOf(template);
  const conditions = conditionsOf(template, choices, scope, operand);
  return { resolve, conditions, operand };
}

/** The zones of the stack's region; one of them is chosen by `Fn::Select`. */
export const ZONES = 'Fn::GetAZs';

/** A list, or the text in which a parameter holds one; undefined where a comma may stand in what is not known. */
function listed(value: unknown): unknown {
  if (typeof value !== 'string') return Array.isArray(value) ? value : undefined;
  if (!isKnown(value)) return undefined;
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

/** Text as the template has it; `{{resolve:ssm:…}}` is read at deploy. */
const written = (text: string): string =>
  withoutDummies(plain(text))
    .replace(/^arn:aws-[a-z-]+:/, `arn:${PARTITION}:`)
    .replace(/\{\{resolve:[^{}]*\}\}/g, (whole) => symbol(whole));

const asText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
