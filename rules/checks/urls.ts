import { PRODUCER_VARIABLE } from '../../lambdas/runtime/contract';
import type { Graph, Resource } from '../reading/graph';
import { certainly } from '../reading/value';
import { leadsTo } from './doors';
import { partsOf } from './environment';
import { lambda } from './pages';
import { forEach, judge, type Place, type Rule, type Verdict } from './rule';

/** Addresses of their own by which functions that publish can be called. */

function judgeCallers(url: Resource, graph: Graph): Verdict[] {
  const place: Place = { resource: url, property: 'AuthType' };
  const target = url.at('TargetFunctionArn').text();
  const isProducer = partsOf(graph, PRODUCER_VARIABLE).some(({ handler }) =>
    certainly(target, (arn) => leadsTo(graph, arn, handler)),
  );
  if (!isProducer) return [];
  return [judge(place, url.at('AuthType').string(), { want: 'AWS_IAM', ok: (type) => type === 'AWS_IAM' })];
}

export const URL_RULES: readonly Rule[] = [
  {
    code: 'LK613',
    name: 'open-url',
    severity: 'error',
    why: 'anybody may write events, nobody can say who did, and a caller in a loop takes the executions that consumers need',
    fix: {
      cdk: 'use IngestFunction with endpoint: HttpEndpoint.FUNCTION_URL, or authType: FunctionUrlAuthType.AWS_IAM; for callers without IAM an HTTP API with an authorizer',
      cloudFormation: 'set AuthType of the AWS::Lambda::Url to AWS_IAM',
    },
    source: lambda('urls-auth'),
    check: forEach('AWS::Lambda::Url', judgeCallers),
  },
];
