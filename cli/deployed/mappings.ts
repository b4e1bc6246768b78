import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';

export interface Mapping {
  readonly uuid: string;
  readonly topic: string;
  readonly group: string;
  /** Lambda's word, such as Enabled. */
  readonly state: string;
  /** How its last try to deliver ended, in Lambda's words. */
  readonly lastResult?: string;
}

/** Mappings that read from the cluster, in the account that the SDK finds. The client is loaded when it is asked. */
export async function mappingsAt(where: { readonly region?: string }, cluster: string): Promise<readonly Mapping[]> {
  const { LambdaClient, paginateListEventSourceMappings } = await import('@aws-sdk/client-lambda');
  const found: Mapping[] = [];
  const client = new LambdaClient(where);
  for await (const page of paginateListEventSourceMappings({ client }, { EventSourceArn: cluster })) {
    found.push(...(page.EventSourceMappings ?? []).flatMap(mappingOf));
  }
  return found;
}

/** Lambda takes one topic for each mapping. */
function mappingOf({ UUID, Topics, State, LastProcessingResult, AmazonManagedKafkaEventSourceConfig: kafka }: EventSourceMappingConfiguration): Mapping[] {
  const [topic] = Topics ?? [];
  const group = kafka?.ConsumerGroupId;
  if (UUID === undefined || topic === undefined || group === undefined) return [];
  return [{ uuid: UUID, topic, group, state: State ?? 'unknown', lastResult: LastProcessingResult }];
} // prettier-ignore
