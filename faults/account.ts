import { readTables, type FinalRead, type TableSource } from './final-read';
import { isAccepted, type Sent } from './load';

/** What became of every event of a run. */
export interface Account {
  accepted: number;
  acked: number;
  spilled: number;
  rejected: number;
  /** Events whose caller never got a yes or a no; they may be applied, and are never counted as lost. */
  unknown: number;
  applied: number;
  parked: number;
  /** Sent back, whatever became of them then. */
  redriven: number;
  /** Ended by a person: another event was published in their place, or they were removed for a reason. */
  amended: number;
  discarded: number;
  lost: string[];
  appliedTwice: string[];
  latencyMs: { p50: number | null; p99: number | null };
}

type Books = Pick<FinalRead, 'effects' | 'settled'>;

/** Reads the books independently of the pipeline and holds every accepted event against them. */
export async function account(sent: readonly Sent[], books: TableSource): Promise<Account> {
  return weigh(sent, await readTables(books));
}

/** Holds every accepted event against the books. */
export function weigh(sent: readonly Sent[], { effects, settled }: Books): Account {
  const timesApplied = new Map(Object.entries(effects.timesApplied));
  const parked = new Set(settled.flatMap(({ state, id }) => (state === 'parked' && id !== undefined ? [id] : [])));
  const inState = (state: Books['settled'][number]['state']) => settled.filter((record) => record.state === state);
  // A discarded event's record holds its place and no id.
  const ended = new Set(['amended', 'discarded'].flatMap((state) => inState(state as 'amended').map(placeOf)));
  const count = (outcome: Sent['outcome']) => sent.filter((event) => event.outcome === outcome).length;
  const accepted = sent.filter(({ outcome }) => isAccepted(outcome));
  return {
    accepted: accepted.length,
    acked: count('acked'),
    spilled: count('spilled'),
    rejected: count('rejected'),
    unknown: count('unknown') + count('waiting'),
    applied: timesApplied.size,
    parked: parked.size,
    redriven: settled.filter(({ generation = 0 }) => generation > 0).length,
    ...{ amended: inState('amended').length, discarded: inState('discarded').length },
    lost: accepted
      .filter((event) => !timesApplied.has(event.id) && !parked.has(event.id) && !ended.has(placeOf(event)))
      .map(({ id }) => id),
    appliedTwice: [...timesApplied].filter(([, times]) => times > 1).map(([id]) => id),
    latencyMs: latency(accepted, settled),
  };
}

const placeOf = ({ partition, offset }: { readonly partition?: number; readonly offset?: number }): string =>
  `${partition}/${offset}`;

/** From acceptance (the caller's answer or the leader's append, whichever was first) to the effect. */
function latency(accepted: readonly Sent[], settled: Books['settled']): Account['latencyMs'] {
  const done = new Map<string, Books['settled'][number]>(
    settled.flatMap((record) =>
      record.state === 'done' ? [[`${record.partition}/${record.offset}`, record] as const] : [],
    ),
  );
  const values = accepted
    .flatMap(({ partition, offset, acceptedAt = Infinity }) => {
      const effect = done.get(`${partition}/${offset}`);
      return effect ? [Math.max(0, effect.settledAt - Math.min(acceptedAt, effect.timestamp ?? Infinity))] : [];
    })
    .sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? null;
  return { p50: at(0.5), p99: at(0.99) };
}
