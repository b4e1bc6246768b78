import { writeFileSync } from 'node:fs';
import { findingsAmong, type Stack } from '../rules';
import { acknowledge, inlineReason, readAcknowledgements, type Judged } from './check/acknowledge';
import { readBaseline, withoutKnown } from './check/baseline';
import type { Checked } from './check/formats/checked';
import { asGithub } from './check/formats/github';
import { asJson } from './check/formats/json';
import { asJunit } from './check/formats/junit';
import { asMarkdown } from './check/formats/markdown';
import { asSarif } from './check/formats/sarif';
import { asTable } from './check/formats/table';
import { withConfig, type CheckOptions } from './check/options';
import { givenPairs, refuseUndeclared, valuesOf } from './check/parameters';
import { printable } from './check/printable';
import { stacksIn } from './check/templates';

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
 *   something undecided), 2 a file that cannot be read: the others are judged all the same
 */
export function check(paths: readonly string[], given: CheckOptions, to: Surroundings = PROCESS): 0 | 1 | 2 {
  const complain = (line: string): void => to.complain(printable(line));
  let options: CheckOptions;
  let checked: Checked;
  try {
    options = withConfig(given);
    checked = judge(paths, options);
    const text = render(checked, options, to.colour && options.output === undefined);
    const nothingJudged = checked.files === 0 && checked.unreadable.length > 0;
    if (!nothingJudged) emit(text, options.output, to);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    complain(`error: ${error.message}`);
    return 2;
  }
  for (const line of checked.unreadable) complain(`error: ${line}`);
  for (const { code, logicalId, path } of checked.unused) {
    complain(`acknowledgement of ${code} on ${path ?? logicalId ?? '*'}: no such finding; take it out`);
  }
  if (checked.unreadable.length > 0) return 2;
  return checked.findings.some((finding) => counts(finding, options.strict === true)) ? 1 : 0;
}

function emit(text: string, output: string | undefined, { write }: Surroundings): void {
  if (output === undefined) write(text);
  else writeFileSync(output, text);
}

function judge(paths: readonly string[], options: CheckOptions): Checked {
  const accepted = options.acknowledge === undefined ? [] : readAcknowledgements(options.acknowledge);
  const baseline = options.baseline === undefined ? new Set<string>() : readBaseline(options.baseline);
  const pairs = givenPairs(options);
  const given = valuesOf(pairs);
  const { stacks, unreadable } = stacksIn(paths, given);
  refuseUndeclared(stacks, pairs);
  const findings = findingsAmong(stacks, given).flatMap((found, n) =>
    found.map((finding) => ({ file: stacks[n]?.file ?? '', ...finding })),
  );
  const { ignore = [], severity = 'warning' } = options;
  const asked = findings.filter(
    (finding) => !ignore.includes(finding.code) && (severity === 'warning' || finding.severity === 'error'),
  );
  const judged = acknowledge(asked, accepted, (finding) => inlineReason(stackNamed(stacks, finding.file), finding));
  return { ...judged, findings: withoutKnown(judged.findings, baseline), files: stacks.length, unreadable };
}

const stackNamed = (stacks: readonly Stack[], name: string): Stack | undefined =>
  stacks.find(({ file }) => file === name);

function render(checked: Checked, { format = 'table', strict }: CheckOptions, colour: boolean): string {
  switch (format) {
    case 'table':
      return asTable(checked, colour);
    case 'json':
      return asJson(checked);
    case 'sarif':
      return asSarif(checked);
    case 'markdown':
      return asMarkdown(checked);
    case 'junit':
      return asJunit(checked, (finding) => counts(finding, strict === true));
    case 'github':
      return asGithub(checked);
  }
}

function counts({ status, severity }: Judged, strict: boolean): boolean {
  switch (status) {
    case 'acknowledged':
    case 'known':
      return false;
    case 'undecided':
      return strict;
    case 'fail':
      return strict || severity === 'error';
  }
}
