import type { ServerResponse } from 'node:http';
import type { AwsApi } from './aws-endpoint';
import { refuseService, serviceOf, xmlText } from './no-local-part';
import { requestText } from './request-text';
import { ACCOUNT, LOCAL_USER } from './template/identity';
import type { MappingSettings } from './template/mappings';
import type { Output } from './template/outputs';

/** What AWS would tell of the stack that runs. */
export interface StackDescription {
  readonly name: string;
  readonly outputs: readonly Output[];
  readonly mappings: readonly MappingSettings[];
  /** Those of its resources that run. */
  readonly resources: readonly { readonly type: string; readonly id: string }[];
}

const MAPPINGS = '/2015-03-31/event-source-mappings';

/** How a command finds its way in a stack: CloudFormation's DescribeStacks and ListStackResources, Lambda's ListEventSourceMappings; and who runs it: STS's GetCallerIdentity. */
export const stackApi = (stack: StackDescription): AwsApi => ({
  answer: async (request, response) => {
    const url = new URL(request.url ?? '', 'http://local');
    if (request.method === 'GET' && url.pathname.replace(/\/$/, '') === MAPPINGS) {
      return reply(response, 200, 'application/json', mappingsOf(stack, url.searchParams.get('EventSourceArn')));
    }
    const service = serviceOf(request);
    if (service !== 'cloudformation' && service !== 'sts') return false;
    const asked = new URLSearchParams(await requestText(request));
    const name = asked.get('StackName');
    if (name !== null && name !== stack.name) return reply(response, 400, 'text/xml', unknownStack(name, stack.name));
    switch (`${service} ${asked.get('Action')}`) {
      case 'cloudformation DescribeStacks':
        return reply(response, 200, 'text/xml', described(stack));
      case 'cloudformation ListStackResources':
        return reply(response, 200, 'text/xml', listed(stack));
      case 'sts GetCallerIdentity':
        return reply(response, 200, 'text/xml', WHOEVER_IS_HERE);
      default:
        refuseService(request, response, `${service} ${asked.get('Action')}`);
        return true;
    }
  },
});

const mappingsOf = ({ mappings }: StackDescription, source: string | null): string =>
  JSON.stringify({
    EventSourceMappings: mappings
      .filter(({ clusterArn }) => source === null || source === clusterArn)
      .map(({ uuid, clusterArn, functionArn, topic, group }) => ({
        ...{ UUID: uuid, EventSourceArn: clusterArn, FunctionArn: functionArn, Topics: [topic], State: 'Enabled' },
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: group },
      })),
  });

/** The same local user as at the doors. */
const WHOEVER_IS_HERE = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${LOCAL_USER}</Arn><UserId>local</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

function described({ name, outputs }: StackDescription): string {
  const members = outputs.map(
    (output) =>
      `<member><OutputKey>${xmlText(output.name)}</OutputKey><OutputValue>${xmlText(output.value)}</OutputValue></member>`,
  );
  const stack = `<StackName>${xmlText(name)}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs>`;
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
}

/** Of what runs here; alarms are no such thing. */
function listed({ resources }: StackDescription): string {
  const members = resources.map(
    ({ type, id }) =>
      `<member><ResourceType>${type}</ResourceType><PhysicalResourceId>${xmlText(id)}</PhysicalResourceId></member>`,
  );
  return `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${members.join('')}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`;
}

function unknownStack(name: string, running: string): string {
  const message = `Stack with id ${name} does not exist; the one that runs here is ${running}`;
  return `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${xmlText(message)}</Message></Error></ErrorResponse>`;
}

function reply(response: ServerResponse, status: number, type: string, body: string): true {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
  return true;
}
