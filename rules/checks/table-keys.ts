import { TABLE_KEY } from '../../lambdas/runtime/contract';
import type { Additions } from './additions';
import type { Resource } from '../reading/graph';
import { forEachIdempotencyTable } from './holdings';
import { fail, pass, undecided, type Verdict } from './rule';

const WANT = `a partition key '${TABLE_KEY}' and no sort key`;

/** Under another key DynamoDB refuses every record of an event, and the consumer applies none. */
function judgeKeys(table: Resource): Verdict {
  const place = { resource: table, property: 'KeySchema' };
  const schema = table.at('KeySchema').list();
  if (schema.kind !== 'known') return schema.kind === 'unknown' ? undecided(place, schema.why, WANT) : pass(place);
  const names = schema.value.map((key) => key.at('AttributeName').string());
  const unknown = names.find(({ kind }) => kind === 'unknown');
  if (unknown?.kind === 'unknown') return undecided(place, unknown.why, WANT);
  const said = names.flatMap((name) => (name.kind === 'known' ? [name.value] : []));
  return said.length === 1 && said[0] === TABLE_KEY ? pass(place) : fail(place, said.join(' and ') || 'none', WANT);
}

export const TABLE_KEY_CHECKS: Additions = { LK403: [forEachIdempotencyTable(judgeKeys)] };
