import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import { RULES } from '../../rules';
import type { Acknowledgement, Judged } from './acknowledge';
import { lineFinder } from './lines';

/** What a check has found. */
export interface Checked {
  readonly findings: readonly Judged[];
  readonly unused: readonly Acknowledgement[];
  readonly files: number;
}

function summaryOf({ findings, files }: Checked) {
  const count = (matches: (finding: Judged) => boolean) => findings.filter(matches).length;
  return {
    files,
    errors: count(({ status, severity }) => status === 'fail' && severity === 'error'),
    warnings: count(({ status, severity }) => status === 'fail' && severity === 'warning'),
    undecided: count(({ status }) => status === 'undecided'),
    acknowledged: count(({ status }) => status === 'acknowledged'),
  };
}

/** One JSON object: the fields are public and stable. */
export const asJson = (checked: Checked): string => {
  const findings = checked.findings.map(
    ({
      file,
      code,
      severity,
      status,
      logicalId,
      path = null,
      property,
      found,
      wanted,
      message,
      fix,
      source,
      reason,
    }) => ({
      ...{ file, code, severity, status, logicalId, path, property, found, wanted, message, fix, source },
      ...(reason !== undefined && { reason }),
    }),
  );
  return `${JSON.stringify({ findings, summary: summaryOf(checked) }, undefined, 2)}\n`;
};

type Colour = Parameters<typeof styleText>[0];

const MARKS: Readonly<Record<'error' | 'warning' | 'undecided' | 'acknowledged', Colour>> = {
  error: 'red',
  warning: 'yellow',
  undecided: 'cyan',
  acknowledged: 'gray',
};

const markOf = ({ status, severity }: Judged): keyof typeof MARKS => (status === 'fail' ? severity : status);
const nameOf = (code: string): string => RULES.find((rule) => rule.code === code)?.name ?? code;

/** For people: what is wrong with each resource, then the sums. */
export function asTable(checked: Checked, colour: boolean): string {
  const paint = (style: Colour, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const lines: string[] = [];
  for (const [place, findings] of grouped(checked.findings)) {
    lines.push(paint('bold', place));
    for (const finding of findings) {
      const mark = markOf(finding);
      lines.push(`  ${paint(MARKS[mark], mark.padEnd(12))} ${finding.code} ${nameOf(finding.code)}`);
      lines.push(`    ${finding.property}: got ${finding.found}, want ${finding.wanted}`);
      lines.push(finding.reason === undefined ? `    fix: ${finding.fix}` : `    accepted: ${finding.reason}`);
    }
    lines.push('');
  }
  const { files, errors, warnings, undecided, acknowledged } = summaryOf(checked);
  const sums = [`${errors} errors`, `${warnings} warnings`, `${undecided} undecided`, `${acknowledged} acknowledged`];
  return `${[...lines, `${sums.join(', ')} in ${files} ${files === 1 ? 'template' : 'templates'}`].join('\n')}\n`;
}

function grouped(findings: readonly Judged[]): Map<string, Judged[]> {
  const groups = new Map<string, Judged[]>();
  for (const finding of findings) {
    const place = `${finding.path ?? finding.logicalId} (${relative('.', finding.file)})`;
    groups.set(place, [...(groups.get(place) ?? []), finding]);
  }
  return groups;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** For a pull request. */
export function asMarkdown(checked: Checked): string {
  const { errors, warnings, undecided, acknowledged } = summaryOf(checked);
  const rows = checked.findings.map((finding) => {
    const { code, path, logicalId, property, found, wanted, fix, reason, source } = finding;
    const rule = `[${code}](${source}) ${nameOf(code)}`;
    const what = `${property}: got ${found}, want ${wanted}`;
    const cells = [markOf(finding), rule, path ?? logicalId, what, reason === undefined ? fix : `accepted: ${reason}`];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  const head = ['| | rule | resource | found | fix |', '| --- | --- | --- | --- | --- |'];
  const sums = `${errors} errors, ${warnings} warnings, ${undecided} undecided, ${acknowledged} acknowledged`;
  return `${[`**Loss rules**: ${sums}`, '', ...(rows.length > 0 ? [...head, ...rows] : [])].join('\n').trimEnd()}\n`;
}

/** SARIF 2.1.0. What is undecided is of kind `open`; what is acknowledged is suppressed, with its reason. */
export function asSarif(checked: Checked): string {
  const lineOf = lineFinder();
  const rules = RULES.map(({ code, name, severity, why, fix, source }) => ({
    id: code,
    name,
    shortDescription: { text: name },
    fullDescription: { text: why },
    help: { text: `CDK: ${fix.cdk}. CloudFormation: ${fix.cloudFormation}.` },
    helpUri: source,
    defaultConfiguration: { level: severity },
  }));
  const results = checked.findings.map((finding) => ({
    ruleId: finding.code,
    ruleIndex: RULES.findIndex(({ code }) => code === finding.code),
    ...(finding.status === 'undecided' ? { kind: 'open', level: 'none' } : { kind: 'fail', level: finding.severity }),
    message: { text: `${finding.message}. Fix: ${finding.fix}.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(finding.file) },
          region: { startLine: lineOf(finding.file, finding.logicalId, finding.property) },
        },
        logicalLocations: [
          { name: finding.logicalId, fullyQualifiedName: finding.path ?? finding.logicalId, kind: 'resource' },
        ],
      },
    ],
    ...(finding.reason !== undefined && { suppressions: [{ kind: 'external', justification: finding.reason }] }),
  }));
  const driver = { name: 'cdk-lossless-kafka', rules };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** Below the working directory relative, as code hosts want it. */
function uriOf(file: string): string {
  const near = relative('.', file);
  return near.startsWith('..')
    ? pathToFileURL(file).href
    : near.split('\\').join('/').split('/').map(encodeURIComponent).join('/');
}
