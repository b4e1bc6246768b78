import type { Given, Stack } from '../../rules';
import type { CheckOptions } from './options';
import { yamlIn } from './yaml-file';

/**
 * What the parameters of the templates are given: by files as CloudFormation, the AWS CLI and CodePipeline take them, and
 * by `Key=Value`, which counts more. Those of nested stacks are given by the stack around them.
 *
 * @throws when a file cannot be read
 */
export function givenPairs({ parameters = [], parameterFiles = [] }: CheckOptions): readonly Pair[] {
  return [
    ...parameterFiles.flatMap((file) => pairsIn(file)),
    ...parameters.map((text) => pairOf(text, '--parameters')),
  ];
}

export const valuesOf = (pairs: readonly Pair[]): Given =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));

/** @throws when no template declares such a parameter, or allows such a value */
export function refuseUndeclared(stacks: readonly Stack[], pairs: readonly Pair[]): void {
  const outer = stacks.filter(({ parent }) => parent === undefined).map(({ template }) => template.Parameters);
  for (const pair of pairs) refuse(pair, outer);
}

export interface Pair {
  readonly key: string;
  readonly value: string;
  /** Who says so. */
  readonly where: string;
}

function pairOf(text: string, where: string): Pair {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`${where}: got ${JSON.stringify(text)}, want Key=Value; correct it`);
  return { key: text.slice(0, at), value: text.slice(at + 1), where };
}

const FORMS =
  'a list of { ParameterKey, ParameterValue } or of Key=Value, { "Parameters": { Key: Value } } or { Key: Value }';

function pairsIn(file: string): Pair[] {
  const read = yamlIn(file, FORMS);
  if (Array.isArray(read)) return (read as unknown[]).flatMap((entry) => pairsOfEntry(entry, file));
  if (!isObject(read)) throw new Error(`${file}: got no parameters, want ${FORMS}; correct it`);
  const own = isObject(read['Parameters']) ? read['Parameters'] : read;
  return Object.entries(own).map(([key, value]) => ({ key, value: textOf(value, `${file}: ${key}`), where: file }));
}

function pairsOfEntry(entry: unknown, file: string): Pair[] {
  if (typeof entry === 'string') return [pairOf(entry, file)];
  const { ParameterKey: key, ParameterValue: value, UsePreviousValue: previous } = isObject(entry) ? entry : {};
  if (typeof key !== 'string') throw new Error(`${file}: got ${JSON.stringify(entry)}, want ${FORMS}; correct it`);
  // What an earlier deploy was given is not known here.
  if (value === undefined && previous === true) return [];
  return [{ key, value: textOf(value, `${file}: ${key}`), where: file }];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list is one text with commas, as CloudFormation has it. */
function textOf(value: unknown, where: string): string {
  if (Array.isArray(value)) return value.map((item) => textOf(item, where)).join(',');
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  throw new Error(`${where}: got ${JSON.stringify(value) ?? 'nothing'}, want a text; correct it`);
}

function refuse({ key, value, where }: Pair, outer: readonly Stack['template']['Parameters'][]): void {
  const declaring = outer.filter((parameters) => Object.hasOwn(parameters, key));
  if (declaring.length === 0) {
    const names = [...new Set(outer.flatMap((parameters) => Object.keys(parameters)))].join(', ') || 'none';
    throw new Error(`${where}: got ${key}, which no template declares, want a parameter (${names}); correct it`);
  }
  for (const parameters of declaring) {
    const declared = parameters[key];
    const allowed: unknown = isObject(declared) ? declared['AllowedValues'] : undefined;
    if (!Array.isArray(allowed)) continue;
    const isList = isObject(declared) && /List/.test(String(declared['Type']));
    const wrong = (isList ? value.split(',') : [value]).find((each) => !allowed.map(String).includes(each.trim()));
    if (wrong !== undefined) {
      throw new Error(`${where}: got ${key}=${wrong}, want one of ${allowed.join(', ')}; correct it`);
    }
  }
}
