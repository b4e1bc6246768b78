import { intrinsicIn } from '../../cloudformation/intrinsics';
import { Candidates } from './candidates';
import { Choices, Memo, Memos } from './choices';
import { attributeOf, textsOf, type Naming } from './identities';
import { PossibleTexts } from './possible-texts';
import type { Resolver } from './resolve';
import { saidBy, type Given, type Said, type Stack } from './stacks';
import { isMap, type TemplateResource } from './template';
import { certainly, Value, type Read } from './value';

/** One resource, its properties resolved as they are asked for. */
export class Resource {
  private readonly values: Memos<string, Value>;
  private written: string | undefined;

  /** Tells it apart from what other stacks call by the same logical id. */
  readonly id: string;
  readonly stack: Stack;
  private readonly resolver: Resolver;

  constructor(
    private readonly said: Said,
    readonly logicalId: string,
    readonly type: string,
    private readonly source: TemplateResource,
  ) {
    this.id = said.scope + logicalId;
    this.stack = said.stack;
    this.resolver = said.resolver;
    this.values = new Memos(said.choices);
  }

  /** False under a condition that does not hold. */
  get isThere(): boolean {
    const { Condition: condition } = this.source;
    return (typeof condition !== 'string' || this.resolver.conditions.holds(condition)) && this.said.isThere();
  }

  /** Construct path, where the CDK has written it. */
  get path(): string | undefined {
    const path = isMap(this.source.Metadata) ? this.source.Metadata['aws:cdk:path'] : undefined;
    return typeof path === 'string' ? path : undefined;
  }

  /** The property at a path such as `BrokerNodeGroupInfo.InstanceType`. */
  at(path: string): Value {
    return this.values.get(path, () => this.read(path.split('.')));
  }

  /** Names of the properties at a path; some of them may turn out to have no value. */
  namesAt(path: string): readonly string[] {
    const { written, rest } = this.walk(path.split('.'));
    if (rest.length === 0 && isMap(written) && !intrinsicIn(written)) return Object.keys(written);
    const value = this.at(path).object();
    return value.kind === 'known' ? Object.keys(value.value) : [];
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
    return (this.written ??= JSON.stringify(this.source.Properties) ?? '');
  }

  /** Resolves no more than lies at the path: the rest may depend on what is not asked. */
  private read(path: readonly string[]): Value {
    const properties = this.source.Properties;
    if (properties === undefined || properties === null) return new Value(undefined);
    if (!isMap(properties) || this.isTransformed) {
      const whole = this.resolver.resolve({ 'Fn::Transform': `the properties of ${this.logicalId}` });
      return new Value(whole).at(path.join('.'));
    }
    const { written, rest } = this.walk(path);
    const value = new Value(this.resolver.resolve(written));
    return rest.length > 0 ? value.at(rest.join('.')) : value;
  }

  /** What is written at the path, or at the part of it that no function stands in the way of. */
  private walk(path: readonly string[]): { readonly written: unknown; readonly rest: readonly string[] } {
    let written = this.source.Properties;
    for (const [n, name] of path.entries()) {
      if (!isMap(written) || intrinsicIn(written)) return { written, rest: path.slice(n) };
      written = Object.hasOwn(written, name) ? written[name] : undefined;
    }
    return { written, rest: [] };
  }
}

/** The resources of a stack, or of several that are deployed together; and which is meant by a text. */
export class Graph {
  /** Those that there are, as the deploy is taken to decide. */
  readonly resources: Candidates<Resource>;
  private readonly types = new Map<string, Resource[]>();
  private readonly naming: Naming;
  private readonly named = new Map<string, PossibleTexts<Resource>>();
  private readonly references = new Map<string, PossibleTexts<Resource>>();
  readonly stacks: readonly Said[];
  readonly choices = new Choices();

  constructor(group: readonly Stack[], given: Given) {
    this.stacks = saidBy(group, given, this.choices);
    const all = this.stacks.flatMap((said) =>
      Object.entries(said.stack.template.Resources).map(([id, source]) => new Resource(said, id, source.Type, source)),
    );
    this.resources = existing(all);
    for (const resource of all) {
      const alike = this.types.get(resource.type);
      if (alike) alike.push(resource);
      else this.types.set(resource.type, [resource]);
    }
    const byId = new Map(all.map((resource) => [resource.id, resource]));
    this.naming = { property: (id, name) => byId.get(id)?.at(name).raw };
  }

  /** Every resource of a type, those included that there are under conditions alone. */
  everyOfType(type: string): readonly Resource[] {
    return this.types.get(type) ?? [];
  }

  ofType(...types: readonly string[]): Candidates<Resource> {
    return existing(types.flatMap((type) => this.everyOfType(type)));
  }

  /** What `Fn::GetAtt` gives for `Arn`. */
  arnOf(resource: Resource): string {
    return attributeOf(resource.id, resource.type, 'Arn', this.naming);
  }

  /** The resource that a reference, an ARN or a name means; undefined when it is not in the template. */
  find(text: string, ...types: readonly string[]): Resource | undefined {
    for (const type of types) {
      const found = this.namedOf(type)
        .of(text)
        .findLast(({ isThere }) => isThere);
      if (found) return found;
    }
    return undefined;
  }

  /** Whether that is for certain what a reference, an ARN or a name means. */
  means(text: Read<string>, resource: Resource): boolean {
    return certainly(text, (name) => this.find(name, resource.type) === resource);
  }

  /** Resources that name another at a path, alone or in a list; of those, some may mean it only by a name it shares. */
  referring(to: Resource, path: string, ...types: readonly string[]): Candidates<Resource> {
    const texts = new Set(textsOf(to.id, to.type, this.naming));
    const found = types.flatMap((type) => [...texts].flatMap((text) => this.referencesAt(type, path).of(text)));
    return existing([...new Set(found)]);
  }

  private referencesAt(type: string, path: string): PossibleTexts<Resource> {
    const key = `${type} ${path}`;
    const known =
      this.references.get(key) ??
      new PossibleTexts(this.choices, this.everyOfType(type), (resource) => {
        const value = resource.at(path);
        const list = value.list();
        const texts = (list.kind === 'known' ? list.value : [value]).map((item) => item.text());
        return texts.flatMap((text) => (text.kind === 'known' ? [text.value] : []));
      });
    this.references.set(key, known);
    return known;
  }

  private namedOf(type: string): PossibleTexts<Resource> {
    const known =
      this.named.get(type) ??
      new PossibleTexts(this.choices, this.everyOfType(type), ({ id }) => textsOf(id, type, this.naming));
    this.named.set(type, known);
    return known;
  }
}

const existing = (resources: readonly Resource[]): Candidates<Resource> =>
  new Candidates(resources, ({ isThere }) => isThere);

/** Asked by many rules, answered once for each graph and way in which a deploy can decide. */
export function perGraph<T>(answer: (graph: Graph) => T): (graph: Graph) => T {
  const memos = new WeakMap<Graph, Memo<T>>();
  return (graph) => {
    const memo = memos.get(graph) ?? new Memo(graph.choices, () => answer(graph));
    memos.set(graph, memo);
    return memo.get();
  };
}

/** The same for what is asked of a resource. */
export function perResource<T>(
  answer: (graph: Graph, resource: Resource) => T,
): (graph: Graph, resource: Resource) => T {
  const graphs = new WeakMap<Graph, Memos<Resource, T>>();
  return (graph, resource) => {
    const memos = graphs.get(graph) ?? new Memos(graph.choices);
    graphs.set(graph, memos);
    return memos.get(resource, () => answer(graph, resource));
  };
}
