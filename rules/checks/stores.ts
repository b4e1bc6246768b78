import {
  CONSUMER_VARIABLE,
  objectPart,
  REDRIVE_WINDOW_SECONDS,
  SPILL_LIMIT_SECONDS,
  TABLE_EXPIRY,
} from '../../lambdas/runtime/contract';
import { forEachPart, type Part } from './environment';
import { meets, type Facts } from '../reading/facts';
import type { Graph, Resource } from '../reading/graph';
import { forEachEventBucket, forEachIdempotencyTable, forEachTableOutOfSight, TABLES } from './holdings';
import { retentionOf, topicNamed } from '../reading/kafka';
import { dynamodb, s3 } from './pages';
import { fail, judge, judgeMatch, pass, together, undecided, type Place, type Rule, type Verdict } from './rule';
import { most, type Match } from '../reading/matching';
import { certainly, known, map, or, then, unknown, type Read, type Value } from '../reading/value';

/** What the idempotency table and the buckets of events can get wrong. */

/** Seconds for which a second copy of an event may still come. */
function neededMemory(graph: Graph, fields: Value): Read<number> {
  const retention = then(fields.at('topic').text(), (name) => {
    const topic = topicNamed(graph, name, fields.at('cluster').text());
    return topic ? retentionOf(graph, topic) : unknown('the retention of a topic that is not in the template');
  });
  return map(retention, (ms) => Math.max(ms / 1000, SPILL_LIMIT_SECONDS) + REDRIVE_WINDOW_SECONDS);
}

function judgeMemory({ handler, property, fields }: Part, graph: Graph): Verdict {
  const place = { resource: handler, property: `${property}.doneSeconds` };
  const needed = neededMemory(graph, fields);
  const least = needed.kind === 'known' ? needed.value : SPILL_LIMIT_SECONDS + REDRIVE_WINDOW_SECONDS;
  const want = `${least} s or more: the longest of retention and spill limit, plus the redrive window`;
  const verdict = judge(place, fields.at('doneSeconds').number(), { want, ok: (seconds) => seconds >= least });
  return verdict.status === 'pass' && needed.kind === 'unknown' ? undecided(place, needed.why, want) : verdict;
}

/** Parked records carry no expiry; under another attribute they might. */
function judgeExpiry(table: Resource): Verdict {
  const place = { resource: table, property: 'TimeToLiveSpecification' };
  const enabled = or(table.at('TimeToLiveSpecification.Enabled').boolean(), () => known(false));
  const attribute = table.at('TimeToLiveSpecification.AttributeName').string();
  if (certainly(enabled, (on) => !on)) return pass(place);
  return judge(place, attribute, { want: `expiry by ${TABLE_EXPIRY}, or none`, ok: (name) => name === TABLE_EXPIRY });
}

/** A global table says it for each replica. */
function judgeRecovery(table: Resource): Verdict[] {
  const name = 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled';
  const want = { want: 'true', ok: Boolean, byDefault: false };
  const replicas = table.type === TABLES[1] ? table.at('Replicas').list() : undefined;
  if (replicas?.kind !== 'known') return [judge({ resource: table, property: name }, table.at(name).boolean(), want)];
  return replicas.value.map((replica, index) =>
    judge({ resource: table, property: `Replicas.${index}.${name}` }, replica.at(name).boolean(), want),
  );
}

const EXPIRES = ['ExpirationInDays', 'ExpirationDate', 'Expiration'];

/** How the names of our objects begin: those of dead letters and spilled events, and those that Lambda gives. */
const OURS = [objectPart('arn:'), 'aws/lambda/'];

function judgeLifecycle(bucket: Resource): Verdict {
  const property = 'LifecycleConfiguration.Rules';
  const place = { resource: bucket, property };
  const want = 'no rule that removes current objects';
  const rules = or(bucket.at(property).list(), () => known([]));
  if (rules.kind === 'unknown') return undecided(place, rules.why, want);
  const removing = rules.kind === 'known' ? rules.value.map(removesOurs) : [];
  if (removing.some((removes) => certainly(removes, Boolean))) return fail(place, 'a rule that expires objects', want);
  return removing.some(({ kind }) => kind === 'unknown')
    ? undecided(place, 'a rule that may be on', want)
    : pass(place);
}

/** Whether a rule is on, and expires events: neither objects of another prefix, nor those that somebody has tagged. */
function removesOurs(rule: Value): Read<boolean> {
  if (EXPIRES.every((name) => rule.at(name).raw === undefined)) return known(false);
  if (certainly(rule.at('TagFilters').list(), (tags) => tags.length > 0)) return known(false);
  const prefix = or(rule.at('Prefix').string(), () => known(''));
  const foreign = (text: string) => OURS.every((own) => !own.startsWith(text) && !text.startsWith(own));
  if (certainly(prefix, foreign)) return known(false);
  const on = map(rule.at('Status').string(), (status) => status === 'Enabled');
  return then(on, (enabled) => (enabled ? map(prefix, () => true) : known(false)));
}

const BLOCKS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];

/**
 * S3 shuts out the public from every new bucket and encrypts every object, so that nothing need be said. What is said
 * replaces the four as a whole: one that is left out then is off.
 */
function judgeExposure(bucket: Resource, graph: Graph): Verdict[] {
  const said = bucket.at('PublicAccessBlockConfiguration').object().kind !== 'absent';
  return [
    ...BLOCKS.map((block) => {
      const property = `PublicAccessBlockConfiguration.${block}`;
      return judge({ resource: bucket, property }, bucket.at(property).boolean(), {
        want: 'true',
        ok: Boolean,
        byDefault: !said,
      });
    }),
    judgeTransport(graph, bucket),
  ];
}

function judgeTransport(graph: Graph, bucket: Resource): Verdict {
  const place: Place = { resource: bucket, property: 'AWS::S3::BucketPolicy' };
  const want = 'a bucket policy that denies requests without TLS';
  const statements = graph
    .ofType('AWS::S3::BucketPolicy')
    .filter((policy) => graph.means(policy.at('Bucket').text(), bucket))
    .map((policy) => policy.at('PolicyDocument.Statement').oneOrMore());
  const doubt = statements.find((list) => list.kind === 'unknown');
  const refused = statements.flatMap((list) => (list.kind === 'known' ? list.value.map(refusesPlainText) : []));
  const maybe = doubt?.kind === 'unknown' ? doubt.why : 'one that may ask for more';
  return judgeMatch(place, most(doubt ? [...refused, 'maybe'] : refused), { want, no: 'none', maybe });
}

/** A request without TLS has no version of it. */
const PLAIN_TEXT: Facts = {
  'aws:securetransport': 'false',
  's3:tlsversion': null,
  'aws:principalisawsservice': 'false',
};

/** In whichever words: `Bool` with `false`, `StringNotEquals` with `true`, and those that end in `IfExists`. */
function refusesPlainText(statement: Value): Match {
  const denies = certainly(statement.at('Effect').string(), (effect) => effect === 'Deny');
  const everyAction = certainly(statement.at('Action').oneOrMore(), (actions) =>
    actions.some((action) => certainly(action.string(), (text) => /^(s3:)?\*$/i.test(text))),
  );
  return denies && everyAction ? meets(statement.at('Condition'), PLAIN_TEXT, {}) : 'no';
}

export const STORE_RULES: readonly Rule[] = [
  {
    code: 'LK401',
    name: 'forgets-too-early',
    severity: 'error',
    why: 'a second copy of an event, replayed or sent back, meets a consumer that no longer knows it was applied, or was parked',
    fix: {
      cdk: `use EventConsumer, which counts doneSeconds out; a table of your own expires by ${TABLE_EXPIRY} alone`,
      cloudFormation: `raise doneSeconds of the LOSSLESS_CONSUMER_ variable, and let the table expire by ${TABLE_EXPIRY} alone`,
    },
    source: dynamodb('TTL'),
    check: together(forEachPart(CONSUMER_VARIABLE, judgeMemory), forEachIdempotencyTable(judgeExpiry)),
  },
  {
    code: 'LK402',
    name: 'no-point-in-time-recovery',
    severity: 'warning',
    why: 'a table that is damaged cannot be brought back, and with it goes which events were applied or parked',
    fix: {
      cdk: 'use EventConsumer, or pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true }',
      cloudFormation: 'set PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled to true',
    },
    source: dynamodb('Point-in-time-recovery'),
    check: together(
      forEachIdempotencyTable(judgeRecovery),
      forEachTableOutOfSight('a table with point-in-time recovery'),
    ),
  },
  {
    code: 'LK501',
    name: 'dead-letters-expire',
    severity: 'error',
    why: 'events that were parked or spilled are removed before anybody sends them back',
    fix: {
      cdk: 'use DeadLetters and SpillStore, or leave expiration out of lifecycleRules (noncurrentVersionExpiration is fine)',
      cloudFormation: 'remove ExpirationInDays and ExpirationDate from LifecycleConfiguration',
    },
    source: s3('lifecycle-expire-general-considerations'),
    check: forEachEventBucket('no rule that removes current objects', judgeLifecycle),
  },
  {
    code: 'LK502',
    name: 'dead-letters-exposed',
    severity: 'error',
    why: 'whole events lie in the bucket: who can read them has the data, who can write or delete them loses them for you',
    fix: {
      cdk: 'use DeadLetters and SpillStore, or blockPublicAccess: BLOCK_ALL and enforceSSL: true',
      cloudFormation:
        'set all four of PublicAccessBlockConfiguration or none, and add an AWS::S3::BucketPolicy that denies s3:* where aws:SecureTransport is false',
    },
    source: s3('security-best-practices'),
    check: forEachEventBucket('a private bucket', judgeExposure),
  },
  {
    code: 'LK503',
    name: 'dead-letters-overwritable',
    severity: 'warning',
    why: 'an object that is overwritten or deleted by mistake is gone, and its events with it',
    fix: {
      cdk: 'use DeadLetters and SpillStore, or versioned: true',
      cloudFormation: 'set VersioningConfiguration.Status to Enabled',
    },
    source: s3('Versioning'),
    check: forEachEventBucket('versioning', (bucket) => {
      const property = 'VersioningConfiguration.Status';
      const status = bucket.at(property).string();
      return judge({ resource: bucket, property }, status, { want: 'Enabled', ok: (text) => text === 'Enabled' });
    }),
  },
];
