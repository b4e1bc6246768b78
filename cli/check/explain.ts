import { RULES } from '../../rules';

/** One line for each rule. */
export const listOfRules = (): string =>
  RULES.map(({ code, name, severity, why }) => `${code} ${severity.padEnd(7)} ${name}: ${why}\n`).join('');

/**
 * All that is known of one rule.
 *
 * @throws when there is none of that code or name
 */
export function explained(asked: string): string {
  const rule = RULES.find(({ code, name }) => code === asked.toUpperCase() || name === asked);
  if (!rule) {
    throw new Error(
      `--explain: got ${JSON.stringify(asked)}, want the code or name of a rule; --list-rules names them all`,
    );
  }
  const { code, name, severity, why, fix, source } = rule;
  return [
    `${code} ${name} (${severity})`,
    `  lost: ${why}`,
    `  fix in CDK: ${fix.cdk}`,
    `  fix in CloudFormation: ${fix.cloudFormation}`,
    `  source: ${source}`,
    `  acknowledge: Validations.of(scope).acknowledge({ id: 'LossRules::${code}', reason: '…' }), or { code: ${code}, logicalId: …, reason: … } in a file`,
    '',
  ].join('\n');
}
