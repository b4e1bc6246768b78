import { ACCOUNT, attribute, PARTITION, physicalId, REGION, type PhysicalWorld } from './identity';
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

/** Typed reading of one resource's properties. An absent property is undefined; a wrong type is one clear error. */
export interface Properties {
  readonly path: string;
  readonly string: (name: string) => string | undefined;
  readonly requiredString: (name: string) => string;
  readonly number: (name: string) => number | undefined;
  readonly boolean: (name: string) => boolean | undefined;
  /** Lists and maps as they are after resolving; the caller knows the shape from CloudFormation's reference. */
  readonly value: <T>(name: string) => T | undefined;
}

export function createResolver(template: Template, stackName: string, world: PhysicalWorld): Resolver {
  const resources = template.Resources ?? {};

  const find = (logicalId: string, where: string): Resource => {
    const resource = resources[logicalId];
    if (!resource)
      throw new Error(`${where}: got a reference to ${logicalId}, want a resource of the template; synthesize again`);
    return resource;
  };

  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::Region': REGION,
    'AWS::Partition': PARTITION,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:${PARTITION}:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
    'AWS::NoValue': undefined,
  };

  function reference(name: string, where: string): unknown {
    if (name in pseudo) return pseudo[name];
    const parameter = template.Parameters?.[name];
    if (parameter) return parameter.Default ?? '';
    const resource = find(name, where);
    return physicalId(name, resource, context(name, resource));
  }

  function getAttribute(argument: unknown, where: string): unknown {
    const [logicalId = '', ...rest] =
      typeof argument === 'string' ? argument.split('.') : (argument as readonly string[]);
    const resource = find(logicalId, where);
    return attribute(logicalId, resource, rest.join('.'), context(logicalId, resource), world, where);
  }

  const context = (logicalId: string, resource: Resource) => (property: string) =>
    resolve(resource.Properties?.[property], `${constructPath(logicalId, resource)} ${property}`);

  function substitute(argument: unknown, where: string): string {
    const [text, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in values) return String(resolve(values[name], where));
      return String(name.includes('.') ? getAttribute(name, where) : reference(name, where));
    });
  }

  const list = (value: unknown, where: string): readonly unknown[] => {
    const resolved = resolve(value, where);
    if (Array.isArray(resolved)) return resolved as unknown[];
    throw new Error(`${where}: got ${JSON.stringify(value)?.slice(0, 120)}, want a list; it has no local meaning`);
  };

  const functions: Readonly<Record<string, (argument: unknown, where: string) => unknown>> = {
    Ref: (argument, where) => reference(argument as string, where),
    'Fn::GetAtt': getAttribute,
    'Fn::Sub': substitute,
    'Fn::Join': (argument, where) => {
      const [separator, values] = argument as [string, unknown];
      return list(values, where).map(String).join(separator);
    },
    'Fn::Select': (argument, where) => {
      const [index, values] = argument as [unknown, unknown];
      return list(values, where)[Number(resolve(index, where))];
    },
    'Fn::Split': (argument, where) => {
      const [separator, text] = argument as [string, unknown];
      return String(resolve(text, where)).split(separator);
    },
    'Fn::GetAZs': () => ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`),
    'Fn::Base64': (argument, where) => Buffer.from(String(resolve(argument, where))).toString('base64'),
    'Fn::FindInMap': (argument, where) => {
      const [map, first, second] = list(argument, where).map(String);
      return template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
    },
  };

  function resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) return value.map((item) => resolve(item, where));
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], second] = Object.entries(value);
    if (!second && (name === 'Ref' || name.startsWith('Fn::'))) {
      const intrinsic = functions[name];
      if (!intrinsic)
        throw new Error(`${where}: got ${name}, want an intrinsic function with a local meaning; avoid it there`);
      return intrinsic(argument, where);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, where)]));
  }

  function properties(logicalId: string): Properties {
    const resource = find(logicalId, 'local stack');
    const path = constructPath(logicalId, resource);
    const value = <T>(name: string) => resolve(resource.Properties?.[name], `${path} ${name}`) as T | undefined;
    const typed = <T>(name: string, want: string, read: (got: unknown) => T | undefined): T | undefined => {
      const got = value(name);
      if (got === undefined) return undefined;
      const result = read(got);
      if (result === undefined) {
        throw new Error(
          `${path} ${name}: got ${JSON.stringify(got).slice(0, 120)}, want ${want}; correct the resource`,
        );
      }
      return result;
    };
    const string = (name: string) => typed(name, 'a string', (got) => (typeof got === 'string' ? got : undefined));
    return {
      path,
      value,
      string,
      requiredString: (name) => {
        const got = string(name);
        if (got === undefined) throw new Error(`${path} ${name}: got nothing, want a string; set it`);
        return got;
      },
      number: (name) => typed(name, 'a number', (got) => (Number.isFinite(Number(got)) ? Number(got) : undefined)),
      boolean: (name) => typed(name, 'true or false', (got) => ({ true: true, false: false })[String(got)]),
    };
  }

  const ofType = (type: string | RegExp) =>
    Object.entries(resources).filter(([, { Type }]) => (typeof type === 'string' ? Type === type : type.test(Type)));
  return { resolve, properties, ofType };
}
