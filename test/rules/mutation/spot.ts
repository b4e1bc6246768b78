import type { Node, Resource, Templates } from './mutant';

/** Nothing stands there any more. */
export const REMOVED = Symbol('removed');
/** The name of a parameter that a mutant brings with it. */
export const PARAMETER = 'MutantParameter';

/** A place in a template where a setting stands, or can stand. */
export interface Spot {
  readonly file: string;
  /** Logical id and path, for a reader. */
  readonly at: string;
  /** The value of the property the setting is in; undefined when absent. */
  readonly whole: (templates: Templates) => unknown;
  readonly write: (templates: Templates, whole: unknown) => void;
  /** The setting itself: the property, or one line or field of it. */
  readonly value: unknown;
  /** A line or a field of a text, and not the whole property. */
  readonly inText: boolean;
  /** The property with another setting in it: a value, a reference, or `REMOVED`. */
  readonly with: (whole: unknown, value: unknown) => unknown;
}

type Keys = readonly string[];

/** Below `Properties`; with `!` before it, beside them. A key with a point in it has a backslash before that. */
const keysOf = (path: string): Keys =>
  path.startsWith('!')
    ? [path.slice(1)]
    : ['Properties', ...path.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))];

const at = (resource: Resource, keys: Keys): unknown =>
  keys.reduce<unknown>((value, key) => (value as Node | undefined)?.[key], resource);

function put(resource: Resource, keys: Keys, value: unknown): void {
  let node: Node = resource;
  for (const key of keys.slice(0, -1)) node = (node[key] ??= {}) as Node;
  const last = keys.at(-1) ?? '';
  if (value === REMOVED || value === undefined) delete node[last];
  else node[last] = value;
}

/** Who is meant: a resource of a file. */
export interface Subject {
  readonly file: string;
  readonly id: string;
}

export function propertySpot(templates: Templates, { file, id }: Subject, path: string): Spot {
  const keys = keysOf(path);
  const whole = (from: Templates) => at(from[file]?.Resources[id] ?? { Type: '' }, keys);
  return {
    file,
    at: `${file}/${id}.${path}`,
    whole,
    write: (to, value) => put(to[file]?.Resources[id] ?? { Type: '' }, keys, value),
    value: whole(templates),
    inText: false,
    with: (_, value) => value,
  };
}

/** A line `name=value` of properties text, or a field `"name":value` of JSON text. */
export function textSpot(templates: Templates, subject: Subject, path: string, part: Part): Spot {
  const property = propertySpot(templates, subject, path);
  const { text } = asText(property.value);
  return {
    ...property,
    at: `${property.at} ${part.name}`,
    value: referring(part.read(text)),
    inText: true,
    with: (whole, value) => {
      const { text: before, ...rest } = asText(whole);
      const put = value === REMOVED ? undefined : isReference(value) ? `\${${PARAMETER}}` : String(value);
      return asValue({ ...rest, text: part.write(before, put) });
    },
  };
}

/** A text with a reference in it is a value that nobody can write out. */
const referring = (text: string | undefined): unknown => (text?.includes('${') ? { text } : text);

const isReference = (value: unknown): boolean => typeof value === 'object' && value !== null && 'Ref' in value;

/** How one setting stands in a text. */
export interface Part {
  readonly name: string;
  readonly read: (text: string) => string | undefined;
  readonly write: (text: string, value: string | undefined) => string;
}

export function lineOf(name: string): Part {
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.')}\\s*[=: ]\\s*(.*)\n?`, 'm');
  return {
    name,
    read: (text) => pattern.exec(text)?.[1],
    write: (text, value) => {
      const line = value === undefined ? '' : `${name}=${value}\n`;
      return pattern.test(text) ? text.replace(pattern, () => line) : `${text.replace(/\n?$/, '\n')}${line}`;
    },
  };
}

export function fieldOf(name: string): Part {
  const pattern = new RegExp(`,?"${name}":("[^"]*"|[\\d.]+)`);
  const unquoted = (text: string): string => text.replace(/^"|"$/g, '');
  return {
    name,
    read: (text) => pattern.exec(text)?.[1]?.replace(/^"|"$/g, ''),
    write: (text, value) =>
      text
        .replace(pattern, (whole, old: string) => {
          if (value === undefined) return '';
          const quote = old.startsWith('"') ? '"' : '';
          return whole.slice(0, whole.length - old.length) + quote + unquoted(value) + quote;
        })
        .replace('{,', '{'),
  };
}

/** The parts of a text, references written as `Fn::Sub` has them. */
interface Text {
  readonly text: string;
  readonly given: Node;
  readonly encoded: boolean;
}

function asText(value: unknown, encoded = false): Text {
  if (typeof value === 'string') return { text: value.replaceAll('${', '${!'), given: {}, encoded };
  const node = (value ?? {}) as Node;
  if ('Fn::Base64' in node) return asText(node['Fn::Base64'], true);
  if ('Fn::Sub' in node) {
    const [text, given = {}] = [node['Fn::Sub']].flat() as [string, Node?];
    return { text, given, encoded };
  }
  if (!('Fn::Join' in node)) return { text: '', given: {}, encoded };
  const [, items] = node['Fn::Join'] as [string, unknown[]];
  const given: Node = {};
  const texts = items.map((item, n) => {
    if (typeof item === 'string') return item.replaceAll('${', '${!');
    given[`Item${n}`] = item;
    return `\${Item${n}}`;
  });
  return { text: texts.join(''), given, encoded };
}

function asValue({ text, given, encoded }: Text): unknown {
  const value = /\$\{[^!]/.test(text) ? { 'Fn::Sub': Object.keys(given).length > 0 ? [text, given] : text } : text;
  return encoded ? { 'Fn::Base64': value } : value;
}
