import { basename } from 'node:path';
import { Choices } from './choices';
import { PossibleTexts } from './possible-texts';
import { createResolver, type Resolver } from './resolve';
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
  link(group, given, choices).said;

/**
 * Stacks of which one imports what another exports, or is nested in another, form a group: they lie in one account and
 * region. An export that two stacks have is nobody's, as nothing says which is meant.
 */
export function groupsOf(stacks: readonly Stack[], given: Given): Stack[][] {
  const choices = new Choices();
  const { said, exporterOf } = link(stacks, given, choices);
  let groups = stacks.map((stack) => [stack]);
  const join = (one: Stack, other: Stack | undefined): void => {
    const [left, right] = [one, other].map((stack) => groups.find((group) => group.some((each) => each === stack)));
    if (!left || !right || left === right) return;
    const whole = [...left, ...right];
    groups = groups.map((group) => (group === left ? whole : group)).filter((group) => group !== right);
  };
  for (const { stack, resolver } of said) {
    join(stack, stack.parent?.stack);
    for (const name of importsIn(stack.template.Resources)) {
      const exporters = choices.possible(() => exporterOf(resolver.resolve(name))) ?? [];
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

/** Resolvers that ask each other for exports, parameters and outputs. */
function link(stacks: readonly Stack[], given: Given, choices: Choices) {
  const scopes = scopesOf(stacks);
  /** Outputs that are being resolved: stacks may ask each other in a circle. */
  const underway = new Set<Section>();

  const said = stacks.map((stack, n): Said => {
    const scope = scopes[n] ?? '';
    const { template, parent } = stack;
    const resolver = createResolver(template, choices, scope, {
      imported: (name) => {
        const found = exported(name);
        return found && valueOf(found.stack, found.name);
      },
      given: (name) => {
        if (parent) return givenBy(parent.stack, parent.logicalId, name);
        return Object.hasOwn(given, name) ? given[name] : undefined;
      },
      nested: (logicalId, output) => {
        const inner = stacks.find((each) => each.parent?.stack === stack && each.parent.logicalId === logicalId);
        return inner && valueOf(inner, output);
      },
    });
    return { stack, scope, resolver, choices, isThere: () => isThere(stack) };
  });
  const resolverOf = (stack: Stack): Resolver | undefined => said.find((each) => each.stack === stack)?.resolver;

  function isThere({ parent }: Stack): boolean {
    if (!parent) return true;
    const { stack, logicalId } = parent;
    const [resource, resolver] = [stack.template.Resources[logicalId], resolverOf(stack)];
    return !(resource && resolver && isGone(resource, resolver)) && isThere(stack);
  }

  function valueOf(stack: Stack, name: string): unknown {
    const output = Object.hasOwn(stack.template.Outputs, name) ? stack.template.Outputs[name] : undefined;
    const resolver = resolverOf(stack);
    if (!isMap(output) || !resolver || underway.has(output) || isGone(output, resolver)) return undefined;
    underway.add(output);
    const value = resolver.resolve(output['Value']);
    underway.delete(output);
    return value;
  }

  function givenBy(stack: Stack, logicalId: string, name: string): unknown {
    const properties = stack.template.Resources[logicalId]?.Properties;
    const parameters = isMap(properties) ? properties['Parameters'] : undefined;
    return isMap(parameters) && Object.hasOwn(parameters, name)
      ? resolverOf(stack)?.resolve(parameters[name])
      : undefined;
  }

  function exportNames({ stack, name }: Output): string[] {
    const output = stack.template.Outputs[name];
    const own = isMap(output) && isMap(output['Export']) ? output['Export']['Name'] : undefined;
    const text = own === undefined ? undefined : resolverOf(stack)?.resolve(own);
    return typeof text === 'string' && isKnown(text) ? [text] : [];
  }

  // None while the names of exports are read: they cannot be imported.
  let exports = new PossibleTexts<Output>(choices, [], exportNames);
  exports = new PossibleTexts(choices, outputsOf(said), exportNames);

  /** An export that two stacks have is nobody's. */
  function exported(name: string): Output | undefined {
    const [found, another] = exports.of(name).filter(({ stack, name: output }) => {
      const [declared, resolver] = [stack.template.Outputs[output], resolverOf(stack)];
      return isMap(declared) && resolver && !isGone(declared, resolver);
    });
    return another ? undefined : found;
  }

  const exporterOf = (name: unknown): Stack | undefined =>
    typeof name === 'string' ? exported(name)?.stack : undefined;
  return { said, exporterOf };
}

const outputsOf = (said: readonly Said[]): Output[] =>
  said.flatMap(({ stack }) => Object.keys(stack.template.Outputs).map((name) => ({ stack, name })));

/** Under a condition that does not hold. */
const isGone = ({ Condition }: { readonly Condition?: unknown }, { conditions }: Resolver): boolean =>
  typeof Condition === 'string' && !conditions.holds(Condition);
