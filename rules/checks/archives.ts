import type { Additions } from './additions';
import { items } from './doors';
import type { Resource } from '../reading/graph';
import { BUCKET, isEventBucket } from './holdings';
import { fail, forEach, pass, undecided, type Verdict } from './rule';
import { certainly, known, map, or, type Read, type Value } from '../reading/value';

/** Storage classes whose objects nobody reads before somebody has restored them (S3: "Storage classes"). */
const ARCHIVES = ['GLACIER', 'DEEP_ARCHIVE'];

const WANT = 'no rule that moves current objects to a class from which they must be restored';

/** Replay, unpack and whoever sends parked events back read objects as they are. */
function judgeClasses(bucket: Resource): Verdict {
  const place = { resource: bucket, property: 'LifecycleConfiguration.Rules' };
  const rules = or(bucket.at(place.property).list(), () => known([]));
  if (rules.kind === 'unknown') return undecided(place, rules.why, WANT);
  const archiving = rules.kind === 'known' ? rules.value.map(archives) : [];
  if (archiving.some((yes) => certainly(yes, Boolean))) {
    return fail(place, 'a rule that archives objects', WANT, 'warning');
  }
  return archiving.some(({ kind }) => kind === 'unknown')
    ? undecided(place, 'a rule that may be on', WANT)
    : pass(place);
}

function archives(rule: Value): Read<boolean> {
  const moves = [...items(rule.at('Transitions')), rule.at('Transition')];
  const classes = moves.map((move) => move.at('StorageClass').string());
  if (!classes.some((read) => certainly(read, (name) => ARCHIVES.includes(name)))) return known(false);
  return map(rule.at('Status').string(), (status) => status === 'Enabled');
}

export const ARCHIVE_CHECKS: Additions = {
  LK504: [forEach(BUCKET, (bucket, graph) => (isEventBucket(graph, bucket) ? judgeClasses(bucket) : []))],
};
