import { findingsOf, type Finding } from '../rules';

export type LossFinding = Finding;

/**
 * Ways to lose an event that a template has, for tests of your own stacks:
 * `expect(lossFindings(Template.fromStack(stack))).toEqual([])`.
 *
 * @param template - a template as an object, or `Template` of `aws-cdk-lib/assertions`
 * @throws TemplateError when it is no template
 */
export const lossFindings = (template: object): LossFinding[] =>
  findingsOf(isAssertions(template) ? { Resources: {}, ...template.toJSON() } : template);

const isAssertions = (template: object): template is { toJSON(): object } =>
  'toJSON' in template && typeof template.toJSON === 'function';
