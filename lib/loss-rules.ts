import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Stack as CdkStack,
  Stage,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
} from 'aws-cdk-lib';
import { findingsAmong, placeInResource, RULES, templateFrom, type Finding, type Stack } from '../rules';

/**
 * Refuses, at synthesis, a template from which an accepted event can be lost.
 *
 * `Validations.of(app).addPlugins(new LossRules())`. What a rule finds may be accepted, with a reason, where it belongs:
 * `Validations.of(scope).acknowledge({ id: 'LossRules::LK305', reason: '…' })`; it stays in the report. A finding that
 * depends on a value known only at deploy is a warning. The stacks of an app are judged together, nested ones too: what
 * one imports from another is known. All rules: docs/rules.md.
 *
 * @example
 * ```ts
 * import { App, Stack, Validations } from 'aws-cdk-lib';
 * import { LossRules } from 'cdk-lossless-kafka';
 *
 * const app = new App();
 * Validations.of(app).addPlugins(new LossRules());
 * const stack = new Stack(app, 'Shop');
 * Validations.of(stack).acknowledge({ id: 'LossRules::LK305', reason: 'the group of the old service goes on' });
 * ```
 */
export class LossRules implements IPolicyValidationPlugin {
  readonly name = 'LossRules';
  readonly ruleIds = RULES.map(({ code }) => code);

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const stacks = stacksOf(context);
    const violations = findingsAmong(stacks).flatMap((findings, n) =>
      findings.map((finding) => violation(finding, stacks[n]?.file ?? '')),
    );
    return { success: violations.every(({ severity }) => severity !== 'error'), violations };
  }
}

/** The CDK hands over templates of stacks, and not of those nested in them. */
function stacksOf({ templatePaths, appConstruct }: IPolicyValidationContext): Stack[] {
  const stacks = new Map(templatePaths.map((file) => [file, stackAt(file)]));
  // A construct comes before those inside it: the stack around a nested one is always known.
  for (const construct of appConstruct.node.findAll()) {
    if (!CdkStack.isStack(construct) || !construct.nestedStackParent || !construct.nestedStackResource) continue;
    const stack = stacks.get(fileOf(construct.nestedStackParent));
    if (!stack) continue;
    const logicalId = construct.resolve(construct.nestedStackResource.logicalId) as string;
    stacks.set(fileOf(construct), { ...stackAt(fileOf(construct)), parent: { stack, logicalId } });
  }
  return [...stacks.values()];
}

/** The CDK writes no `Resources` where a stack has none. */
const stackAt = (file: string): Stack => {
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as object;
  return { file, template: templateFrom({ Resources: {}, ...parsed }) };
};
const fileOf = (stack: CdkStack): string => join(Stage.of(stack)?.outdir ?? '', stack.templateFile);

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
