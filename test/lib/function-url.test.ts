/** A door at a URL of its own is as closed and as bounded as one behind an API. */
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as iam from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HttpEndpoint, type IngestFunctionOptions } from 'cdk-lossless-kafka';
import { newStack, pipelineOnExistingTopic, resourcesOf } from './support';

const door = (options: IngestFunctionOptions = { maxConcurrency: 50 }) => {
  const stack = newStack();
  const made = pipelineOnExistingTopic(stack).addIngest('Ingest', { endpoint: HttpEndpoint.FUNCTION_URL, ...options });
  return { stack, door: made, template: () => Template.fromStack(stack) };
};

test('only who signs with IAM credentials is let in, from no page of another site, and there is no API', () => {
  const template = door().template();
  const urls = resourcesOf(template, 'AWS::Lambda::Url');
  expect(urls.map(([, { Properties }]) => Properties)).toEqual([
    { AuthType: 'AWS_IAM', TargetFunctionArn: { 'Fn::GetAtt': [expect.stringMatching(/^PipelineIngest/), 'Arn'] } },
  ]);
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  // Whom nothing else lets in: not everybody.
  template.resourcePropertiesCountIs('AWS::Lambda::Permission', { Principal: '*' }, 0);
  template.hasOutput('*', {
    Description: 'POST events here, signed with IAM credentials',
    Value: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [urls[0]?.[0], 'FunctionUrl'] }, 'events']] },
  });
});

test('who may post is granted the URL, and the function by way of it alone', () => {
  const { stack, door: made, template } = door();
  made.grantPost(new iam.Role(stack, 'Shop', { assumedBy: new iam.AccountRootPrincipal() }));
  const Resource = { 'Fn::GetAtt': [Match.stringLikeRegexp('^PipelineIngest'), 'Arn'] };
  template().hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^Shop') }],
    PolicyDocument: {
      Statement: [
        {
          Action: 'lambda:InvokeFunctionUrl',
          Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
          Effect: 'Allow',
          Resource,
        },
        {
          Action: 'lambda:InvokeFunction',
          Condition: { Bool: { 'lambda:InvokedViaFunctionUrl': true } },
          Effect: 'Allow',
          Resource,
        },
      ],
    },
  });
});

test('one caller in a loop takes no more executions than are reserved, which have to be said', () => {
  door({ maxConcurrency: 50 }).template().hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 50 }); // prettier-ignore
  expect(() => door({})).toThrow('Test/Pipeline/Ingest: maxConcurrency: got nothing for a function URL, want how many');
});

const jwt = () => new HttpJwtAuthorizer('Jwt', 'https://id.example', { jwtAudience: ['orders'] });
test.each<[keyof IngestFunctionOptions, IngestFunctionOptions]>([
  ['throttle', { throttle: { rateLimit: 50 } }],
  ['accessLogRetention', { accessLogRetention: RetentionDays.ONE_DAY }],
  ['authorizer', { authorizer: jwt() }],
  ['authorizer', { authorizer: new HttpIamAuthorizer() }],
  ['callerKey', { callerKey: 'partner' }],
])('what only an API has is refused, not left out in silence: %s', (name, options) => {
  expect(() => door({ maxConcurrency: 5, ...options })).toThrow(
    `${name}: got for a function URL what HTTP APIs alone have`,
  );
});

test('what every door has stays', () => {
  const reason = 'guests of the identity pool';
  const options = { maxConcurrency: 5, acceptUnnamedCallers: reason, deadline: Duration.seconds(10) };
  expect(() => door(options)).not.toThrow();
});

test('another endpoint than these is refused in words, and so is asking for the API', () => {
  expect(() => door({ endpoint: 'url' as HttpEndpoint })).toThrow(
    "endpoint: got 'url', want HttpEndpoint.HTTP_API, .FUNCTION_URL or .NONE",
  );
  expect(() => door().door.api).toThrow('Test/Pipeline/Ingest: api: got a door at a function URL, want one at an HTTP API'); // prettier-ignore
});
