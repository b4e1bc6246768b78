import { attributeIn, intrinsicIn, substituted, type Attribute, type Intrinsic } from '../../cloudformation/intrinsics';
import { ACCOUNT, attribute, PARTITION, physicalId, REGION, type PhysicalWorld } from './identity';
import { propertiesOf, type Properties } from './properties';
import { constructPath, type Resource, type Template } from './resource';

/** Gives template values their local meaning. */
export interface Resolver {
  /** The value with every intrinsic function replaced. Throws, naming `where`, for what has no local meaning. */
  resolve(value: unknown, where: string): unknown;
  /** A resource's properties, resolved one by one: only those asked for need a local meaning. */
  properties(logicalId: string): Properties;
  /** Resources of one type, or of the types that match, in the template's order. */
  ofType(type: string | RegExp): readonly (readonly [logicalId: string, resource: Resource])[];
}

export const createResolver = (template: Template, stackName: string, world: PhysicalWorld): Resolver =>
  new LocalResolver(template, stackName, world);

class LocalResolver implements Resolver {
  private readonly resources: Readonly<Record<string, Resource>>;
  private readonly pseudo: Readonly<Record<string, unknown>>;

  constructor(
    private readonly template: Template,
    stackName: string,
    private readonly world: PhysicalWorld,
  ) {
    this.resources = template.Resources ?? {};
    this.pseudo = {
      'AWS::AccountId': ACCOUNT,
      'AWS::Region': REGION,
      'AWS::Partition': PARTITION,
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:${PARTITION}:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
      'AWS::NoValue': undefined,
    };
  }

  resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item, where));
    if (typeof value !== 'object' || value === null) return value;
    const intrinsic = intrinsicIn(value);
    if (intrinsic) return this.meaningOf(intrinsic, where);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(item, where)]));
  }

  properties(logicalId: string): Properties {
    const resource = this.find(logicalId, 'local stack');
    const path = constructPath(logicalId, resource);
    return propertiesOf(path, (name) => this.resolve(resource.Properties?.[name], `${path} ${name}`));
  }

  ofType(type: string | RegExp): readonly (readonly [logicalId: string, resource: Resource])[] {
    const isMeant = (one: string) => (typeof type === 'string' ? one === type : type.test(one));
    return Object.entries(this.resources).filter(([, { Type }]) => isMeant(Type));
  }

  private meaningOf(intrinsic: Intrinsic, where: string): unknown {
    switch (intrinsic.kind) {
      case 'Ref':
        return this.reference(intrinsic.name, where);
      case 'Fn::GetAtt':
        return this.attribute(intrinsic, where);
      case 'Fn::Sub':
        return this.substitute(intrinsic.text, intrinsic.variables, where);
      case 'Fn::Join':
        return this.list(intrinsic.items, where).map(String).join(intrinsic.separator);
      case 'Fn::Select':
        return this.list(intrinsic.items, where)[Number(this.resolve(intrinsic.index, where))];
      case 'Fn::Split':
        return String(this.resolve(intrinsic.text, where)).split(intrinsic.separator);
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`);
      case 'Fn::Base64':
        return Buffer.from(String(this.resolve(intrinsic.text, where))).toString('base64');
      case 'Fn::FindInMap':
        return this.findInMap(intrinsic.keys, where);
      case 'Fn::If':
      case 'Fn::ToJsonString':
      case 'Fn::ImportValue':
        return withoutMeaning(intrinsic.kind, where);
      case 'other':
        return withoutMeaning(intrinsic.name, where);
    }
  }

  private find(logicalId: string, where: string): Resource {
    const resource = this.resources[logicalId];
    if (resource) return resource;
    throw new Error(`${where}: got a reference to ${logicalId}, want a resource of the template; synthesize again`);
  }

  private reference(name: string, where: string): unknown {
    if (name in this.pseudo) return this.pseudo[name];
    const parameter = this.template.Parameters?.[name];
    if (parameter) return parameter.Default ?? '';
    const resource = this.find(name, where);
    return physicalId(name, resource, this.propertyOf(name, resource), this.world);
  }

  private attribute({ logicalId, attribute: name }: Attribute, where: string): unknown {
    const resource = this.find(logicalId, where);
    return attribute(logicalId, resource, name, this.propertyOf(logicalId, resource), this.world, where);
  }

  private propertyOf = (logicalId: string, resource: Resource) => (property: string) =>
    this.resolve(resource.Properties?.[property], `${constructPath(logicalId, resource)} ${property}`);

  private substitute(text: string, variables: Readonly<Record<string, unknown>>, where: string): string {
    return substituted(text, (name) => {
      if (name in variables) return String(this.resolve(variables[name], where));
      return String(name.includes('.') ? this.attribute(attributeIn(name), where) : this.reference(name, where));
    });
  }

  private findInMap(keys: readonly unknown[], where: string): unknown {
    const [map = '', first = '', second = ''] = this.list(keys, where).map(String);
    return this.template.Mappings?.[map]?.[first]?.[second];
  }

  private list(value: unknown, where: string): readonly unknown[] {
    const resolved = this.resolve(value, where);
    if (Array.isArray(resolved)) return resolved as unknown[];
    throw new Error(`${where}: got ${JSON.stringify(value)?.slice(0, 120)}, want a list; it has no local meaning`);
  }
}

function withoutMeaning(name: string, where: string): never {
  throw new Error(`${where}: got ${name}, want an intrinsic function with a local meaning; avoid it there`);
}
