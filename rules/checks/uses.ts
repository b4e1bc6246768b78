import { CONSUMER_VARIABLE, PRODUCER_VARIABLE, UNPACK_VARIABLE } from '../../lambdas/runtime/contract';
import { forEachPart, type Part } from './environment';
import type { Graph } from '../reading/graph';
import { lambda } from './pages';
import { replays } from './producers';
import { folderBelow, judgeRights, tableNeeds, writeNeeds } from './rights';
import { together, type Place, type Rule, type Verdict } from './rule';
import { certainly, known, type Read } from '../reading/value';

/** What functions of ours may do with the table and the buckets that their environment names. */

const place = ({ handler, property }: Part, name: string): Place => ({
  resource: handler,
  property: `${property}.${name}`,
});

function judgeMemory(part: Part, graph: Graph): Verdict[] {
  const table = part.fields.at('table').text();
  if (table.kind === 'absent') return [];
  return [judgeRights(graph, place(part, 'table'), part.handler, tableNeeds(graph, table))];
}

/** Of a consumer group's own dead letters; of a producer's, which never reached the topic. */
function judgeParking(part: Part, graph: Graph, group: Read<string>): Verdict[] {
  const bucket = part.fields.at('deadLetters').text();
  if (bucket.kind === 'absent') return [];
  const folder = folderBelow([part.fields.at('cluster').text(), group, part.fields.at('topic').text()]);
  return [judgeRights(graph, place(part, 'deadLetters'), part.handler, writeNeeds(graph, bucket, true, folder))];
}

const consumerParks = (part: Part, graph: Graph): Verdict[] =>
  judgeParking(part, graph, part.fields.at('group').text());

/** A producer parks what Kafka refuses if it is told to; and whatever replay finds that Kafka never takes. */
function producerStores(part: Part, graph: Graph): Verdict[] {
  const parks = certainly(part.fields.at('onRejected.kind').string(), (kind) => kind === 'park');
  return parks || replays(part) ? judgeParking(part, graph, known('-')) : [];
}

export const USE_RULES: readonly Rule[] = [
  {
    code: 'LK403',
    name: 'table-out-of-reach',
    severity: 'error',
    why: 'without its idempotency table a consumer applies nothing: records go to the destination after the last retry, or with the retention',
    fix: {
      cdk: 'use EventConsumer, which grants it',
      cloudFormation:
        "allow the function's role dynamodb:BatchGetItem, GetItem, PutItem and UpdateItem on the table, and kms:Decrypt on its key",
    },
    source: lambda('lambda-intro-execution-role'),
    check: together(forEachPart(CONSUMER_VARIABLE, judgeMemory), forEachPart(UNPACK_VARIABLE, judgeMemory)),
  },
  {
    code: 'LK505',
    name: 'dead-letters-not-writable',
    severity: 'error',
    why: 'a record that cannot be applied cannot be parked: it is tried until retries or the retention end',
    fix: {
      cdk: 'use EventConsumer, EventProducer and SpillStore, or deadLetters.grantPark(function, topic, group)',
      cloudFormation:
        "allow the function's role s3:PutObject on <bucket>/<cluster>/<group>/<topic>/* (or <bucket>/*) and kms:GenerateDataKey on its key",
    },
    source: lambda('lambda-intro-execution-role'),
    check: together(
      forEachPart(CONSUMER_VARIABLE, consumerParks),
      forEachPart(UNPACK_VARIABLE, consumerParks),
      forEachPart(PRODUCER_VARIABLE, producerStores),
    ),
  },
];
