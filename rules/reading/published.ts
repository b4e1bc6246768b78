import { isMap, type Section, type Template } from './template';

/**
 * What SAM makes for `AutoPublishAlias`: a version of the function and an alias of that, which others name by `Fn.Version`
 * and `Fn.Alias`.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
 */

const VERSION = 'AWS::Lambda::Version';
const ALIAS = 'AWS::Lambda::Alias';

interface Made {
  readonly Type: string;
  readonly Properties: Section;
}

/** By logical id. The end of a version's id is a hash of the code, which nobody can write down. */
export function publishedBy(functionId: string, alias: unknown): Readonly<Record<string, Made>> {
  if (alias === undefined) return {};
  const FunctionName = { Ref: functionId };
  const version = `${functionId}Version`;
  const name = typeof alias === 'string' ? alias.replace(/[^A-Za-z0-9]/g, '') : '';
  return {
    [version]: { Type: VERSION, Properties: { FunctionName } },
    [`${functionId}Alias${name}`]: {
      Type: ALIAS,
      Properties: { FunctionName, FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] }, Name: alias },
    },
  };
}

/** The template with `Ref: Fn.Alias` and `${Fn.Alias}` as SAM writes them out. */
export function withPublished(template: Template): Template {
  const names = new Map(
    Object.entries(template.Resources).flatMap(([id, { Type, Properties }]): (readonly [string, string])[] => {
      const kind = Type === ALIAS ? 'Alias' : Type === VERSION ? 'Version' : undefined;
      const of = isMap(Properties) && isMap(Properties['FunctionName']) ? Properties['FunctionName']['Ref'] : undefined;
      return kind && typeof of === 'string' && id.startsWith(of + kind) ? [[`${of}.${kind}`, id]] : [];
    }),
  );
  if (names.size === 0) return template;
  return {
    ...template,
    Resources: renamed(template.Resources, names) as Template['Resources'],
    Outputs: renamed(template.Outputs, names) as Section,
  };
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, item]): readonly [string, unknown] => {
    if (key === 'Ref' && typeof item === 'string') return [key, names.get(item) ?? item];
    if (key !== 'Fn::Sub') return [key, renamed(item, names)];
    const [text, ...more] = Array.isArray(item) ? (item as unknown[]) : [item];
    const written = typeof text === 'string' ? inText(text, names) : text;
    return [key, Array.isArray(item) ? [written, ...more.map((each) => renamed(each, names))] : written];
  });
  return Object.fromEntries(entries);
}

const inText = (text: string, names: ReadonlyMap<string, string>): string =>
  text.replace(/\$\{([^!${}]+)\}/g, (whole, name: string) => {
    const id = names.get(name);
    return id === undefined ? whole : `\${${id}}`;
  });
