import { existsSync } from 'node:fs';
import { RULES } from '../../rules';
import { yamlIn } from './yaml-file';

export const FORMATS = ['table', 'json', 'sarif', 'markdown', 'junit', 'github'] as const;
export const SEVERITIES = ['error', 'warning'] as const;

export interface CheckOptions {
  /** @default table */
  readonly format?: (typeof FORMATS)[number];
  /** Warnings and what is undecided fail the check, too. */
  readonly strict?: boolean;
  /** File of findings that are known and accepted, each with its reason. */
  readonly acknowledge?: string;
  /** Codes of rules that are not asked. */
  readonly ignore?: readonly string[];
  /**
   * `error`: warnings, and what only a warning could come of, are left out.
   * @default warning
   */
  readonly severity?: (typeof SEVERITIES)[number];
  /** File that an earlier check has written as JSON: what it has found fails nothing. */
  readonly baseline?: string;
  /** `Key=Value`: what a parameter is given. Others are judged with every value that they may be given. */
  readonly parameters?: readonly string[];
  /** Files that say so, as CloudFormation takes them. */
  readonly parameterFiles?: readonly string[];
  /** File that the findings are written to, in place of standard output. */
  readonly output?: string;
  /**
   * File with these options, in YAML or JSON.
   * @default - `.lossless-check.yaml`, where there is one
   */
  readonly config?: string;
}

/** Read without being asked for. */
const CONFIG = '.lossless-check.yaml';

/** What each option of a file may be. The command line gives them in the same words. */
const SHAPES: Readonly<
  Record<Exclude<keyof CheckOptions, 'config'>, readonly [want: string, (value: unknown) => boolean]>
> = {
  format: [`one of ${FORMATS.join(', ')}`, (value) => FORMATS.some((format) => format === value)],
  strict: ['true or false', (value) => typeof value === 'boolean'],
  acknowledge: ['the name of a file', (value) => typeof value === 'string'],
  ignore: ['a list of codes of rules', (value) => Array.isArray(value) && value.every(isCode)],
  severity: [`one of ${SEVERITIES.join(', ')}`, (value) => SEVERITIES.some((severity) => severity === value)],
  baseline: ['the name of a file', (value) => typeof value === 'string'],
  parameters: ['a list of Key=Value', isTexts],
  parameterFiles: ['a list of names of files', isTexts],
  output: ['the name of a file', (value) => typeof value === 'string'],
};

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export const isCode = (value: unknown): boolean => RULES.some(({ code }) => code === value);

/**
 * The options of the command line over those of the file of options.
 *
 * @throws when the file cannot be read, or says something else
 */
export function withConfig(given: CheckOptions): CheckOptions {
  const file = given.config ?? (existsSync(CONFIG) ? CONFIG : undefined);
  return file === undefined ? given : { ...configOf(file), ...given };
}

function configOf(file: string): CheckOptions {
  const read = yamlIn(file, 'options in YAML or JSON') ?? {};
  if (typeof read !== 'object' || Array.isArray(read))
    throw new Error(`${file}: got no options, want ${Object.keys(SHAPES).join(', ')}; correct it`);
  for (const [name, value] of Object.entries(read)) {
    const [want, fits] = Object.hasOwn(SHAPES, name) ? SHAPES[name as keyof typeof SHAPES] : [];
    if (want === undefined || fits === undefined)
      throw new Error(`${file}: got the option ${name}, want ${Object.keys(SHAPES).join(', ')}; correct it`);
    if (!fits(value)) throw new Error(`${file}: ${name}: got ${JSON.stringify(value)}, want ${want}; correct it`);
  }
  return read;
}
