import { acknowledge, readAcknowledgements, type Judged } from './check/acknowledge';
import { asJson, asMarkdown, asSarif, asTable, type Checked } from './check/formats';
import { stacksIn } from './check/templates';
import { findingsAmong } from '../rules';

export const FORMATS = ['table', 'json', 'sarif', 'markdown'] as const;

export interface CheckOptions {
  /** @default table */
  readonly format: (typeof FORMATS)[number];
  /** Warnings and what is undecided fail the check, too. */
  readonly strict?: boolean;
  /** File of findings that are known and accepted, each with its reason. */
  readonly acknowledge?: string;
}

/** Where the command reads and writes. */
export interface Surroundings {
  readonly write: (text: string) => void;
  readonly complain: (line: string) => void;
  readonly colour: boolean;
}

const PROCESS: Surroundings = {
  write: (text) => process.stdout.write(text),
  complain: (line) => console.error(line),
  colour: process.stdout.isTTY,
};

/**
 * Judges templates, assemblies and directories by the loss rules.
 *
 * @returns exit code: 0 nothing to answer for, 1 an error that nobody has acknowledged (with `strict` also a warning or
 *   something undecided), 2 a file that cannot be read
 */
export function check(paths: readonly string[], options: CheckOptions, to: Surroundings = PROCESS): 0 | 1 | 2 {
  let checked: Checked;
  try {
    checked = judge(paths, options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    to.complain(`error: ${error.message}`);
    return 2;
  }
  to.write(render(checked, options.format, to.colour));
  for (const { code, logicalId, path } of checked.unused) {
    to.complain(`acknowledgement of ${code} on ${path ?? logicalId ?? '*'}: no such finding; take it out`);
  }
  return checked.findings.some((finding) => counts(finding, options.strict === true)) ? 1 : 0;
}

function judge(paths: readonly string[], options: CheckOptions): Checked {
  const accepted = options.acknowledge === undefined ? [] : readAcknowledgements(options.acknowledge);
  const stacks = paths.flatMap((path) => stacksIn(path));
  const findings = findingsAmong(stacks).flatMap((found, n) =>
    found.map((finding) => ({ file: stacks[n]?.file ?? '', ...finding })),
  );
  return { ...acknowledge(findings, accepted), files: stacks.length };
}

function render(checked: Checked, format: CheckOptions['format'], colour: boolean): string {
  switch (format) {
    case 'table':
      return asTable(checked, colour);
    case 'json':
      return asJson(checked);
    case 'sarif':
      return asSarif(checked);
    case 'markdown':
      return asMarkdown(checked);
  }
}

function counts({ status, severity }: Judged, strict: boolean): boolean {
  switch (status) {
    case 'acknowledged':
      return false;
    case 'undecided':
      return strict;
    case 'fail':
      return strict || severity === 'error';
  }
}
