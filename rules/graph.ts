import { attributeOf, textsOf, type Naming } from './identities';
import type { Resolver } from './resolve';
import { saidBy, type Said, type Stack } from './stacks';
import { isMap, type TemplateResource } from './template';
import { Value, type Read } from './value';

/** One resource, its properties resolved as they are asked for. */
export class Resource {
  private readonly resolved = new Map<string, unknown>();

  /** Tells it apart from what other stacks call by the same logical id. */
  readonly id: string;
  readonly stack: Stack;
  private readonly resolver: Resolver;

  constructor(
    { stack, scope, resolver }: Said,
    readonly logicalId: string,
    readonly type: string,
    private readonly source: TemplateResource,
  ) {
    this.id = scope + logicalId;
    this.stack = stack;
    this.resolver = resolver;
  }

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

  /** Its properties, or some of them, exist only after a macro or an include. */
  get isTransformed(): boolean {
    const properties = this.source.Properties;
    if (properties === undefined || properties === null) return false;
    return !isMap(properties) || Object.keys(properties).some((key) => key.startsWith('Fn::'));
  }

  /** All it says, unresolved, in one text. */
  get text(): string {
    return JSON.stringify(this.source.Properties) ?? '';
  }

  private written(name: string): unknown {
    const properties = this.source.Properties;
    if (properties === undefined || properties === null) return undefined;
    if (!isMap(properties) || this.isTransformed) {
      return { 'Fn::Transform': `the properties of ${this.logicalId}` };
    }
    return Object.hasOwn(properties, name) ? properties[name] : undefined;
  }
}

/** The resources of a stack, or of several that are deployed together; and which is meant by a text. */
export class Graph {
  readonly resources: readonly Resource[];
  private readonly types = new Map<string, Resource[]>();
  private readonly naming: Naming;
  private readonly meanings = new Map<string, Resource>();

  constructor(readonly stacks: readonly Said[]) {
    this.resources = stacks.flatMap((said) =>
      Object.entries(said.stack.template.Resources)
        .filter(
          ([, { Condition }]) => typeof Condition !== 'string' || said.resolver.conditions.holds(Condition) !== false,
        )
        .map(([id, source]) => new Resource(said, id, source.Type, source)),
    );
    const byId = new Map(this.resources.map((resource) => [resource.id, resource]));
    this.naming = { property: (id, name) => byId.get(id)?.at(name).raw };
    for (const resource of this.resources) {
      const alike = this.types.get(resource.type);
      if (alike) alike.push(resource);
      else this.types.set(resource.type, [resource]);
      for (const text of textsOf(resource.id, resource.type, this.naming)) {
        this.meanings.set(`${resource.type} ${text}`, resource);
      }
    }
  }

  ofType(type: string): readonly Resource[] {
    return this.types.get(type) ?? [];
  }

  /** What `Fn::GetAtt` gives for `Arn`. */
  arnOf(resource: Resource): string {
    return attributeOf(resource.id, resource.type, 'Arn', this.naming);
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

/** One graph for every way in which the conditions that are known only at deploy can turn out. */
export const graphsOf = (group: readonly Stack[]): Graph[] => saidBy(group).map((said) => new Graph(said));

/** Asked by many rules, answered once for each graph. */
export function perGraph<T>(answer: (graph: Graph) => T): (graph: Graph) => T {
  const answers = new WeakMap<Graph, { readonly value: T }>();
  return (graph) => {
    const known = answers.get(graph) ?? { value: answer(graph) };
    answers.set(graph, known);
    return known.value;
  };
}
