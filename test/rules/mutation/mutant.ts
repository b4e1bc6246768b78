import { findingsAmong, templateFrom, type Finding } from '../../../rules';

/** Templates of a variant by file name, as parsed: to be changed at will, once they are copied. */
export type Templates = Record<string, Template>;
export interface Template {
  Resources: Record<string, Resource>;
  Parameters?: Record<string, object>;
  Conditions?: Record<string, object>;
  Mappings?: Record<string, object>;
  Rules?: Record<string, object>;
  Outputs?: Record<string, object>;
}
export interface Resource {
  Type: string;
  Properties?: Node;
  [attribute: string]: unknown;
}
export type Node = Record<string, unknown>;

/** What was done to a setting, a right or a resource. Each is a row of the report. */
export type Kind =
  | 'weakened'
  | 'removed'
  | 'added'
  | 'parameter without default'
  | 'parameter, safe by default'
  | 'parameter, losing by default'
  | 'parameter, one allowed value loses'
  | 'Fn::If, undecided'
  | 'Fn::If, safe by default'
  | 'resource removed'
  | 'resource under a condition'
  | 'resource added'
  | 'right removed'
  | 'right denied'
  | 'right elsewhere'
  | 'right under a condition'
  | 'right by parameter'
  | 'stricter or as good'
  | 'parameter with safe values alone'
  | 'Fn::If, always safe'
  | 'another spelling'
  | 'another right'
  | 'unrelated';

/** One change of a safe variant. */
export interface Mutant {
  readonly kind: Kind;
  /** File, logical id and path. */
  readonly at: string;
  /** What stands there now. */
  readonly change: string;
  /** What is lost, in one clause; a harmless change has none. */
  readonly loses?: string;
  /** The template itself says it: undecided is no answer then. */
  readonly certain: boolean;
  readonly apply: (templates: Templates) => void;
}

export const copied = (templates: Templates): Templates => JSON.parse(JSON.stringify(templates)) as Templates;

/** Which stack is nested where: file → file and logical id of the resource around it. */
export type Nesting = Readonly<Record<string, readonly [file: string, logicalId: string]>>;

/** All findings of the templates, judged together. */
export function judged(templates: Templates, nesting: Nesting = {}): Finding[] {
  const stacks = new Map(
    Object.entries(templates).map(([file, template]) => [file, { file, template: templateFrom(template) }]),
  );
  const linked = new Map<string, Parameters<typeof findingsAmong>[0][number]>(stacks);
  for (const [file, [around, logicalId]] of Object.entries(nesting)) {
    const [stack, parent] = [linked.get(file), linked.get(around)];
    if (stack && parent) linked.set(file, Object.assign(stack, { parent: { stack: parent, logicalId } }));
  }
  return findingsAmong([...linked.values()]).flat();
}

/** Findings that were not there before; counted by code and answer, as a change may rename what it touches. */
export function fresh(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  const left = new Map<string, number>();
  const key = ({ code, status, severity }: Finding) => `${code} ${status} ${severity}`;
  for (const finding of before) left.set(key(finding), (left.get(key(finding)) ?? 0) + 1);
  return after.filter((finding) => {
    const known = left.get(key(finding)) ?? 0;
    left.set(key(finding), known - 1);
    return known <= 0;
  });
}

export type Outcome = 'caught' | 'missed' | 'quiet' | 'false alarm';

/** What the rules say of a mutant. */
export function outcomeOf({ loses, certain }: Mutant, findings: readonly Finding[]): Outcome {
  if (loses === undefined) return findings.length === 0 ? 'quiet' : 'false alarm';
  return findings.some(({ status }) => !certain || status === 'fail') ? 'caught' : 'missed';
}
