import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Template } from './template/resource';

/** One stack of a cloud assembly (`cdk.out`): its template, and where the files behind its assets lie. */
export interface StackAssembly {
  readonly name: string;
  readonly template: Template;
  /** Directory or file of the asset published under this S3 object key; undefined when the assembly has none. */
  asset(objectKey: string): string | undefined;
}

/**
 * Reads one stack from a `cdk.out` directory.
 *
 * @param name - stack to read; may be left out when the assembly holds exactly one
 * @throws when the directory is no cloud assembly, or the stack is not in it, or it is not clear which one is meant
 */
export function readAssembly(directory: string, name?: string): StackAssembly {
  const root = resolve(directory);
  const manifest = readJson<Manifest>(join(root, 'manifest.json'), 'run `npx cdk synth` first');
  const stacks = Object.entries(manifest.artifacts ?? {}).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const chosen = choose(
    stacks.map(([id, artifact]) => ({ id, name: artifact.properties?.stackName ?? id, artifact })),
    name,
    root,
  );
  const { properties, dependencies = [] } = chosen.artifact;
  if (!properties?.templateFile) {
    throw new Error(`stack ${chosen.name} in ${root}: got no templateFile, want one; synthesize the app again`);
  }
  const template = readJson<Template>(join(root, properties.templateFile), 'synthesize the app again');
  const assets = new Map<string, string>();
  for (const id of dependencies) {
    const dependency = manifest.artifacts?.[id];
    if (dependency?.type !== 'cdk:asset-manifest' || !dependency.properties?.file) continue;
    const listed = readJson<AssetManifest>(join(root, dependency.properties.file), 'synthesize the app again');
    for (const { source, destinations } of Object.values(listed.files ?? {})) {
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(root, source.path));
    }
  }
  return { name: chosen.name, template, asset: (objectKey) => assets.get(objectKey) };
}

function choose<T extends { id: string; name: string }>(
  stacks: readonly T[],
  wanted: string | undefined,
  root: string,
): T {
  const names = stacks.map((stack) => stack.name).join(', ') || 'none';
  if (wanted === undefined) {
    const [only, second] = stacks;
    if (only && !second) return only;
    throw new Error(`cloud assembly ${root}: got the stacks ${names}, want exactly one; name the stack to run`);
  }
  const found = stacks.find((stack) => stack.name === wanted || stack.id === wanted);
  if (!found) throw new Error(`stack ${wanted}: got the stacks ${names} in ${root}, want one of them; check the name`);
  return found;
}

function readJson<T>(file: string, fix: string): T {
  if (!existsSync(file)) throw new Error(`${file}: got no such file, want a cloud assembly; ${fix}`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw new Error(`${file}: got text that is not JSON, want a file of a cloud assembly; ${fix}`, { cause });
  }
}

interface Manifest {
  readonly artifacts?: Record<string, Artifact>;
}
interface Artifact {
  readonly type: string;
  readonly dependencies?: readonly string[];
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly file?: string };
}
interface AssetManifest {
  readonly files?: Record<
    string,
    {
      readonly source: { readonly path: string };
      readonly destinations: Record<string, { readonly objectKey: string }>;
    }
  >;
}
