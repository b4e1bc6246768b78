import { relative } from 'node:path';
import { printable } from '../printable';
import { markOf, nameOf, sumsOf, wayOn, whatOf, type Checked } from './checked';

/** What a template says is text, not markup. */
const cell = (text: string): string => printable(text).replace(/[\\|`<>[\]*_]/g, '\\$&');

/** For a pull request: one row for each finding. */
export function asMarkdown(checked: Checked): string {
  const rows = checked.findings.map((finding) => {
    const { code, file, path, logicalId, source } = finding;
    const rule = `[${code}](${source}) ${nameOf(code)}`;
    const where = [relative('.', file), path ?? logicalId].map(cell);
    return `| ${[markOf(finding), rule, ...where, cell(whatOf(finding)), cell(wayOn(finding))].join(' | ')} |`;
  });
  const head = ['| | rule | file | resource | found | fix |', '| --- | --- | --- | --- | --- | --- |'];
  const lines = [`**Loss rules**: ${sumsOf(checked)}`, '', ...(rows.length > 0 ? [...head, ...rows] : [])];
  return `${lines.join('\n').trimEnd()}\n`;
}
