import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { Deployed } from '../deployed';
import type { Drift } from '../drift';
import { drift, each, filled, property, PUT_BACK, type Reading } from '../reading';
import { ruled } from '../ruled';

export const functions: Reading = each(async (of, { ask }) => {
  const FunctionName = of.physicalId;
  const said = await ask(of, 'lambda:GetFunctionConfiguration', { FunctionName });
  if (said.kind === 'none') return 'gone';
  const concurrency = await ask(of, 'lambda:GetFunctionConcurrency', { FunctionName });
  const reserved = property('ReservedConcurrentExecutions', concurrency, (value) => value.ReservedConcurrentExecutions);
  if (said.kind === 'unseen') return [{ of, properties: reserved }];
  const {
    Timeout,
    Environment,
    Role,
    VpcConfig,
    DeadLetterConfig,
    State,
    StateReason,
    LastUpdateStatus,
    LastUpdateStatusReason,
  } = said.value;
  const { SubnetIds = [], SecurityGroupIds = [] } = VpcConfig ?? {};
  const drifts: Drift[] = [...forgotten(of, Environment?.Variables ?? {})];
  if (State === 'Failed') drifts.push(outOfOrder(of, 'State', `Failed: ${StateReason ?? 'no reason given'}`, 'Active'));
  if (LastUpdateStatus === 'Failed')
    drifts.push(
      outOfOrder(of, 'LastUpdateStatus', `Failed: ${LastUpdateStatusReason ?? 'no reason given'}`, 'Successful'),
    );
  if (
    reserved['ReservedConcurrentExecutions'] === 0 &&
    !of.stack.values.agrees(of.properties['ReservedConcurrentExecutions'], 0)
  ) {
    drifts.push(
      ruled('LK313', {
        of,
        property: 'ReservedConcurrentExecutions',
        found: '0: no call of it runs',
        wanted: 'what the template says',
        fix: `aws lambda delete-function-concurrency --function-name ${FunctionName}, or deploy what the template says`,
      }),
    );
  }
  const properties = {
    Timeout,
    Role,
    Environment: filled(Environment?.Variables) && { Variables: Environment?.Variables },
    VpcConfig: SubnetIds.length > 0 ? { SubnetIds, SecurityGroupIds } : undefined,
    DeadLetterConfig: filled(DeadLetterConfig),
    ...reserved,
  };
  return [{ of, properties, drifts }];
});

export const invokeConfigs: Reading = each(async (of, { ask }) => {
  const { FunctionName, Qualifier } = of.stack.values.meaningOf(of.properties) as {
    FunctionName: string;
    Qualifier?: string;
  };
  const said = await ask(of, 'lambda:GetFunctionEventInvokeConfig', {
    FunctionName,
    ...(Qualifier !== undefined && { Qualifier }),
  });
  if (said.kind === 'none') return 'gone';
  if (said.kind === 'unseen') return [];
  const { MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig } = said.value;
  const { OnFailure, OnSuccess } = DestinationConfig ?? {};
  const destinations = filled({ OnFailure: filled(OnFailure), OnSuccess: filled(OnSuccess) });
  return [{ of, properties: { MaximumEventAgeInSeconds, MaximumRetryAttempts, DestinationConfig: destinations } }];
});

export const mappings: Reading = each(async (of, { ask }) => {
  const said = await ask(of, 'lambda:GetEventSourceMapping', { UUID: of.physicalId });
  if (said.kind === 'none') return 'gone';
  if (said.kind === 'unseen') return [];
  return [
    {
      of,
      properties: propertiesOf(of, said.value),
      drifts: [...stateOf(of, said.value), ...lastResult(of, said.value)],
    },
  ];
});

/** Of a mapping, what rules read; the service calls them as templates do. */
const SAME = [
  'BatchSize',
  'BisectBatchOnFunctionError',
  'EventSourceArn',
  'FunctionResponseTypes',
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'ParallelizationFactor',
  'Queues',
  'ScalingConfig',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'StartingPosition',
  'Topics',
] as const;

function propertiesOf(of: Deployed, said: EventSourceMappingConfiguration): Record<string, unknown> {
  const arn = said.FunctionArn ?? '';
  const byArn = String(of.stack.values.meaningOf(of.properties['FunctionName'])).startsWith('arn:');
  const { ProvisionedPollerConfig: pollers, AmazonManagedKafkaEventSourceConfig: kafka } = said;
  return {
    ...Object.fromEntries(SAME.map((name) => [name, emptied(said[name])])),
    FunctionName: byArn ? arn : arn.split(':').slice(6).join(':'),
    DestinationConfig: filled({ OnFailure: filled(said.DestinationConfig?.OnFailure) }),
    FilterCriteria: said.FilterCriteria?.Filters?.length ? said.FilterCriteria : undefined,
    SourceAccessConfigurations: emptied(said.SourceAccessConfigurations),
    ProvisionedPollerConfig: filled(pollers),
    AmazonManagedKafkaEventSourceConfig: filled(kafka),
    // Seconds; -1 is none.
    ...(said.MaximumRecordAgeInSeconds === -1 && { MaximumRecordAgeInSeconds: undefined }),
  };
}

const emptied = (value: unknown): unknown => (Array.isArray(value) && value.length === 0 ? undefined : value);

function stateOf(of: Deployed, { State = 'unknown', StateTransitionReason }: EventSourceMappingConfiguration): Drift[] {
  if (State === 'Enabled' || of.stack.values.agrees(of.properties['Enabled'], false)) return [];
  const why = StateTransitionReason === undefined ? '' : ` (${StateTransitionReason})`;
  const off = ['Disabled', 'Disabling', 'Deleting'].includes(State);
  const told = { of, property: 'State', found: `${State}${why}`, wanted: 'Enabled' };
  const fix = off
    ? `aws lambda update-event-source-mapping --uuid ${of.physicalId} --enabled, once what made somebody switch it off is mended`
    : 'wait a minute, and run the command again';
  return [off ? ruled('LK313', { ...told, fix }) : drift('LK802', { ...told, fix })];
}

/** Lambda's own words; a mapping without records says that, too. */
function lastResult(of: Deployed, { LastProcessingResult: result = '' }: EventSourceMappingConfiguration): Drift[] {
  if (!/PROBLEM|error|fail/i.test(result)) return [];
  const fix = "look at the log of the function, and at 'Batches fail' in the runbook";
  return [drift('LK803', { of, property: 'LastProcessingResult', found: result, wanted: 'OK, or no records', fix })];
}

/** Variables by which a function knows what it is there for. One that is changed is judged by the loss rules. */
function forgotten(of: Deployed, now: Readonly<Record<string, string>>): Drift[] {
  const { Variables = {} } = Object(of.properties['Environment']) as {
    readonly Variables?: Readonly<Record<string, unknown>>;
  };
  const lost = Object.keys(Variables).filter((name) => name.startsWith(VARIABLES) && now[name] === undefined);
  return lost.map((name) =>
    ruled('LK320', {
      of,
      property: `Environment.Variables.${name}`,
      found: 'nothing',
      wanted: 'what the template says',
      fix: PUT_BACK,
    }),
  );
}

const VARIABLES = 'LOSSLESS_';

const outOfOrder = (of: Deployed, property: string, found: string, wanted: string): Drift =>
  drift('LK802', { of, property, found, wanted, fix: 'mend what the service names, then deploy the stack again' });
