import { basename } from 'node:path';
import { Choices } from './choices';
import { PossibleTexts } from './possible-texts';
import { createResolver, type Neighbours, type Resolver } from './resolve';
import { isKnown } from './symbols';
import { isMap, type Section, type Template } from './template';

/** A stack, judged by itself or together with others. */
export interface Stack {
  /** File of its template; several stacks may be made of one. */
  readonly file: string;
  readonly template: Template;
  /** Where it is nested: the stack around it, and which resource of that it is. */
  readonly parent?: { readonly stack: Stack; readonly logicalId: string };
}

/** What parameters of stacks that are not nested are given, by their names. */
export type Given = Readonly<Record<string, string>>;

/** A stack, and what its template says. */
export interface Said {
  readonly stack: Stack;
  /** Stands before the names of what is this stack's own; nothing where it is judged alone. */
  readonly scope: string;
  readonly resolver: Resolver;
  readonly choices: Choices;
  /** False for a stack nested in another under a condition that does not hold. */
  readonly isThere: () => boolean;
}

/** What the stacks of a group say, however a deploy decides. */
export const saidBy = (group: readonly Stack[], given: Given, choices: Choices): readonly Said[] =>
  new LinkedStacks(group, given, choices).said;

/**
 * Stacks of which one imports what another exports, or is nested in another, form a group: they lie in one account and
 * region. An export that two stacks have is nobody's, as nothing says which is meant.
 */
export function groupsOf(stacks: readonly Stack[], given: Given): Stack[][] {
  const choices = new Choices();
  const linked = new LinkedStacks(stacks, given, choices);
  let groups = stacks.map((stack) => [stack]);
  const join = (one: Stack, other: Stack | undefined): void => {
    const [left, right] = [one, other].map((stack) => groups.find((group) => group.some((each) => each === stack)));
    if (!left || !right || left === right) return;
    const whole = [...left, ...right];
    groups = groups.map((group) => (group === left ? whole : group)).filter((group) => group !== right);
  };
  for (const { stack, resolver } of linked.said) {
    join(stack, stack.parent?.stack);
    for (const name of importsIn(stack.template.Resources)) {
      const exporters = choices.possible(() => linked.exporterOf(resolver.resolve(name))) ?? [];
      for (const exporter of new Set(exporters)) join(stack, exporter);
    }
  }
  return groups;
}

/** What is to be resolved for every `Fn::ImportValue` of a value. */
function importsIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(importsIn);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === 'Fn::ImportValue' ? [item] : importsIn(item)));
}

function scopesOf(stacks: readonly Stack[]): string[] {
  if (stacks.length === 1) return [''];
  const names = stacks.map(({ file }) =>
    basename(file)
      .replace(/\.(json|ya?ml|template)$/, '')
      .replace(/(\.nested)?\.template$/, ''),
  );
  return names.map((name, n) => `${name}${names.indexOf(name) === n ? '' : `~${n}`}/`);
}

interface Output {
  readonly stack: Stack;
  readonly name: string;
}

/** Stacks whose resolvers ask each other for exports, parameters and outputs. */
class LinkedStacks {
  readonly said: readonly Said[];
  private readonly exports: PossibleTexts<Output>;
  /** Outputs that are being resolved: stacks may ask each other in a circle. */
  private readonly underway = new Set<Section>();

  constructor(
    private readonly stacks: readonly Stack[],
    private readonly given: Given,
    choices: Choices,
  ) {
    const scopes = scopesOf(stacks);
    this.said = stacks.map((stack, n): Said => {
      const scope = scopes[n] ?? '';
      const resolver = createResolver(stack.template, choices, scope, this.neighboursOf(stack));
      return { stack, scope, resolver, choices, isThere: () => this.isThere(stack) };
    });
    const namesOf = (output: Output): string[] => this.exportNames(output);
    // None while the names of exports are read: they cannot be imported.
    this.exports = new PossibleTexts<Output>(choices, [], namesOf);
    this.exports = new PossibleTexts(choices, outputsOf(this.said), namesOf);
  }

  /** The stack that exports so; an export that two stacks have is nobody's. */
  exporterOf(name: unknown): Stack | undefined {
    return typeof name === 'string' ? this.exported(name)?.stack : undefined;
  }

  private neighboursOf(stack: Stack): Neighbours {
    const { parent } = stack;
    return {
      imported: (name) => {
        const found = this.exported(name);
        return found && this.valueOf(found.stack, found.name);
      },
      given: (name) => {
        if (parent) return this.givenBy(parent.stack, parent.logicalId, name);
        return Object.hasOwn(this.given, name) ? this.given[name] : undefined;
      },
      nested: (logicalId, output) => {
        const inner = this.stacks.find((each) => each.parent?.stack === stack && each.parent.logicalId === logicalId);
        return inner && this.valueOf(inner, output);
      },
    };
  }

  private resolverOf = (stack: Stack): Resolver | undefined => this.said.find((each) => each.stack === stack)?.resolver;

  private isThere({ parent }: Stack): boolean {
    if (!parent) return true;
    const { stack, logicalId } = parent;
    const [resource, resolver] = [stack.template.Resources[logicalId], this.resolverOf(stack)];
    return !(resource && resolver && isGone(resource, resolver)) && this.isThere(stack);
  }

  private valueOf(stack: Stack, name: string): unknown {
    const { underway } = this;
    const output = Object.hasOwn(stack.template.Outputs, name) ? stack.template.Outputs[name] : undefined;
    const resolver = this.resolverOf(stack);
    if (!isMap(output) || !resolver || underway.has(output) || isGone(output, resolver)) return undefined;
    underway.add(output);
    const value = resolver.resolve(output['Value']);
    underway.delete(output);
    return value;
  }

  private givenBy(stack: Stack, logicalId: string, name: string): unknown {
    const properties = stack.template.Resources[logicalId]?.Properties;
    const parameters = isMap(properties) ? properties['Parameters'] : undefined;
    return isMap(parameters) && Object.hasOwn(parameters, name)
      ? this.resolverOf(stack)?.resolve(parameters[name])
      : undefined;
  }

  private exportNames({ stack, name }: Output): string[] {
    const output = stack.template.Outputs[name];
    const own = isMap(output) && isMap(output['Export']) ? output['Export']['Name'] : undefined;
    const text = own === undefined ? undefined : this.resolverOf(stack)?.resolve(own);
    return typeof text === 'string' && isKnown(text) ? [text] : [];
  }

  private exported(name: string): Output | undefined {
    const [found, another] = this.exports.of(name).filter(({ stack, name: output }) => {
      const [declared, resolver] = [stack.template.Outputs[output], this.resolverOf(stack)];
      return isMap(declared) && resolver && !isGone(declared, resolver);
    });
    return another ? undefined : found;
  }
}

const outputsOf = (said: readonly Said[]): Output[] =>
  said.flatMap(({ stack }) => Object.keys(stack.template.Outputs).map((name) => ({ stack, name })));

/** Under a condition that does not hold. */
const isGone = ({ Condition }: { readonly Condition?: unknown }, { conditions }: Resolver): boolean =>
  typeof Condition === 'string' && !conditions.holds(Condition);
