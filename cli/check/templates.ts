import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseTemplate, templateFrom, type Stack } from '../../rules';

/**
 * The stacks behind a path: that of a template, those of a cloud assembly with those nested in them, or one for every
 * template below a directory.
 *
 * @throws when there is none, or a file cannot be read
 */
export function stacksIn(path: string): Stack[] {
  if (!existsSync(path))
    throw new Error(`${path}: got no such file, want a template, a cdk.out or a directory; check the path`);
  if (!statSync(path).isDirectory()) return [stackOf(path)];
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

/** Says of which file an error speaks. */
function stackOf(file: string): Stack {
  const text = textOf(file, 'a template');
  try {
    return { file, template: templateFrom(parseTemplate(text)) };
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function assembly(folder: string): Stack[] {
  const { artifacts = {} } = manifestOf(join(folder, 'manifest.json'));
  return Object.values(artifacts).flatMap(({ type, properties }) => {
    if (type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined) {
      return withNested(stackOf(join(folder, properties.templateFile)));
    }
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined) {
      return assembly(join(folder, properties.directoryName));
    }
    return [];
  });
}

/** Where the CDK says which file a nested stack's template is. */
const ASSET = 'aws:asset:path';

function withNested(stack: Stack): Stack[] {
  const nested = Object.entries(stack.template.Resources).flatMap(([logicalId, { Type, Metadata }]) => {
    const asset = (Metadata as Readonly<Record<string, unknown>> | undefined)?.[ASSET];
    if (Type !== 'AWS::CloudFormation::Stack' || typeof asset !== 'string') return [];
    return withNested({ ...stackOf(join(dirname(stack.file), asset)), parent: { stack, logicalId } });
  });
  return [stack, ...nested];
}

function manifestOf(file: string): Manifest {
  const text = textOf(file, 'the manifest of a cloud assembly');
  try {
    return JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new Error(`${file}: got no JSON, want the manifest of a cloud assembly; synthesize again`, { cause });
  }
}

function textOf(file: string, want: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file}: got no file that can be read, want ${want}; check the path, or synthesize again`, {
      cause,
    });
  }
}

/** Files that look like templates. One that does and cannot be read is an error when it is judged. */
function directory(folder: string): Stack[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|ya?ml|template)$/.test(name) && !/(^|[/\\])(node_modules|\.[^/\\]+)[/\\]/.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && looksLikeTemplate(readFileSync(file, 'utf8')))
    .map(stackOf);
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
