import { inWords } from '../../lambdas/runtime/time/within';
import { counted } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import type { ListedLetter } from './letters';
import type { RedriveOptions } from './options';
import type { Place } from './places';
import type { Surroundings } from './surroundings';

interface Meant {
  readonly topic: string;
  readonly group: string;
  readonly cluster: string;
  readonly partitions: Set<number>;
  count: number;
}

/** Says what a redrive would send where, and who else would see it again. Writes and sends nothing. */
export async function dryRun(
  places: readonly Place[],
  options: RedriveOptions,
  around: Surroundings,
  selected: () => AsyncIterable<ListedLetter>,
): Promise<0> {
  const meant = new Map<string, Meant>();
  for await (const { topic, group, cluster, partition } of selected()) {
    const name = JSON.stringify([cluster, topic, group]);
    const known = meant.get(name) ?? { topic, group, cluster, partitions: new Set<number>(), count: 0 };
    known.count += 1;
    known.partitions.add(partition);
    meant.set(name, known);
  }
  const rows = await Promise.all([...meant.values()].map(async (each) => ({ ...each, others: await othersOf(each, places, around) }))); // prettier-ignore
  if (options.json) {
    const told = rows.map(({ partitions, ...row }) => ({ ...row, partitions: [...partitions].sort((a, b) => a - b) }));
    around.print(`${JSON.stringify({ dryRun: true, wouldSend: told })}\n`);
    return 0;
  }
  for (const { topic, group, partitions, count, others } of rows) {
    const from = group === '-' ? 'that never reached it' : `parked by group ${printable(group)}, from ${counted(partitions.size, 'partition')}`; // prettier-ignore
    around.print(`${counted(count, 'letter')} would go to topic ${printable(topic)}: ${from}\n`);
    around.print(`  groups that would see them again, and know each event by its id: ${others}\n`);
  }
  around.print(rows.length === 0 ? 'nothing would be sent: no dead letter is meant\n' : 'nothing was sent\n');
  return 0;
}

/** Groups that read the topic beside that one, in words. */
export async function othersOf({ cluster, topic, group }: Pick<Meant, 'cluster' | 'topic' | 'group'>, places: readonly Place[], around: Surroundings): Promise<string> {
  const told = places.flatMap((place) => (place.topic === topic && place.group !== undefined ? [place.group] : []));
  let mapped: readonly string[] = [];
  let unknown = '';
  try {
    mapped = await around.groupsOf(cluster, topic);
  } catch (error) {
    unknown = `; whether there are others Lambda does not say: ${printable(inWords(error))}`;
  }
  const others = [...new Set([...told, ...mapped])].filter((other) => other !== group && other !== '-');
  return `${others.map(printable).join(', ') || 'none'}${unknown}`;
} // prettier-ignore
