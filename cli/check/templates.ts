import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { decodeTemplate, parseTemplate, templateFrom, type Given, type Stack } from '../../rules';

/** What was found behind the paths of a command. */
export interface FoundStacks {
  readonly stacks: readonly Stack[];
  /** One line for each path and file that cannot be judged: what, got, want, fix. */
  readonly unreadable: readonly string[];
}

/** The name of standard input among the paths. */
export const STDIN = '-';

/**
 * The stacks behind paths, each file once: that of a template, those of a cloud assembly with those nested in them, or one
 * for every template below a directory. A path with `*` or `?` means every file it fits; `-` is a template on standard
 * input. What cannot be read stands in nobody's way: the others are judged.
 *
 * @param given - what parameters of stacks that are not nested are given
 */
export function stacksIn(paths: readonly string[], given: Given = {}): FoundStacks {
  const stacks: Stack[] = [];
  const unreadable: string[] = [];
  const files = new Set<string>();
  const add = (found: readonly Found[]): void => {
    for (const each of found) {
      if (typeof each === 'string') unreadable.push(each);
      else if (each.parent !== undefined || !files.has(resolve(each.file))) {
        files.add(resolve(each.file));
        stacks.push(each);
      }
    }
  };
  for (const path of new Set(paths)) add(behind(path, given));
  // A template that was named by itself and lies in another as a nested stack is judged as that.
  const nested = new Set(stacks.filter(({ parent }) => parent).map(({ file }) => resolve(file)));
  return {
    stacks: stacks.filter(({ file, parent }) => parent !== undefined || !nested.has(resolve(file))),
    unreadable: [...new Set(unreadable)],
  };
}

/** A stack, or why there is none. */
type Found = Stack | string;

function behind(path: string, given: Given): readonly Found[] {
  if (path === STDIN) return stackOf(path, given);
  if (!existsSync(path)) {
    const fitting = /[*?]/.test(path) ? globSync(path).sort() : [];
    if (fitting.length > 0) return fitting.flatMap((each) => behind(each, given));
    return [`${path}: got no such file, want a template, a cdk.out or a directory; check the path`];
  }
  if (!statSync(path).isDirectory()) return withNested(stackOf(path, given));
  const found = existsSync(join(path, 'manifest.json'))
    ? assembly(path, given)
    : directory(path).flatMap((file) => withNested(stackOf(file, given)));
  if (found.length > 0) return found;
  return [`${path}: got no CloudFormation template, want one or more; synthesize first, or name the file`];
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}
interface Artifact {
  readonly type?: string;
  readonly properties?: { readonly templateFile?: string; readonly directoryName?: string };
}

/** The CDK writes no `Resources` where a stack has none. */
const EMPTY = { Resources: {} };

/** Says of which file an error speaks. */
function stackOf(file: string, given: Given, byDefault: object = {}): readonly Found[] {
  try {
    const parsed = parseTemplate(textOf(file, 'a template'));
    const whole = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return [{ file, template: templateFrom(whole ? { ...byDefault, ...parsed } : parsed, given) }];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [why.startsWith(`${file}: `) ? why : `${file}: ${why}`];
  }
}

function assembly(folder: string, given: Given): readonly Found[] {
  const manifest = manifestOf(join(folder, 'manifest.json'));
  if (typeof manifest === 'string') return [manifest];
  return Object.values(manifest.artifacts ?? {}).flatMap(({ type, properties }) => {
    if (type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined) {
      return withNested(stackOf(join(folder, properties.templateFile), given, EMPTY));
    }
    if (type === 'cdk:cloud-assembly' && properties?.directoryName !== undefined) {
      return assembly(join(folder, properties.directoryName), given);
    }
    return [];
  });
}

/** Where the CDK says which file a nested stack's template is. */
const ASSET = 'aws:asset:path';
/** How deep nested stacks are followed: one that nests itself would be followed without end. */
const DEEPEST = 10;

function withNested(found: readonly Found[], depth = 0): readonly Found[] {
  return found.flatMap((stack): readonly Found[] => {
    if (typeof stack === 'string' || depth >= DEEPEST) return [stack];
    const nested = Object.entries(stack.template.Resources).flatMap(([logicalId, resource]) =>
      fileOfNested(stack.file, resource).flatMap((file) =>
        withNested(
          stackOf(file, {}).map((inner) =>
            typeof inner === 'string' ? inner : { ...inner, parent: { stack, logicalId } },
          ),
          depth + 1,
        ),
      ),
    );
    return [stack, ...nested];
  });
}

/**
 * The file beside a template that one of its resources says is a nested stack's: by the CDK, or as `aws cloudformation package`
 * takes it.
 */
function fileOfNested(file: string, { Type, Metadata, Properties }: Stack['template']['Resources'][string]): string[] {
  if (Type !== 'AWS::CloudFormation::Stack') return [];
  const asset = (Metadata as Readonly<Record<string, unknown>> | undefined)?.[ASSET];
  if (typeof asset === 'string') return [join(dirname(file), asset)];
  const url = (Properties as Readonly<Record<string, unknown>> | undefined)?.['TemplateURL'];
  const beside = typeof url === 'string' && !/^[a-z0-9+.-]+:/i.test(url) ? join(dirname(file), url) : undefined;
  return beside !== undefined && existsSync(beside) ? [beside] : [];
}

function manifestOf(file: string): Manifest | string {
  try {
    return JSON.parse(textOf(file, 'the manifest of a cloud assembly')) as Manifest;
  } catch (error) {
    if (error instanceof SyntaxError)
      return `${file}: got no JSON, want the manifest of a cloud assembly; synthesize again`;
    return (error as Error).message;
  }
}

function textOf(file: string, want: string): string {
  try {
    return decodeTemplate(readFileSync(file === STDIN ? 0 : file));
  } catch (cause) {
    throw new Error(`${file}: got no file that can be read, want ${want}; check the path, or synthesize again`, {
      cause,
    });
  }
}

/** Files that look like templates. One that does and cannot be read is an error when it is judged. */
function directory(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(json|ya?ml|template)$/.test(name) && !/(^|[/\\])(node_modules|\.[^/\\]+)[/\\]/.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter(mayBeTemplate);
}

function mayBeTemplate(file: string): boolean {
  try {
    return statSync(file).isFile() && looksLikeTemplate(decodeTemplate(readFileSync(file)));
  } catch {
    // Nobody knows what it is: it is named when its turn comes, and hides no other.
    return true;
  }
}

/** A name that a YAML or JSON file begins a line with, or JSON anywhere. No blank line is looked at twice. */
const RESOURCES = /^[ \t]*Resources\s*:|"Resources"\s*:/m;

/** A file of another kind may name AWS's types, too: when it can be read, what is in it decides. */
function looksLikeTemplate(text: string): boolean {
  if (!RESOURCES.test(text)) return false;
  if (!/(AWS|Custom|Alexa)::/.test(text)) return false;
  try {
    const value = parseTemplate(text);
    return typeof value === 'object' && value !== null && 'Resources' in value;
  } catch (error) {
    return error instanceof Error;
  }
}
