import { targetFunction, type FunctionSpec } from './functions';
import { named } from './named';
import type { Resolver } from './resolver';

/** An `AWS::ApiGatewayV2::Api` of protocol HTTP, or an `AWS::Lambda::Url`, which is one route for everything. */
export interface HttpApi {
  readonly logicalId: string;
  readonly path: string;
  readonly routes: readonly Route[];
  /** Status where the function answered nothing: an API's is 500, a URL's 502. */
  readonly onFailure: 500 | 502;
  /** Whether callers are known: at a URL without IAM they are not. */
  readonly namesCallers: boolean;
}

export interface Route {
  /** `POST /events`, `ANY /events` or `$default`. */
  readonly key: string;
  readonly functionId: string;
  readonly timeoutMs: number;
  /** The caller is who its token names, of an authorizer that reads tokens. @default - the local user */
  readonly readsToken?: boolean;
}

/** API Gateway's longest wait for an integration. */
const LONGEST_TIMEOUT_MS = 29_000;
const LONGEST_FUNCTION_MS = 900_000;

export function readApis(resolver: Resolver, functions: readonly FunctionSpec[]): readonly HttpApi[] {
  const apis = named(resolver, 'AWS::ApiGatewayV2::Api');
  const routes = named(resolver, 'AWS::ApiGatewayV2::Route').map(({ logicalId }) =>
    readRoute(resolver, logicalId, functions),
  );
  return apis.map(({ logicalId, path, name }) => {
    const protocol = resolver.properties(logicalId).string('ProtocolType') ?? 'HTTP';
    if (protocol !== 'HTTP')
      throw new Error(`${path} ProtocolType: got ${protocol}, want HTTP; the local door speaks no other`);
    const own = routes.filter((route) => route.api === name);
    return { logicalId, path, routes: own, onFailure: 500, namesCallers: true };
  });
}

export function readUrls(resolver: Resolver, functions: readonly FunctionSpec[]): readonly HttpApi[] {
  return named(resolver, 'AWS::Lambda::Url').map(({ logicalId, path }) => {
    const properties = resolver.properties(logicalId);
    const { logicalId: functionId } = targetFunction(functions, properties.requiredString('TargetFunctionArn'), path);
    if (properties.string('InvokeMode') === 'RESPONSE_STREAM') {
      throw new Error(`${path} InvokeMode: got RESPONSE_STREAM, want BUFFERED; the local door streams nothing`);
    }
    // A URL waits as long as its function may run.
    const routes = [{ key: '$default', functionId, timeoutMs: LONGEST_FUNCTION_MS }];
    return {
      logicalId,
      path,
      routes,
      onFailure: 502,
      namesCallers: properties.requiredString('AuthType') === 'AWS_IAM',
    };
  });
}

function readRoute(resolver: Resolver, logicalId: string, functions: readonly FunctionSpec[]): Route & { api: string } {
  const properties = resolver.properties(logicalId);
  const key = properties.requiredString('RouteKey');
  if (key.includes('{')) {
    throw new Error(
      `${properties.path} RouteKey: got ${key}, want a path without parameters; the local door matches whole paths`,
    );
  }
  const target = properties.requiredString('Target').replace(/^integrations\//, '');
  const integration = resolver.properties(target);
  const format = integration.string('PayloadFormatVersion');
  if (integration.string('IntegrationType') !== 'AWS_PROXY' || format !== '2.0') {
    throw new Error(
      `${integration.path}: got ${integration.string('IntegrationType')} with payload format ${format}, want AWS_PROXY with 2.0; the local door speaks no other`,
    );
  }
  const uri = integration.requiredString('IntegrationUri');
  // Either the function's own ARN, or API Gateway's path around it.
  const arn = /\/functions\/(arn:.+)\/invocations$/.exec(uri)?.[1] ?? uri;
  return {
    api: properties.requiredString('ApiId'),
    key,
    functionId: targetFunction(functions, arn, integration.path).logicalId,
    ...(properties.string('AuthorizationType') === 'JWT' && { readsToken: true }),
    timeoutMs: Math.min(integration.number('TimeoutInMillis') ?? LONGEST_TIMEOUT_MS, LONGEST_TIMEOUT_MS),
  };
}
