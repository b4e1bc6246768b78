import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Judged } from '../acknowledge';
import { printable } from '../printable';
import { markOf, nameOf, sumsOf, wayOn, whatOf, whyOf, type Checked, type Mark } from './checked';

type Colour = Parameters<typeof styleText>[0];

const COLOURS: Readonly<Record<Mark, Colour>> = {
  error: 'red',
  warning: 'yellow',
  undecided: 'cyan',
  acknowledged: 'gray',
  known: 'gray',
};

/** For people: what is wrong with each resource and what is lost by it, then the sums. */
export function asTable(checked: Checked, colour: boolean): string {
  const paint = (style: Colour, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const lines: string[] = [];
  for (const [place, findings] of grouped(checked.findings)) {
    lines.push(paint('bold', printable(place)));
    for (const finding of findings) {
      const mark = markOf(finding);
      lines.push(`  ${paint(COLOURS[mark], mark.padEnd(12))} ${finding.code} ${nameOf(finding.code)}`);
      lines.push(
        ...[whatOf(finding), `lost: ${whyOf(finding.code)}`, wayOn(finding)].map((line) => printable(`    ${line}`)),
      );
    }
    lines.push('');
  }
  const { files } = checked;
  return `${[...lines, `${sumsOf(checked)} in ${files} ${files === 1 ? 'template' : 'templates'}`].join('\n')}\n`;
}

function grouped(findings: readonly Judged[]): Map<string, Judged[]> {
  const groups = new Map<string, Judged[]>();
  for (const finding of findings) {
    const place = `${finding.path ?? finding.logicalId} (${relative('.', finding.file)})`;
    groups.set(place, [...(groups.get(place) ?? []), finding]);
  }
  return groups;
}
