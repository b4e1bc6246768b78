import { DOOR_OUTPUT, type DoorOutput } from '../../lambdas/runtime/contract';
import type { Deployed } from '../deployed/clients';
import { outputOf } from '../deployed/output';
import { partsOf, type GroupParts } from '../deployed/parts';
import { isWhole, stackOf } from '../deployed/stack';

/** Where canaries are sent, and who has to settle them. */
export interface DrillPlaces {
  readonly cluster: string;
  readonly topic: string;
  /** The ingest function. */
  readonly ingest: string;
  readonly groups: readonly Pick<GroupParts, 'group' | 'table'>[];
}

/**
 * @param topic - the one of several. @default - the only one
 * @throws Error in one sentence for stacks that are not there, not whole, or have no door or no consumer
 */
export async function placesOf(
  stacks: readonly string[],
  topic: string | undefined,
  deployed: Pick<Deployed, 'stack'>,
): Promise<DrillPlaces> {
  const told = await Promise.all(stacks.map((name) => stackOf(name, deployed)));
  const half = told.find((stack) => !isWhole(stack));
  if (half) throw new Error(`stack ${half.name}: got ${half.status}, want one that is deployed as a whole; wait until it is, or deploy it again`); // prettier-ignore
  const parts = partsOf(told);
  const doors = told.flatMap(({ outputs }) => outputs.flatMap((text) => outputOf<DoorOutput>(text, DOOR_OUTPUT) ?? []));
  const topics = [...new Set(doors.map((door) => door.topic))];
  if (topics.length === 0) throw new Error(`stack ${stacks.join(', ')}: got no door, want one through which canaries are sent; add one with addIngest and deploy it with this version`); // prettier-ignore
  if (topic === undefined && topics.length > 1) throw new Error(`--topic: got none for doors of ${topics.join(' and ')}, want one of them; give it`); // prettier-ignore
  const door = doors.find((each) => each.topic === (topic ?? topics[0]));
  if (!door) throw new Error(`--topic: got ${topic}, want one that has a door: ${topics.join(', ')}; correct it`);
  const groups = parts.find((each) => each.topic === door.topic && each.cluster === door.cluster)?.groups ?? [];
  if (groups.length === 0) throw new Error(`topic ${door.topic}: got no consumer in ${stacks.join(', ')}, want one that settles canaries; name its stack, too`); // prettier-ignore
  return { cluster: door.cluster, topic: door.topic, ingest: door.ingest, groups };
}
