import { findingsAmong, RULES, templateFrom, type Finding, type Stack } from '../../rules';
import { inlineReason } from '../check/acknowledge';
import type { Deployed, DeployedStack } from './deployed';
import type { Drift } from './drift';
import { overlaid } from './overlay';
import { PUT_BACK, type Seen } from './reading';

/**
 * Judges what is deployed by the loss rules: what they find in it, and do not find in its templates, has come since. What
 * a template acknowledges stays acknowledged.
 */
export function newFindings(stacks: readonly DeployedStack[], seen: readonly Seen[]): Drift[] {
  const before = findingsAmong(asStacks(stacks, []));
  const now = asStacks(stacks, seen);
  return findingsAmong(now).flatMap((found, n) => {
    const known = new Set((before[n] ?? []).map(signOf));
    return found
      .filter((finding) => !known.has(signOf(finding)) && inlineReason(now[n], { ...finding, file: '' }) === undefined)
      .flatMap((finding) => driftOf(stacks[n]!, finding));
  });
}

const signOf = ({ code, logicalId, property, found }: Finding): string =>
  JSON.stringify([code, logicalId, property, found]);

function driftOf(stack: DeployedStack, finding: Finding): Drift[] {
  const of = stack.resources.find(({ logicalId }) => logicalId === finding.logicalId);
  const rule = RULES.find(({ code }) => code === finding.code);
  if (!of || !rule) return [];
  const { code, severity, status, property, found, wanted, source } = finding;
  const fix = `${PUT_BACK}; what the rule asks for: ${finding.fix}`;
  return [{ of, code, name: rule.name, severity, status, property, found, wanted, why: rule.why, fix, source }];
}

function asStacks(stacks: readonly DeployedStack[], seen: readonly Seen[]): Stack[] {
  const made = new Map<DeployedStack, Stack>();
  for (const stack of stacks) {
    const own = seen.filter(({ of }) => of.stack === stack);
    const around = stack.parent && made.get(stack.parent.stack);
    made.set(stack, {
      file: stack.name,
      template: templateFrom({ ...stack.template, Resources: resourcesOf(stack, own) }),
      ...(stack.parent && around && { parent: { stack: around, logicalId: stack.parent.logicalId } }),
    });
  }
  return [...made.values()];
}

function resourcesOf(stack: DeployedStack, seen: readonly Seen[]): Readonly<Record<string, unknown>> {
  const resources: Record<string, unknown> = { ...stack.template.Resources };
  for (const { of, properties = {} } of seen) {
    const resource = resources[of.logicalId] as { readonly Properties?: Readonly<Record<string, unknown>> };
    const own = { ...resource.Properties };
    for (const [name, said] of Object.entries(properties)) {
      if (said === undefined) delete own[name];
      else own[name] = overlaid(own[name], said, stack.values);
    }
    resources[of.logicalId] = { ...resource, Properties: own };
  }
  return resources;
}

/** A property that is not what the template says; it may be for the better. */
export interface Change {
  readonly of: Deployed;
  readonly property: string;
}

/** What the template writes and reality has otherwise. Of what services add by themselves nothing is said. */
export const changesIn = (seen: readonly Seen[]): Change[] =>
  seen.flatMap(({ of, properties = {} }) =>
    Object.entries(properties)
      .filter(([name, said]) => of.properties[name] !== undefined && !of.stack.values.holds(of.properties[name], said))
      .map(([property]) => ({ of, property })),
  );
