import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RULES } from '../../../rules';
import { ownVersion } from '../../own-version';
import type { Judged } from '../acknowledge';
import { printableJson } from '../printable';
import type { Checked } from './checked';
import { lineFinder } from './lines';

/** SARIF 2.1.0. What is undecided is of kind `open`; what is acknowledged, or known, is suppressed, with its reason. */
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
    ...suppressions(finding),
  }));
  const driver = { name: 'cdk-lossless-kafka', version: ownVersion(), rules };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
  };
  return `${printableJson(log)}\n`;
}

function suppressions({ status, reason }: Judged): { suppressions?: readonly object[] } {
  switch (status) {
    case 'acknowledged':
      return { suppressions: [{ kind: 'external', justification: reason }] };
    case 'known':
      return { suppressions: [{ kind: 'external', justification: 'stands in the baseline' }] };
    case 'fail':
    case 'undecided':
      return {};
  }
}

/** Below the working directory relative, as code hosts want it. */
function uriOf(file: string): string {
  const near = relative('.', file);
  return near.startsWith('..')
    ? pathToFileURL(file).href
    : near.split('\\').join('/').split('/').map(encodeURIComponent).join('/');
}
