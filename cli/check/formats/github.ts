import { relative } from 'node:path';
import type { Judged } from '../acknowledge';
import { githubProperty, githubText } from '../printable';
import { markOf, nameOf, whatOf, whyOf, type Checked } from './checked';
import { lineFinder } from './lines';

/** Workflow commands of GitHub Actions: a note at the line of each finding that nobody has accepted. */
export function asGithub(checked: Checked): string {
  const lineOf = lineFinder();
  const notes = checked.findings.flatMap((finding) => {
    const level = levelOf(finding);
    if (level === undefined) return [];
    const { file, logicalId, path, property, code, fix } = finding;
    const line = lineOf(file, logicalId, property);
    const at = `file=${githubProperty(relative('.', file))},line=${line},title=${githubProperty(`${code} ${nameOf(code)}`)}`;
    const text = `${path ?? logicalId}: ${whatOf(finding)}; lost: ${whyOf(code)}; fix: ${fix}`;
    return [`::${level} ${at}::${githubText(text)}`];
  });
  return notes.map((note) => `${note}\n`).join('');
}

function levelOf(finding: Judged): 'error' | 'warning' | 'notice' | undefined {
  const mark = markOf(finding);
  switch (mark) {
    case 'error':
    case 'warning':
      return mark;
    case 'undecided':
      return 'notice';
    case 'acknowledged':
    case 'known':
      return undefined;
  }
}
