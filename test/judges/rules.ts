import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RULES as ALL } from '../../rules';
import { ROWS } from '../rules/rows';
import { edited } from '../rules/support';
import { install, judge, type Finding } from './outside';

/** Those of what is not seen have nothing that another judge could say of it. */
const RULES = ALL.filter(({ code }) => !code.startsWith('LK9'));

/**
 * Which of our rules other judges have, too: a template that loses nothing is judged, and then once for each rule, made
 * unsafe by the first row of test/rules/rows on which that rule fails. What a judge says then and did not say before is
 * printed.
 */
async function main(): Promise<void> {
  install((line) => console.error(line));
  const folder = mkdtempSync(join(tmpdir(), 'lossless-judges-'));
  try {
    const templates = new Map<string, object>([['safe', edited('plain.yaml')]]);
    for (const { code } of RULES) templates.set(code, unsafe(code));
    const files = [...templates].map(([name, template]) => {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(template));
      return file;
    });
    const findings = [...(await judge(files)), ...cdk(files, folder)];
    for (const { code, name } of RULES) console.log([code, name, ...news(code, findings)].join(' '));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function unsafe(code: string): object {
  const rows = ROWS.filter(([of]) => of === code);
  const failing = rows.find(([, , , answers]) => answers.some((answer) => answer !== 'undecided'));
  const [, , edits = []] = failing ?? rows.find(([, , , answers]) => answers.length > 0) ?? [];
  return edited('plain.yaml', ...edits);
}

/** cdk-nag and the CDK's own validation, in one synthesis of all templates. */
function cdk(files: readonly string[], folder: string): Finding[] {
  const outdir = join(folder, 'cdk.out');
  const app = new App({ outdir });
  Validations.of(app).addPlugins(new AwsSolutionsChecks());
  const names = files.map((templateFile) => {
    const name = templateFile.slice(folder.length + 1, -'.json'.length);
    new CfnInclude(new Stack(app, name), 'Template', { templateFile });
    return name;
  });
  try {
    app.synth();
  } catch (error) {
    if (!String(error).includes('Validation failed')) throw error;
  }
  return names.flatMap((name) => reported(join(outdir, 'validation-report.json'), name));
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath?: string }[];
    }[];
  }[];
}

function reported(report: string, stack: string): Finding[] {
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  return pluginReports.flatMap(({ pluginName: by, violations }) =>
    violations.flatMap(({ ruleName: rule, violatingConstructs }) =>
      violatingConstructs
        .map(({ constructPath = '' }) => constructPath.split('/'))
        .filter(([first]) => first === stack)
        // What is said of a whole template is said of its stack, whose name differs from one to the next.
        .map((path) => ({ judge: by, rule, file: `${stack}.json`, logicalId: path.slice(1).at(-1) ?? '-' })),
    ),
  );
}

/** What is said of a rule's template and not of the safe one. */
function news(code: string, findings: readonly Finding[]): string[] {
  const said = (file: string) =>
    findings
      .filter((finding) => finding.file === file)
      .map((finding) => `${finding.judge}:${finding.rule}@${finding.logicalId}`);
  const before = new Set(said('safe.json'));
  return [...new Set(said(`${code}.json`))].filter((each) => !before.has(each));
}

void main();
