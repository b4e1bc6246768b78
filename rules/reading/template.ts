/** A CloudFormation template, as far as it is known to be well-formed once `asTemplate` has taken it. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters: Section;
  readonly Mappings: Section;
  readonly Conditions: Section;
  /** What CloudFormation asks of parameters together before it deploys. */
  readonly Rules: Section;
  readonly Outputs: Section;
  /** SAM's defaults for functions. */
  readonly Globals: Section;
  /** Macros that CloudFormation runs over the whole template before it deploys it. */
  readonly Transform: readonly unknown[];
  /** Parts that only CloudFormation can write out: loops over what a deploy decides. */
  readonly unwritten: readonly string[];
}
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly Metadata?: unknown;
  readonly Condition?: unknown;
  readonly DeletionPolicy?: unknown;
  readonly UpdateReplacePolicy?: unknown;
}
export type Section = Readonly<Record<string, unknown>>;

/** The template cannot be judged at all. The message says what, got, want, fix. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Deeper than any template that CloudFormation takes; what is deeper would overflow the stack of whoever reads it. */
export const DEEPEST = 100;

export const isMap = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws TemplateError when the value is no object, or one that is nested without end */
export function bounded(value: unknown): Section {
  if (!isMap(value))
    throw new TemplateError(`template: got ${kindOf(value)}, want an object with Resources; check the file`);
  if (deeperThan(value, DEEPEST)) {
    throw new TemplateError(`template: got values nested more than ${DEEPEST} deep, want fewer; check how it was made`);
  }
  return value;
}

/** @throws TemplateError when the value is no template, or one of which a part cannot be seen */
export function asTemplate(value: Section, unwritten: readonly string[] = []): Template {
  const resources = value['Resources'];
  if (!isMap(resources)) {
    throw new TemplateError(
      `template: Resources: got ${kindOf(resources)}, want an object; give it a CloudFormation template`,
    );
  }
  const entries = Object.entries(resources).map(([id, resource]) => [id, asResource(id, resource)] as const);
  return {
    Resources: Object.fromEntries(entries),
    Parameters: section(value, 'Parameters'),
    Mappings: section(value, 'Mappings'),
    Conditions: section(value, 'Conditions'),
    Rules: section(value, 'Rules'),
    Outputs: section(value, 'Outputs'),
    Globals: section(value, 'Globals'),
    Transform: [value['Transform'] ?? []].flat(),
    unwritten,
  };
}

function asResource(id: string, resource: unknown): TemplateResource {
  if (!isMap(resource) || typeof resource['Type'] !== 'string') {
    const got = isMap(resource) ? `Type ${kindOf(resource['Type'])}` : kindOf(resource);
    throw new TemplateError(`template: resource ${id}: got ${got}, want an object with a Type; correct it`);
  }
  return resource as unknown as TemplateResource;
}

function section(template: Section, name: string): Section {
  const value = template[name] ?? {};
  if (isMap(value)) return value;
  throw new TemplateError(`template: ${name}: got ${kindOf(value)}, want an object; correct it`);
}

/** Looks without recursion, as depth is what is asked. */
function deeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? (Object.values(item) as unknown[]) : [],
    );
  }
  return false;
}

export const kindOf = (value: unknown): string =>
  value === undefined
    ? 'nothing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'a list'
        : `a ${typeof value}`.replace('a object', 'an object');
