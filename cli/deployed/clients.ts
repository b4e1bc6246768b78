import { clientsOf } from '../dead-letters/clients';
import type { Surroundings } from '../dead-letters/surroundings';
import { mappingsAt, type Mapping } from './mappings';
import type { StackTold } from './parts';
import { stackAt } from './stack';

/** A resource of a stack. */
export interface StackResource {
  /** CloudFormation's, such as AWS::Lambda::Function. */
  readonly type: string;
  /** What its service knows it by. */
  readonly id: string;
}

export interface RingingAlarm {
  readonly name: string;
  readonly description: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly reason: string;
}

/** What is asked of a deployed pipeline, and no more. Nothing in it changes anything. Each question rejects when it is not answered. */
export interface Deployed extends Pick<Surroundings, 'store' | 'transactions' | 'invoke'> {
  stack(name: string): Promise<StackTold>;
  resourcesOf(stack: string): Promise<readonly StackResource[]>;
  /** Mappings that read from the cluster. */
  mappingsOf(cluster: string): Promise<readonly Mapping[]>;
  /** Those of these alarms that ring. */
  ringing(names: readonly string[]): Promise<readonly RingingAlarm[]>;
}

/** CloudWatch takes so many names at once. */
const MOST_NAMES = 100;

/** The account that the SDK finds; `AWS_ENDPOINT_URL` and its like lead elsewhere. Clients are loaded when they are asked. */
export function deployed(options: { readonly region?: string }): Deployed {
  const where = options.region === undefined ? {} : { region: options.region };
  const { store, transactions, invoke } = clientsOf(options);
  return {
    ...{ store, transactions, invoke },
    stack: (name) => stackAt(where, name),
    resourcesOf: async (stack) => {
      const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
      const found: StackResource[] = [];
      const client = new CloudFormationClient(where);
      for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
        for (const { ResourceType: type, PhysicalResourceId: id } of page.StackResourceSummaries ?? []) {
          if (type !== undefined && id !== undefined) found.push({ type, id });
        }
      }
      return found;
    },
    mappingsOf: (cluster) => mappingsAt(where, cluster),
    ringing: async (names) => {
      const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
      const client = new CloudWatchClient(where);
      const found: RingingAlarm[] = [];
      for (let first = 0; first < names.length; first += MOST_NAMES) {
        const AlarmNames = names.slice(first, first + MOST_NAMES);
        const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames, StateValue: 'ALARM', MaxRecords: MOST_NAMES })); // prettier-ignore
        for (const { AlarmName: name = '', AlarmDescription: description = '', StateTransitionedTimestamp, StateUpdatedTimestamp, StateReason: reason = '' } of MetricAlarms) {
          const since = StateTransitionedTimestamp ?? StateUpdatedTimestamp;
          found.push({ name, description, sinceMs: since?.getTime() ?? 0, reason });
        } // prettier-ignore
      }
      return found;
    },
  };
}
