import { Lazy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IngestFunctionOptions } from 'cdk-lossless-kafka';
import { INGEST_VARIABLE } from '../../lambdas/runtime/contract';
import { ingestEnvironment } from '../../lambdas/runtime/contract/environment';
import { newStack, pipelineOnExistingTopic, resourcesOf } from './support';

const door = (options?: IngestFunctionOptions) => {
  const stack = newStack();
  pipelineOnExistingTopic(stack).addIngest('Ingest', options);
  return Template.fromStack(stack);
};
const variables = (template: Template) => {
  const ingest = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) => id.startsWith('PipelineIngest'));
  return (ingest?.[1].Properties['Environment'] as { Variables: Record<string, string> }).Variables;
};

describe('one caller in a loop does not take the door from the others', () => {
  const routes = (template: Template) =>
    resourcesOf(template, 'AWS::ApiGatewayV2::Stage').map(([, { Properties }]) => Properties['DefaultRouteSettings']);

  test('requests are throttled by default', () => {
    expect(routes(door())).toEqual([{ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 500 }]);
  });

  test('as the stack says, each limit by itself', () => {
    expect(routes(door({ throttle: { rateLimit: 50 } }))).toEqual([
      { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 500 },
    ]);
  });

  test.each([{ rateLimit: 0 }, { burstLimit: 0 }, { burstLimit: 1.5 }])('%p lets nobody in and is refused', (throttle) => {
    expect(() => door({ throttle })).toThrow('Test/Pipeline/Ingest: throttle: got');
  }); // prettier-ignore

  test('a limit known only at deploy is taken', () => {
    expect(() => door({ throttle: { rateLimit: Lazy.number({ produce: () => 0 }) } })).not.toThrow();
  });
});

describe('every request is logged, whatever became of it', () => {
  test('for three months by default, without its body', () => {
    const template = door();
    const [[logGroup] = ['']] = resourcesOf(template, 'AWS::Logs::LogGroup').filter(([id]) => id.includes('AccessLog'));
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [logGroup, 'Arn'] },
        Format: Match.serializedJson(
          Match.objectLike({
            caller: '$context.identity.userArn',
            status: '$context.status',
            requestId: '$context.requestId',
          }),
        ),
      },
    });
    template.hasResource('AWS::Logs::LogGroup', {
      Properties: { RetentionInDays: 90 },
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  test('for as long as the stack says', () => {
    door({ accessLogRetention: RetentionDays.TEN_YEARS }).hasResourceProperties('AWS::Logs::LogGroup', {
      RetentionInDays: 3_653,
    });
  });
});

describe('who may post', () => {
  const jwt = () => new HttpJwtAuthorizer('Jwt', 'https://id.example', { jwtAudience: ['orders'] });

  test('is whom IAM names, unless the stack has another authorizer', () => {
    door().hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'AWS_IAM' });
    door({ authorizer: jwt() }).hasResourceProperties('AWS::ApiGatewayV2::Route', { AuthorizationType: 'JWT' });
  });

  test('is nobody without a name, by default', () => {
    expect(ingestEnvironment(variables(door()))).toEqual({});
    expect(variables(door())).not.toHaveProperty(INGEST_VARIABLE);
  });

  test('is told to the function as the stack says it', () => {
    const told = variables(door({ callerKey: 'partnerId', acceptUnnamedCallers: 'a public form' }));
    expect(ingestEnvironment(told)).toEqual({ callerKey: 'partnerId', unnamedCallers: 'a public form' });
  });

  test.each<[string, IngestFunctionOptions, string]>([
    ['anybody without a reason', { acceptUnnamedCallers: ' ' }, 'acceptUnnamedCallers: got no reason'],
    ['whom an empty key names', { callerKey: '' }, 'callerKey: got nothing'],
  ])('is not %s', (_what, options, message) => {
    expect(() => door(options)).toThrow(message);
  });

  test('a variable that is none is refused in words', () => {
    const unnamedCallers = { [INGEST_VARIABLE]: '{"unnamedCallers":true}' };
    expect(() => ingestEnvironment(unnamedCallers)).toThrow('LOSSLESS_INGEST.unnamedCallers: got true, want a text');
  });
});
