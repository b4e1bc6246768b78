import { relative } from 'node:path';
import type { Judged } from '../acknowledge';
import { printableXml } from '../printable';
import { markOf, nameOf, summaryOf, wayOn, whatOf, whyOf, type Checked } from './checked';

/** JUnit's XML: one test for each finding. What fails the check fails here, so `strict` is asked. */
export function asJunit(checked: Checked, counts: (finding: Judged) => boolean): string {
  const { files } = summaryOf(checked);
  const failures = checked.findings.filter(counts).length;
  const tests = checked.findings.map((finding) => {
    const { file, path, logicalId, code } = finding;
    const name = printableXml(`${code} ${nameOf(code)}: ${path ?? logicalId}`);
    const text = printableXml(`${whatOf(finding)}\nlost: ${whyOf(code)}\n${wayOn(finding)}`);
    const told = counts(finding)
      ? `<failure type="${markOf(finding)}" message="${printableXml(whatOf(finding))}">${text}</failure>`
      : `<skipped message="${markOf(finding)}">${text}</skipped>`;
    return `    <testcase classname="${printableXml(relative('.', file))}" name="${name}">${told}</testcase>\n`;
  });
  const unread = checked.unreadable.map(
    (line) =>
      `    <testcase classname="unreadable" name="${printableXml(line)}"><error message="${printableXml(line)}"/></testcase>\n`,
  );
  const counted = `tests="${tests.length + unread.length}" failures="${failures}" errors="${unread.length}"`;
  const suite = `  <testsuite name="loss rules, ${files} templates" ${counted}>\n${[...tests, ...unread].join('')}  </testsuite>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suite}\n</testsuites>\n`;
}
