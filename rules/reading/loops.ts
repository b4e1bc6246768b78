import type { Given } from './stacks';
import { isMap, type Section } from './template';

/** A template without `Fn::ForEach`, and the names of the loops that only a deploy can write out. */
export interface Written {
  readonly written: Section;
  readonly unwritten: readonly string[];
}

/** What a rule sees, and names by its resource, and what no rule asks for. */
const WITHIN = /^(Resources\.[^.]+\.|Metadata)/;

/** More than CloudFormation writes out for one template. */
const MOST_COPIES = 5_000;

/**
 * Writes out `Fn::ForEach` where its list is known: from the template, literally or as the default of a parameter, or as
 * the parameter is given. The others are named, and whatever stands beside them is kept; so is `Fn::Transform` outside
 * the properties of a resource.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
export function withoutLoops(template: Section, given: Given = {}): Written {
  const unwritten: string[] = [];
  let copies = 0;

  function write(value: unknown, at: string): unknown {
    if (Array.isArray(value)) return value.map((item) => write(item, at));
    if (!isMap(value)) return value;
    const entries = Object.entries(value).flatMap(([key, item]): (readonly [string, unknown])[] => {
      if (key.startsWith('Fn::ForEach::')) return loop(key, item, at);
      if (key === 'Fn::Transform' && !WITHIN.test(at)) {
        unwritten.push(`${key} in ${at || 'the template'}`);
        return [];
      }
      return [[key, write(item, at === '' ? key : `${at}.${key}`)]];
    });
    return Object.fromEntries(entries);
  }

  function loop(name: string, argument: unknown, at: string): (readonly [string, unknown])[] {
    const [variable, list, body] = Array.isArray(argument) ? (argument as unknown[]) : [];
    const items = itemsOf(list);
    copies += items?.length ?? 0;
    if (typeof variable !== 'string' || !items || !isMap(body) || copies > MOST_COPIES) {
      unwritten.push(`${name} in ${at}`);
      return [];
    }
    // The copies first: what is inside may loop over names that this loop has put in.
    return items.flatMap((item) => Object.entries(write(replaced(body, variable, item), at) as Section));
  }

  /** Undefined where a deploy decides: a parameter without default, a function other than `Ref`. */
  function itemsOf(list: unknown): readonly string[] | undefined {
    const given = isMap(list) && typeof list['Ref'] === 'string' ? listOf(list['Ref']) : list;
    if (!Array.isArray(given)) return undefined;
    const items = (given as unknown[]).flatMap((item): readonly unknown[] =>
      isMap(item) ? (itemsOf(item) ?? [item]) : [item],
    );
    return items.every((item) => typeof item === 'string' || typeof item === 'number') ? items.map(String) : undefined;
  }

  function listOf(name: string): unknown {
    const parameters = template['Parameters'];
    const declared = isMap(parameters) && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (!isMap(declared)) return undefined;
    const value = Object.hasOwn(given, name) ? given[name] : declared['Default'];
    return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : undefined;
  }

  return { written: write(template, '') as Section, unwritten };
}

/** A copy in which `${Name}`, `&{Name}` (without what no logical id may hold) and `Ref` mean the item. */
function replaced(value: unknown, variable: string, item: string): unknown {
  const within = (text: string): string =>
    text.replaceAll(`\${${variable}}`, item).replaceAll(`&{${variable}}`, item.replace(/[^A-Za-z0-9]/g, ''));
  const copy = (part: unknown): unknown => {
    if (typeof part === 'string') return within(part);
    if (Array.isArray(part)) return part.map(copy);
    if (!isMap(part)) return part;
    if (part['Ref'] === variable) return item;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [within(key), copy(inner)]));
  };
  return copy(value);
}
