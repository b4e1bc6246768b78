import { Names } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DEFAULTS } from './defaults';
import { HttpEndpoint, type IngestFunctionOptions } from './ingest-props';
import { logGroup } from './log-group';
import type { Rule } from './refusal';

/** An endpoint that was made. */
export interface MadeEndpoint {
  readonly url: string;
  readonly takesIam: boolean;
  readonly api?: apigateway.HttpApi;
  grantPost(grantee: iam.IGrantable): iam.Grant;
}

/** Settings of an HTTP API that no other endpoint has. */
const OF_API = [
  ...['throttle', 'accessLogRetention', 'authorizer', 'authorizationScopes'],
  ...['callerKey', 'domainName', 'mappingKey'],
] as (keyof IngestFunctionOptions)[];

export function endpointRules(options: IngestFunctionOptions): Rule[] {
  const { endpoint = HttpEndpoint.HTTP_API } = options;
  if (endpoint === HttpEndpoint.HTTP_API) return [];
  const ofApi = OF_API.filter((name) => options[name] !== undefined);
  const isUrl = endpoint === HttpEndpoint.FUNCTION_URL;
  return [
    {
      when: isUrl && options.maxConcurrency === undefined,
      message: `maxConcurrency: got nothing for a function URL, want how many requests it may take at once, as nothing else throttles it; give it, or leave endpoint out`,
    },
    {
      when: ofApi.length > 0,
      message: `${ofApi.join(', ')}: got for a ${isUrl ? 'function URL' : 'door without HTTP'} what HTTP APIs alone have, want none of it; leave it out, or endpoint`,
    },
  ];
}

/** The endpoint that the options ask for. */
export function endpointOf(door: lambda.Function, options: IngestFunctionOptions): MadeEndpoint | undefined {
  switch (options.endpoint) {
    case HttpEndpoint.FUNCTION_URL:
      return functionUrl(door);
    case HttpEndpoint.NONE:
      return undefined;
    case HttpEndpoint.HTTP_API:
    case undefined:
      return httpApi(door, options);
  }
}

/** Only with IAM credentials, and for no browser of another site. */
function functionUrl(door: lambda.Function): MadeEndpoint {
  const url = door.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
  return { url: `${url.url}events`, takesIam: true, grantPost: (grantee) => url.grantInvokeUrl(grantee) };
}

function httpApi(door: lambda.Function, options: IngestFunctionOptions): MadeEndpoint {
  const { authorizer, authorizationScopes, domainName, mappingKey } = options;
  const api = new apigateway.HttpApi(door, 'Api', {
    apiName: Names.uniqueResourceName(door, { maxLength: 128, separator: '-' }),
    description: `The door ${door.node.path}`.slice(0, 1024),
    createDefaultStage: false,
  });
  addStage(door, api, options);
  const route = new apigateway.HttpRoute(door, 'Post', {
    httpApi: api,
    routeKey: apigateway.HttpRouteKey.with('/events', apigateway.HttpMethod.POST),
    integration: new HttpLambdaIntegration('Integration', door),
    authorizer: authorizer ?? new HttpIamAuthorizer(),
    authorizationScopes,
  });
  const below = [domainName?.name, mappingKey].filter((part) => part !== undefined);
  return {
    url: domainName ? `https://${below.join('/')}/events` : `${api.apiEndpoint}/events`,
    takesIam: authorizer === undefined || authorizer instanceof HttpIamAuthorizer,
    api,
    grantPost: (grantee) => route.grantInvoke(grantee),
  };
}

/** Has the construct id of the stage that the API would make by itself, so that stacks of earlier versions keep theirs. */
function addStage(door: lambda.Function, api: apigateway.HttpApi, options: IngestFunctionOptions): void {
  const { accessLogRetention: retention = DEFAULTS.accessLogRetention, encryptionKey, removalPolicy } = options;
  const accessLog = logGroup(door, 'AccessLog', { retention, encryptionKey, removalPolicy });
  const { throttle, domainName, mappingKey } = options;
  new apigateway.HttpStage(api, 'DefaultStage', {
    httpApi: api,
    autoDeploy: true,
    throttle: { ...DEFAULTS.throttle, ...throttle },
    domainMapping: domainName && { domainName, mappingKey },
    accessLogSettings: {
      destination: new apigateway.LogGroupLogDestination(accessLog),
      format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
    },
  });
}

/** Who, what, how it ended and why. */
const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
  integrationError: '$context.integrationErrorMessage',
  latencyMs: '$context.responseLatency',
};
