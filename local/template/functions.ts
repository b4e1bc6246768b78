import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AUDIT_VARIABLE, PRODUCER_VARIABLE, type Authentication } from '../../lambdas/runtime/contract';
import type { StackAssembly } from '../assembly';
import { functionNameOf } from './identity';
import { named, type Named } from './named';
import type { Properties } from './properties';
import type { Resolver } from './resolver';

/** An `AWS::Lambda::Function` as the function host runs it. */
export interface FunctionSpec extends Named {
  readonly arn: string;
  /** Directory that holds the handler's file. */
  readonly code: string;
  /** `<file>.<export>`. */
  readonly handler: string;
  /** For example `nodejs24.x`. */
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly reservedConcurrency: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

export function readFunctions(
  resolver: Resolver,
  stack: StackAssembly,
  replaceCode: Readonly<Record<string, string>>,
): readonly FunctionSpec[] {
  const deployTime = providersOfCustomResources(resolver);
  const functions = named(resolver, 'AWS::Lambda::Function')
    .filter(({ name }) => !deployTime.has(name))
    .map((fn) => readFunction(fn, resolver, stack));
  return replaced(functions, replaceCode);
}

function readFunction(fn: Named, resolver: Resolver, stack: StackAssembly): FunctionSpec {
  const properties = resolver.properties(fn.logicalId);
  const runtime = properties.string('Runtime') ?? 'none';
  if (!runtime.startsWith('nodejs')) {
    throw new Error(`${fn.path} Runtime: got ${runtime}, want a Node.js runtime; the local stack runs no other`);
  }
  return {
    ...fn,
    arn: String(resolver.resolve({ 'Fn::GetAtt': [fn.logicalId, 'Arn'] }, fn.path)),
    code: codeOf(properties, stack),
    handler: properties.requiredString('Handler'),
    runtime,
    memoryMb: properties.number('MemorySize') ?? 128,
    timeoutMs: (properties.number('Timeout') ?? 3) * 1000,
    reservedConcurrency: properties.number('ReservedConcurrentExecutions'),
    environment: environmentOf(properties),
  };
}

function codeOf(properties: Properties, stack: StackAssembly): string {
  const key = properties.value<{ S3Key?: string }>('Code')?.S3Key;
  const directory = key === undefined ? undefined : stack.asset(key);
  if (directory !== undefined && existsSync(directory)) return directory;
  throw new Error(
    `${properties.path} Code: got ${directory ?? key ?? 'inline code'}, want an asset directory of the cloud assembly; synthesize again`,
  );
}

function environmentOf(properties: Properties): Record<string, string> {
  const variables = properties.value<{ Variables?: Record<string, unknown> }>('Environment')?.Variables ?? {};
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      namesBrokers(name) ? withoutIam(String(value), `${properties.path} ${name}`) : String(value),
    ]),
  );
}

const namesBrokers = (variable: string): boolean =>
  [PRODUCER_VARIABLE, AUDIT_VARIABLE].some((prefix) => variable.startsWith(prefix));

/** The one rewrite of the contract: local brokers listen on loopback alone and know no IAM. */
function withoutIam(variable: string, where: string): string {
  try {
    const environment = JSON.parse(variable) as { readonly authentication: Authentication };
    return JSON.stringify({ ...environment, authentication: 'none' } satisfies typeof environment);
  } catch (cause) {
    throw new Error(`${where}: got ${variable.slice(0, 200)}, want JSON; synthesize again`, { cause });
  }
}

/** Custom resources run at deploy, so their providers have nothing to do here. */
function providersOfCustomResources(resolver: Resolver): ReadonlySet<string> {
  const custom = resolver.ofType(/^(Custom::|AWS::CloudFormation::CustomResource$)/);
  const tokens = custom.map(([logicalId]) => resolver.properties(logicalId).requiredString('ServiceToken'));
  return new Set(tokens.map(functionNameOf));
}

function replaced(
  functions: readonly FunctionSpec[],
  replaceCode: Readonly<Record<string, string>>,
): readonly FunctionSpec[] {
  const code = new Map<string, string>();
  for (const [wanted, directory] of Object.entries(replaceCode)) {
    const hits = functions.filter(({ logicalId, path }) => logicalId === wanted || `/${path}`.endsWith(`/${wanted}`));
    const [only, second] = hits;
    if (!only || second) {
      const names = functions.map(({ path }) => path).join(', ');
      throw new Error(
        `replaced code: got ${wanted}, which names ${hits.length} functions, want one of ${names}; name it fully`,
      );
    }
    if (!existsSync(join(directory, 'index.js'))) {
      throw new Error(
        `replaced code of ${wanted}: got ${directory} without index.js, want a directory with it; build it first`,
      );
    }
    code.set(only.logicalId, resolve(directory));
  }
  return functions.map((fn) => ({ ...fn, code: code.get(fn.logicalId) ?? fn.code }));
}

/** The function a resource points at, by name, ARN, alias or version. */
export function targetFunction(functions: readonly FunctionSpec[], nameOrArn: string, where: string): FunctionSpec {
  const found = functions.find(({ name }) => name === functionNameOf(nameOrArn));
  if (found) return found;
  throw new Error(`${where}: got ${nameOrArn}, want a function of the template; the local stack can call no other`);
}
