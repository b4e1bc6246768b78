import { basename } from 'node:path';
import { conditionsThatMatter, worldsOf, type World } from './conditions';
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

/** A stack, and what its template says in one world. */
export interface Said {
  readonly stack: Stack;
  /** Stands before the names of what is this stack's own; nothing where it is judged alone. */
  readonly scope: string;
  readonly resolver: Resolver;
}

/** What the stacks of a group say in each world in which they may be deployed. */
export function saidBy(group: readonly Stack[]): Said[][] {
  const scopes = scopesOf(group);
  const declared = Object.fromEntries(
    group.flatMap(({ template }, n) =>
      conditionsThatMatter(template).map((name) => [`${scopes[n]}${name}`, template.Conditions[name]] as const),
    ),
  );
  const worlds = worldsOf(declared, (world) => {
    const { said } = link(group, world);
    return (name) => {
      const owner = said.find(({ scope, stack }) => name.startsWith(scope) && isIn(stack, name.slice(scope.length)));
      return owner?.resolver.conditions.holds(name.slice(owner.scope.length));
    };
  });
  return worlds.map((world) => link(group, world).said);
}

const isIn = ({ template }: Stack, condition: string): boolean => Object.hasOwn(template.Conditions, condition);

/**
 * Stacks of which one imports what another exports, or is nested in another, form a group: they lie in one account and
 * region. An export that two stacks have is nobody's, as nothing says which is meant.
 */
export function groupsOf(stacks: readonly Stack[]): Stack[][] {
  const { said, exporterOf } = link(stacks, {});
  let groups = stacks.map((stack) => [stack]);
  const join = (one: Stack, other: Stack | undefined): void => {
    const [left, right] = [one, other].map((stack) => groups.find((group) => group.some((each) => each === stack)));
    if (!left || !right || left === right) return;
    const whole = [...left, ...right];
    groups = groups.map((group) => (group === left ? whole : group)).filter((group) => group !== right);
  };
  for (const { stack, resolver } of said) {
    join(stack, stack.parent?.stack);
    for (const name of importsIn(stack.template.Resources)) join(stack, exporterOf(resolver.resolve(name)));
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

type Export = { readonly stack: Stack; readonly output: string } | 'of several';

/** Resolvers that ask each other for exports, parameters and outputs. */
function link(stacks: readonly Stack[], world: World) {
  const scopes = scopesOf(stacks);
  const exports = new Map<string, Export>();
  /** Outputs that are being resolved: stacks may ask each other in a circle. */
  const underway = new Set<Section>();

  const said = stacks.map((stack, n): Said => {
    const scope = scopes[n] ?? '';
    const { template, parent } = stack;
    const resolver = createResolver(template, world, scope, {
      imported: (name) => {
        const found = exports.get(name);
        return found === undefined || found === 'of several' ? undefined : valueOf(found.stack, found.output);
      },
      given: (name) => (parent ? givenBy(parent.stack, parent.logicalId, name) : undefined),
      nested: (logicalId, output) => {
        const inner = stacks.find((each) => each.parent?.stack === stack && each.parent.logicalId === logicalId);
        return inner && valueOf(inner, output);
      },
    });
    return { stack, scope, resolver };
  });
  const resolverOf = (stack: Stack): Resolver | undefined => said.find((each) => each.stack === stack)?.resolver;

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

  for (const { stack, resolver } of said) {
    for (const [output, declared] of Object.entries(stack.template.Outputs)) {
      const name =
        isMap(declared) && isMap(declared['Export']) ? resolver.resolve(declared['Export']['Name']) : undefined;
      if (typeof name !== 'string' || !isKnown(name) || isGone(declared as Section, resolver)) continue;
      exports.set(name, exports.has(name) ? 'of several' : { stack, output });
    }
  }
  const exporterOf = (name: unknown): Stack | undefined => {
    const found = typeof name === 'string' ? exports.get(name) : undefined;
    return found === 'of several' ? undefined : found?.stack;
  };
  return { said, exporterOf };
}

/** Under a condition that does not hold. */
const isGone = ({ Condition }: Section, { conditions }: Resolver): boolean =>
  typeof Condition === 'string' && conditions.holds(Condition) === false;
