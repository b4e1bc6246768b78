import { exhaustion, type GivenUp, type Recording, type Scenario } from './scenarios';
import { RETRIES, topicOf, WINDOW_SECONDS, type Delivery } from './wire';

/** One point that AWS does not document, and what was measured. */
export interface Finding {
  /** A switch of the local mapping, or `configs` or `s3Endpoint`, which are none. */
  readonly point: string;
  /** Undefined: the recording does not tell. */
  readonly value: unknown;
  /** What was seen, or what was missing. */
  readonly because: string;
}

export interface Deployed {
  /** How the topic's `Configs` were written. */
  readonly configs: string;
  readonly s3Endpoint: boolean;
}

/** What a recording tells. Says of nothing more than it shows: what was not seen has no value. */
export function findings(recording: Recording, deployed: Deployed): readonly Finding[] {
  return [
    redeliver(recording.redeliver),
    newerBeforeRedelivery(recording),
    retryCountOnProgress(recording.progress),
    bisectCountsAsRetry(recording.bisect),
    throttleCountsAsRetry(recording),
    retryBackoff(recording.backoff),
    nullForm('nullKey', 'key', recording.nulls),
    nullForm('nullValue', 'value', recording.nulls),
    agedOutCondition(recording.aged),
    objectKey(recording.backoff),
    refusedDelivery(recording.refused),
    undecodableValue(recording.undecodable),
    configs(recording, deployed),
    s3Endpoint(recording, deployed),
  ];
}

const holds = (name: string) => (delivery: Delivery) => delivery.records.some((record) => record.name === name);
const times = (scenario: Scenario, name: string) => scenario.deliveries.filter(holds(name)).map(({ at }) => at);
const isLost = (scenario: Scenario, name: string) => scenario.givenUp.some(({ names }) => names.includes(name));
const unknown = (point: string, because: string): Finding => ({ point, value: undefined, because });

function redeliver(scenario: Scenario): Finding {
  const point = 'redeliver';
  const together = scenario.deliveries.filter(holds('once')).filter(holds('behind')).length;
  const again = times(scenario, 'once').length > 1;
  if (!again || together === 0)
    return unknown(point, 'the two records did not come in one batch, or not again; run it again');
  const behind = times(scenario, 'behind').length;
  return behind > 1
    ? { point, value: 'from-lowest-failed', because: `the good record behind the failed one came ${behind} times` }
    : { point, value: 'only-failed', because: 'the good record behind the failed one came once' };
}

/** The newer record must have been in reach of the last try: longer in the log than a batch waits. */
function newerBeforeRedelivery({ backoff: scenario, newerSentAt }: Recording): Finding {
  const point = 'newerBeforeRedelivery';
  const failing = times(scenario, 'failing');
  const [newer] = times(scenario, 'newer');
  if (newer === undefined || failing.length < 2) return unknown(point, 'the newer record, or a retry, did not come');
  const last = failing.at(-1) ?? 0;
  const value = newer < last;
  if (!value && last < newerSentAt + WINDOW_SECONDS * 1000)
    return unknown(point, 'the retries ended before the newer record could come; run it again');
  return {
    point,
    value,
    because: `the newer record came ${value ? 'before' : 'after'} the last of ${failing.length} tries`,
  };
}

function retryCountOnProgress(scenario: Scenario): Finding {
  const point = 'retryCountOnProgress';
  const [first] = scenario.deliveries;
  const limit = RETRIES.retries + 1;
  if ((first?.records.length ?? 0) <= limit)
    return unknown(point, `fewer than ${limit + 1} records came in the first batch; run it again`);
  const left = scenario.givenUp.flatMap(({ names }) => names).length;
  const deliveries = scenario.deliveries.length;
  if (left > 0)
    return { point, value: 'kept', because: `${left} records were given up after ${deliveries} deliveries` };
  if (deliveries > limit) return { point, value: 'reset', because: `${deliveries} deliveries, and nothing given up` };
  return unknown(point, `${deliveries} deliveries, and nothing given up yet`);
}

function bisectCountsAsRetry(scenario: Scenario): Finding {
  const point = 'bisectCountsAsRetry';
  const [first] = scenario.deliveries;
  const together = scenario.givenUp.find(({ names }) => names.includes('poison'))?.names.length;
  if ((first?.records.length ?? 0) < 2 ** (RETRIES.bisect + 1))
    return unknown(point, 'the records did not come in one batch; run it again');
  if (together === undefined) return unknown(point, 'the poisoned record was not given up');
  return { point, value: together > 1, because: `the poisoned record was given up in a batch of ${together}` };
}

function throttleCountsAsRetry({ throttle, throttledMs, backoff }: Recording): Finding {
  const point = 'throttleCountsAsRetry';
  if (isLost(throttle, 'throttled')) return { point, value: true, because: 'a throttled record was given up' };
  const tries = times(backoff, 'failing');
  const needed = exhaustion(backoff) + WINDOW_SECONDS * 1000;
  if (tries.length <= RETRIES.retries || throttledMs < needed || times(throttle, 'throttled').length === 0)
    return unknown(point, `throttled for ${throttledMs} ms, all retries of a record may take ${needed} ms`);
  return { point, value: false, because: `a record throttled for ${throttledMs} ms was delivered after it` };
}

/** Fits a first pause and a factor to the pauses between the tries. */
function retryBackoff(scenario: Scenario): Finding {
  const tries = times(scenario, 'failing');
  const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? at));
  const [first = 0, last = 0] = [pauses[0], pauses.at(-1)];
  if (pauses.length < 3 || first <= 0) return unknown('retryBackoff', `${pauses.length} pauses are too few`);
  const growth = (last / first) ** (1 / (pauses.length - 1));
  const factor = Math.max(1, Math.round(growth * 2) / 2);
  const value = { firstMs: first, factor, maxMs: Math.max(...pauses) };
  return { point: 'retryBackoff', value, because: `pauses of ${pauses.join(', ')} ms` };
}

function nullForm(point: string, field: 'key' | 'value', scenario: Scenario): Finding {
  const form = scenario.deliveries.flatMap(({ records }) => records).find(({ name }) => name === 'null')?.[field];
  if (form === undefined) return unknown(point, 'the record did not come');
  return { point, value: form, because: `a null ${field} is ${form} in the event` };
}

function agedOutCondition(scenario: Scenario): Finding {
  const found = scenario.givenUp.find(({ names }) => names.includes('old'));
  if (!found) return unknown('agedOutCondition', 'the old record was not given up');
  return {
    point: 'agedOutCondition',
    value: found.condition,
    because: `its on-failure object says ${found.condition}`,
  };
}

function objectKey(scenario: Scenario): Finding {
  const point = 'objectKey';
  const key = scenario.givenUp[0]?.key;
  if (key === undefined) return unknown(point, 'no object came');
  const part = /^aws\/lambda\/[^/]+\/([^/]+)\//.exec(key)?.[1];
  const topic = topicOf('retries');
  const value = part === topic ? 'topic' : part === `${topic}-0` ? 'topic-partition' : undefined;
  return { point, value, because: `an object is named ${key}` };
}

function refusedDelivery(scenario: Scenario): Finding {
  const point = 'refusedDelivery';
  if (times(scenario, 'marker').length === 0) return unknown(point, 'the record behind did not come');
  return isLost(scenario, 'refused')
    ? { point, value: 'tried-again', because: 'the object came after the bucket had refused' }
    : { point, value: 'dropped-at-once', because: 'no object came once the bucket took them again' };
}

function undecodableValue(scenario: Scenario): Finding {
  const point = 'undecodableValue';
  if (times(scenario, 'marker').length === 0) return unknown(point, 'the record behind did not come');
  const value = times(scenario, 'garbage').length > 0 ? 'delivered' : 'filtered-out';
  return { point, value, because: `a value that is no JSON was ${value}` };
}

function configs({ timestampType }: Recording, deployed: Deployed): Finding {
  const point = 'configs';
  if (timestampType === 'CreateTime') return { point, value: deployed.configs, because: 'the topic has the setting' };
  return unknown(point, `the topic was created and has ${timestampType ?? 'no such setting'}: try the other form`);
}

/** The topic's objects came from mappings whose brokers have, or have not, a way to S3. */
function s3Endpoint(recording: Recording, deployed: Deployed): Finding {
  const point = 's3Endpoint';
  const objects: readonly GivenUp[] = recording.backoff.givenUp;
  if (objects.length > 0 && !deployed.s3Endpoint)
    return { point, value: 'not needed', because: 'objects came without one' };
  if (objects.length > 0) return unknown(point, 'objects came, with an endpoint there: deploy without it');
  const tries = times(recording.backoff, 'failing').length;
  if (tries > RETRIES.retries && !deployed.s3Endpoint)
    return { point, value: 'needed', because: 'all retries were used up, and no object came' };
  return unknown(point, `${tries} tries, and no object`);
}
