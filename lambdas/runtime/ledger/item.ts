import type { Update } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LEDGER, ledgerKey } from '../contract';
import type { Item } from '../stores/tables';
import { codeState, failuresOf, NOTHING_RECENT, type CodeState, type Recent } from './breaker-budget';
import type { Other } from './who-is-to-blame';
import { MARKERS, once, type Marker } from './markers';
import { parkUpToOf } from './park-up-to';
import type { LedgerState } from './state';

/** Where a partition's ledger is. */
export interface LedgerAt {
  readonly topic: string;
  readonly partition: number;
}
export interface LedgerTable {
  readonly environment: { readonly cluster: string; readonly group: string; readonly table: string };
}

const names = (...used: (keyof typeof LEDGER)[]): Record<string, string> =>
  Object.fromEntries(used.map((name) => [`#${name}`, LEDGER[name]]));

export const keyOf = ({ topic, partition }: LedgerAt, { environment }: LedgerTable): string =>
  ledgerKey({ ...environment, topic, partition });

/** A batch begins: its marker is added without a look at the item, where there is room. */
export function beganUpdate(at: LedgerAt, marker: Marker, deps: LedgerTable): Update {
  return {
    TableName: deps.environment.table,
    Key: marshall({ [LEDGER.key]: keyOf(at, deps) }),
    UpdateExpression: 'ADD #version :one SET #open = list_append(if_not_exists(#open, :none), :this)',
    ConditionExpression: 'attribute_not_exists(#open) OR size(#open) < :most',
    ExpressionAttributeNames: names('version', 'open'),
    ExpressionAttributeValues: marshall({ ':one': 1, ':none': [], ':this': [marker], ':most': MARKERS }, PLAIN),
  };
}

/** The next state, over the version it was computed from. What a person said is only ever taken away. */
export function stateUpdate(at: LedgerAt, over: LedgerState, next: LedgerState, deps: LedgerTable): Update {
  const { open, counted, counts, unsettled, codes, recent } = next;
  const last = codes.at(-1);
  const failures = last ? failuresOf(last) : 0;
  const values = { open, counted, ...counts, failures, unsettled: unsettled ?? [], codes, recent };
  const set = Object.keys(values) as (keyof typeof values)[];
  const said = over.parkUpTo && !next.parkUpTo ? (['parkUpTo', 'parkUpToAt'] as const) : [];
  return {
    TableName: deps.environment.table,
    Key: marshall({ [LEDGER.key]: keyOf(at, deps) }),
    UpdateExpression: [
      `SET #version = :version, ${set.map((name) => `#${name} = :${name}`).join(', ')}`,
      ...(said.length > 0 ? [`REMOVE ${said.map((name) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: over.version === 0 ? 'attribute_not_exists(#version)' : '#version = :over',
    ExpressionAttributeNames: names('version', ...set, ...said),
    ExpressionAttributeValues: marshall(
      {
        ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
        ':version': over.version + 1,
        ...(over.version > 0 && { ':over': over.version }),
      },
      PLAIN,
    ),
  };
}

const PLAIN = { removeUndefinedValues: true } as const;

/** A ledger as it is in the table. What a begin wrote alone has markers only. */
export function stateOf(item: Item, nowMs: number): LedgerState {
  const number = (name: keyof typeof LEDGER) => Number(item[LEDGER[name]] ?? 0);
  const list = <T>(name: keyof typeof LEDGER) => (item[LEDGER[name]] ?? []) as readonly T[];
  const [from, to] = list<number>('unsettled');
  const parkUpTo = parkUpToOf(item, nowMs);
  return {
    version: number('version'),
    open: once(list('open')),
    counted: list('counted'),
    counts: { applied: number('applied'), duplicate: number('duplicate'), parked: number('parked') },
    ...(from !== undefined && to !== undefined && { unsettled: [from, to] as const }),
    codes: codesOf(item),
    recent: recentOf(item),
    ...(parkUpTo && { parkUpTo }),
  };
}

export const otherOf = (partition: number, item: Item): Other => ({
  partition,
  version: Number(item[LEDGER.version] ?? 0),
  codes: codesOf(item),
  recent: recentOf(item),
});

const recentOf = (item: Item): Recent => (item[LEDGER.recent] ?? NOTHING_RECENT) as Recent;

/** A ledger of an earlier version of this library knows how many had failed, and nothing of codes. */
function codesOf(item: Item): readonly CodeState[] {
  const codes = item[LEDGER.codes] as readonly CodeState[] | undefined;
  if (codes) return codes;
  const failures = Number(item[LEDGER.failures] ?? 0);
  return failures > 0 ? [{ ...codeState([], ''), asked: failures }] : [];
}
