import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseTemplate } from '../../rules';

export interface TemplateFile {
  readonly file: string;
  /** What its parent stack gives a nested one, as far as it is written there. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * The templates behind a path: a template itself, the stacks of a cloud assembly with those nested in them, or every
 * template below a directory.
 *
 * @throws when there is none, or a file of an assembly cannot be read
 */
export function templatesIn(path: string): TemplateFile[] {
  if (!existsSync(path))
    throw new Error(`${path}: got no such file, want a template, a cdk.out or a directory; check the path`);
  if (!statSync(path).isDirectory()) return [{ file: path, parameters: {} }];
  const found = existsSync(join(path, 'manifest.json')) ? assembly(path) : directory(path);
  if (found.length > 0) return found;
  throw new Error(`${path}: got no CloudFormation template, want one or more; synthesize first, or name the file`);
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}
interface Artifact {
  readonly type?: string;
  readonly properties?: { readonly templateFile?: string; readonly directoryName?: string };
}

function assembly(folder: string): TemplateFile[] {
  const { artifacts = {} } = readJson<Manifest>(join(folder, 'manifest.json'));
  return Object.values(artifacts).flatMap(({ type, properties }) => {
    if (type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined) {
      return withNested({ file: join(folder, properties.templateFile), parameters: {} });
    }
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined) {
      return assembly(join(folder, properties.directoryName));
    }
    return [];
  });
}

interface Nested {
  readonly Type?: string;
  readonly Properties?: { readonly Parameters?: Readonly<Record<string, unknown>> };
  readonly Metadata?: { readonly 'aws:asset:path'?: string };
}

function withNested(parent: TemplateFile): TemplateFile[] {
  const { Resources = {} } = readJson<{ readonly Resources?: Readonly<Record<string, Nested>> }>(parent.file);
  const nested = Object.values(Resources).flatMap(({ Type, Properties, Metadata }) => {
    const asset = Metadata?.['aws:asset:path'];
    if (Type !== 'AWS::CloudFormation::Stack' || asset === undefined) return [];
    return withNested({ file: join(dirname(parent.file), asset), parameters: literals(Properties?.Parameters ?? {}) });
  });
  return [parent, ...nested];
}

const literals = (parameters: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => typeof value !== 'object'));

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw new Error(`${file}: got no readable JSON, want a file of a cloud assembly; synthesize again`, { cause });
  }
}

/** Files that look like templates. One that does and cannot be read is an error when it is judged. */
function directory(folder: string): TemplateFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|ya?ml|template)$/.test(name) && !/(^|[/\\])(node_modules|\.[^/\\]+)[/\\]/.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && looksLikeTemplate(readFileSync(file, 'utf8')))
    .map((file) => ({ file, parameters: {} }));
}

/** A file of another kind may name AWS's types, too: when it can be read, what is in it decides. */
function looksLikeTemplate(text: string): boolean {
  if (!/^\s*"?Resources"?\s*:/m.test(text) && !/"Resources"\s*:/.test(text)) return false;
  if (!/(AWS|Custom|Alexa)::/.test(text)) return false;
  try {
    const value = parseTemplate(text);
    return typeof value === 'object' && value !== null && 'Resources' in value;
  } catch (error) {
    return error instanceof Error;
  }
}
