import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import { findingsOf, placeInResource, RULES, type Finding } from '../rules';

/**
 * Refuses, at synthesis, a template from which an accepted event can be lost.
 *
 * `Validations.of(app).addPlugins(new LossRules())`. What a rule finds may be accepted, with a reason, where it belongs:
 * `Validations.of(scope).acknowledge({ id: 'LossRules::LK305', reason: '…' })`; it stays in the report. A finding that
 * depends on a value known only at deploy is a warning. All rules: docs/rules.md.
 */
export class LossRules implements IPolicyValidationPlugin {
  readonly name = 'LossRules';
  readonly ruleIds = RULES.map(({ code }) => code);

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = context.templatePaths.flatMap((templatePath) =>
      findingsOf(JSON.parse(readFileSync(templatePath, 'utf8'))).map((finding) => violation(finding, templatePath)),
    );
    return { success: violations.every(({ severity }) => severity !== 'error'), violations };
  }
}

function violation(finding: Finding, templatePath: string): PolicyViolation {
  const { code, status, severity, message, fix, source, logicalId, property } = finding;
  const undecided = status === 'undecided';
  return {
    ruleName: code,
    description: undecided ? `undecided: ${message}` : message,
    fix: `${fix} (${source})`,
    // Exactly these words, in lower case: after an acknowledgement the CDK takes any other for no failure.
    severity: undecided ? 'warning' : severity,
    violatingResources: [
      { resourceLogicalId: logicalId, templatePath, locations: [placeInResource(property).join('/')] },
    ],
  };
}
