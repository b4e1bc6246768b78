import { worldsOf, type World } from './conditions';
import { attributeOf, textsOf, type Naming } from './identities';
import { createResolver, type Resolver } from './resolve';
import { expandServerless } from './serverless';
import { asTemplate, isMap, type Template, type TemplateResource } from './template';
import { Value, type Read } from './value';

/** One resource, its properties resolved as they are asked for. */
export class Resource {
  private readonly resolved = new Map<string, unknown>();

  constructor(
    readonly logicalId: string,
    readonly type: string,
    private readonly source: TemplateResource,
    private readonly resolver: Resolver,
  ) {}

  /** Construct path, where the CDK has written it. */
  get path(): string | undefined {
    const path = isMap(this.source.Metadata) ? this.source.Metadata['aws:cdk:path'] : undefined;
    return typeof path === 'string' ? path : undefined;
  }

  /** The property at a path such as `BrokerNodeGroupInfo.InstanceType`. */
  at(path: string): Value {
    const [name = '', ...rest] = path.split('.');
    if (!this.resolved.has(name)) this.resolved.set(name, this.resolver.resolve(this.written(name)));
    const value = new Value(this.resolved.get(name));
    return rest.length > 0 ? value.at(rest.join('.')) : value;
  }

  /** `DeletionPolicy` and `UpdateReplacePolicy` stand beside the properties. */
  attribute(name: 'DeletionPolicy' | 'UpdateReplacePolicy'): Read<string> {
    return new Value(this.resolver.resolve(this.source[name])).string();
  }

  private written(name: string): unknown {
    const properties = this.source.Properties;
    if (properties === undefined || properties === null) return undefined;
    if (!isMap(properties) || Object.keys(properties).some((key) => key.startsWith('Fn::'))) {
      return { 'Fn::Transform': `the properties of ${this.logicalId}` };
    }
    return Object.hasOwn(properties, name) ? properties[name] : undefined;
  }
}

/** The resources of a template, and which is meant by a text. */
export class Graph {
  readonly resources: readonly Resource[];
  private readonly types = new Map<string, Resource[]>();
  private readonly naming: Naming;
  private readonly meanings = new Map<string, Resource>();

  constructor(template: Template, world: World, parameters: Readonly<Record<string, unknown>>) {
    const resolver = createResolver(template, world, parameters);
    const present = Object.entries(template.Resources).filter(
      ([, { Condition }]) => typeof Condition !== 'string' || resolver.conditions.holds(Condition) !== false,
    );
    const byId = new Map(present.map(([id, source]) => [id, new Resource(id, source.Type, source, resolver)] as const));
    this.resources = [...byId.values()];
    this.naming = { property: (id, name) => byId.get(id)?.at(name).raw };
    for (const resource of this.resources) {
      const alike = this.types.get(resource.type);
      if (alike) alike.push(resource);
      else this.types.set(resource.type, [resource]);
      for (const text of textsOf(resource.logicalId, resource.type, this.naming)) {
        this.meanings.set(`${resource.type} ${text}`, resource);
      }
    }
  }

  ofType(type: string): readonly Resource[] {
    return this.types.get(type) ?? [];
  }

  /** What `Fn::GetAtt` gives for `Arn`. */
  arnOf(resource: Resource): string {
    return attributeOf(resource.logicalId, resource.type, 'Arn', this.naming);
  }

  /** The resource that a reference, an ARN or a name means; undefined when it is not in the template. */
  find(text: string, ...types: readonly string[]): Resource | undefined {
    for (const type of types) {
      const found = this.meanings.get(`${type} ${text}`);
      if (found) return found;
    }
    return undefined;
  }
}

/**
 * One graph for every way in which the conditions that are known only at deploy can turn out.
 *
 * @param parameters - values of the template's parameters known from elsewhere; else their defaults count
 * @throws TemplateError
 */
export function graphsOf(source: unknown, parameters: Readonly<Record<string, unknown>> = {}): Graph[] {
  const template = expandServerless(asTemplate(source));
  const worlds = worldsOf(template, (world) => createResolver(template, world, parameters).conditions);
  return worlds.map((world) => new Graph(template, world, parameters));
}

/** Asked by many rules, answered once for each graph. */
export function perGraph<T>(answer: (graph: Graph) => T): (graph: Graph) => T {
  const answers = new WeakMap<Graph, { readonly value: T }>();
  return (graph) => {
    const known = answers.get(graph) ?? { value: answer(graph) };
    answers.set(graph, known);
    return known.value;
  };
}
