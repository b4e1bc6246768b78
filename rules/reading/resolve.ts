import { attributeIn, intrinsicIn, substituted, type Attribute, type Intrinsic } from '../../cloudformation/intrinsics';
import type { Choices } from './choices';
import { conditionsOf, type Conditions, type Operand } from './conditions';
import { asAtHome, homeOf, type Home } from './home';
import { attributeOf, referenceTo, type Naming } from './identities';
import { ParameterValues } from './parameter-values';
import { atom, encoded, isKnown, isOpaque, joinLater, split, splitLater, symbol, symbolsOf } from './symbols';
import { isMap, type Template, type TemplateResource } from './template';
import { Open } from './value';
import { asText, PARTITION, written } from './written';

/** What a template is told by others that it is deployed with; undefined where they do not say. */
export interface Neighbours {
  /** Value of an export of another stack. */
  imported(name: string): unknown;
  /** Value that a parameter is given: by the stack around a nested one, or by whoever asks. */
  given(parameter: string): unknown;
  /** Value of an output of a stack nested in this one. */
  nested(logicalId: string, output: string): unknown;
}

const NOBODY: Neighbours = { imported: () => undefined, given: () => undefined, nested: () => undefined };

export interface Resolver {
  /**
   * The value without intrinsic functions, for one way in which a deploy can decide; what has no end of ways is a symbol.
   * `AWS::NoValue` is undefined.
   */
  readonly resolve: (value: unknown) => unknown;
  readonly conditions: Conditions;
  /** What a value is held against others by: a text, or a parameter that may be one of several. */
  readonly operand: (value: unknown) => Operand;
}

/** Pseudo parameters that are one part of an ARN. */
const ATOMS = ['AWS::AccountId', 'AWS::Region', 'AWS::URLSuffix'];

/** The zones of the stack's region; one of them is chosen by `Fn::Select`. */
export const ZONES = 'Fn::GetAZs';

/**
 * Gives a template's values the meaning they have before a deploy.
 *
 * @param choices - decides what only a deploy decides
 * @param scope - stands before the names of what is this template's own, so that no other template means it
 */
export const createResolver = (
  template: Template,
  choices: Choices,
  scope = '',
  neighbours: Neighbours = NOBODY,
): Resolver => new TemplateResolver(template, choices, scope, neighbours);

class TemplateResolver implements Resolver {
  readonly conditions: Conditions;
  private readonly home: Home;
  private readonly parameters: ParameterValues;
  private readonly naming: Naming;
  /** Resources whose names are being resolved: a template may refer in a circle. */
  private readonly underway = new Set<string>();

  constructor(
    private readonly template: Template,
    choices: Choices,
    private readonly scope: string,
    private readonly neighbours: Neighbours,
  ) {
    const given = (name: string): unknown => neighbours.given(name);
    this.parameters = new ParameterValues(template, { choices, given, own: this.own });
    this.naming = { property: (id, name) => this.propertyOf(id, name) };
    this.home = homeOf(template);
    this.conditions = conditionsOf(template, choices, scope, this.operand);
  }

  resolve = (value: unknown): unknown => {
    const resolved = this.withoutFunctions(value);
    return typeof resolved === 'string' ? asAtHome(this.home, resolved) : resolved;
  };

  /** A parameter is held against a text without its being decided which of all others it is. */
  operand = (value: unknown): Operand => {
    const intrinsic = intrinsicIn(value);
    const undecided = intrinsic?.kind === 'Ref' ? this.parameters.undecided(intrinsic.name) : undefined;
    return undecided ?? asText(this.resolve(value));
  };

  private own = (name: string): string => symbol(this.scope + name);
  /** What cannot be resolved is known again by all that it says. */
  private later = (name: string, argument: unknown): string => this.own(`${name} ${JSON.stringify(argument) ?? ''}`);

  private withoutFunctions(value: unknown): unknown {
    if (typeof value === 'string') return written(value);
    if (Array.isArray(value)) return value.map(this.resolve).filter((item) => item !== undefined);
    if (!isMap(value)) return value;
    const intrinsic = intrinsicIn(value);
    if (intrinsic) return this.meaningOf(intrinsic, Object.values(value)[0]);
    const entries = Object.entries(value).map(([key, item]) => [key, this.resolve(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  /** @param argument - of the function, as it is written: what it means is known again by it, where nothing else is known */
  private meaningOf(intrinsic: Intrinsic, argument: unknown): unknown {
    const later = (): string => this.later(intrinsic.kind, argument);
    switch (intrinsic.kind) {
      case 'Ref':
        return this.reference(intrinsic.name);
      case 'Fn::GetAtt':
        return this.attribute(intrinsic);
      case 'Fn::Sub':
        return this.substitute(intrinsic);
      case 'Fn::Join':
        return this.join(intrinsic) ?? later();
      case 'Fn::Select':
        return this.select(intrinsic) ?? later();
      case 'Fn::Split': {
        const text = asText(this.resolve(intrinsic.text));
        return text === undefined ? later() : this.split(intrinsic.separator, text);
      }
      case 'Fn::FindInMap':
        return this.findInMap(intrinsic) ?? later();
      case 'Fn::If':
        return this.choose(intrinsic);
      case 'Fn::GetAZs':
        return symbol(ZONES);
      case 'Fn::Base64': {
        const text = asText(this.resolve(intrinsic.text));
        return text === undefined ? later() : encoded(text);
      }
      case 'Fn::ToJsonString':
        return JSON.stringify(this.resolve(intrinsic.value)) ?? later();
      case 'Fn::ImportValue':
        return this.imported(intrinsic) ?? later();
      case 'other':
        return this.later(intrinsic.name, intrinsic.argument);
    }
  }

  private resource(id: string): TemplateResource | undefined {
    const { Resources } = this.template;
    if (!Object.hasOwn(Resources, id)) return undefined;
    const found = Resources[id];
    const gone = typeof found?.Condition === 'string' && !this.conditions.holds(found.Condition);
    return gone ? undefined : found;
  }

  private propertyOf(id: string, name: string): unknown {
    if (this.underway.has(id)) return undefined;
    this.underway.add(id);
    const properties = this.resource(id.slice(this.scope.length))?.Properties;
    const value = isMap(properties) ? this.resolve(properties[name]) : undefined;
    this.underway.delete(id);
    return value;
  }

  private reference(name: string): unknown {
    if (name === 'AWS::NoValue') return undefined;
    if (name === 'AWS::Partition') return PARTITION;
    if (ATOMS.includes(name)) return atom(name);
    if (name === 'AWS::StackName') return atom(this.scope + name);
    if (this.parameters.has(name)) return this.parameters.value(name);
    const found = this.resource(name);
    return found ? referenceTo(this.scope + name, found.Type, this.naming) : this.own(name);
  }

  private attribute({ logicalId, attribute }: Attribute): unknown {
    const found = this.resource(logicalId);
    if (!found) return this.own(`${logicalId}.${attribute}`);
    const output = attribute.startsWith(OUTPUTS)
      ? this.neighbours.nested(logicalId, attribute.slice(OUTPUTS.length))
      : undefined;
    return output ?? attributeOf(this.scope + logicalId, found.Type, attribute, this.naming);
  }

  private substitute({ text, variables }: Of<'Fn::Sub'>): string {
    const valueOf = (name: string): unknown => {
      if (Object.hasOwn(variables, name)) return this.resolve(variables[name]);
      return name.includes('.') ? this.attribute(attributeIn(name)) : this.reference(name);
    };
    return substituted(written(text), (name, whole) => asText(valueOf(name)) ?? this.later(whole, variables[name]));
  }

  private join({ separator, items }: Of<'Fn::Join'>): string | undefined {
    const list = this.resolve(items);
    if (typeof list === 'string' && isOpaque(list)) return joinLater(separator, list);
    const texts = Array.isArray(list) ? list.map(asText) : [undefined];
    return texts.every((text) => text !== undefined) ? texts.join(separator) : undefined;
  }

  private select({ index, items }: Of<'Fn::Select'>): unknown {
    const [at, list] = [this.resolve(index), this.resolve(items)];
    if (typeof list === 'string') return symbol(`${symbolsOf(list)[0] ?? list}[${String(asText(at))}]`);
    return Array.isArray(list) ? (list as unknown[])[Number(asText(at))] : undefined;
  }

  private split = (separator: string, text: string): unknown => split(separator, text) ?? splitLater(separator, text);

  /** With a key known only at deploy, what all entries agree on, and the default that stands in for one that is missing. */
  private findInMap({ keys }: Of<'Fn::FindInMap'>): unknown {
    const { Mappings } = this.template;
    const [map, first, second, last] = keys.map(this.resolve);
    const fallback = isMap(last) ? last['DefaultValue'] : undefined;
    const entries = typeof map === 'string' && Object.hasOwn(Mappings, map) ? Mappings[map] : {};
    if (!isMap(entries) || typeof second !== 'string' || !isKnown(second)) return undefined;
    const valueIn = (row: unknown): unknown => (isMap(row) && Object.hasOwn(row, second) ? row[second] : fallback);
    const chosen = typeof first === 'string' && isKnown(first);
    // Which key it is shows at deploy: any there is, or one that is not there.
    const all = fallback === undefined ? Object.values(entries) : [...Object.values(entries), undefined];
    const rows = chosen ? [Object.hasOwn(entries, first) ? entries[first] : undefined] : all;
    const values = rows.map(valueIn);
    const agreed = values.length > 0 && values.every((value) => same(value, values[0]));
    return agreed ? this.resolve(values[0]) : undefined;
  }

  private choose({ condition, yes, no }: Of<'Fn::If'>): unknown {
    if (typeof condition !== 'string' || !Object.hasOwn(this.template.Conditions, condition)) {
      return new Open(`condition ${String(condition)} is not declared`);
    }
    return this.resolve(this.conditions.holds(condition) ? yes : no);
  }

  private imported({ name }: Of<'Fn::ImportValue'>): unknown {
    const text = asText(this.resolve(name));
    return text !== undefined && isKnown(text) ? this.neighbours.imported(text) : undefined;
  }
}

type Of<Kind extends Intrinsic['kind']> = Extract<Intrinsic, { kind: Kind }>;

const OUTPUTS = 'Outputs.';

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
