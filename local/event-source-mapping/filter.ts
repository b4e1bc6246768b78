import { matches, readPattern, type Pattern } from '../event-pattern';
import type { MappingSwitches } from './switches';

/** True for a record that is to be delivered. */
export type Filter = (value: Buffer | null) => boolean;

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** What a value is that the filter cannot look into: not UTF-8, or no JSON where the pattern wants fields. */
const UNDECODABLE = Symbol('undecodable');

/**
 * Makes the filter of a mapping's `FilterCriteria`: patterns for `value`, of which any may match, as Lambda's
 * event filtering has them (https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html).
 *
 * @throws for a pattern that Lambda would refuse
 */
export function readFilter(
  patterns: readonly string[],
  { undecodableValue }: Pick<MappingSwitches, 'undecodableValue'>,
): Filter {
  const matchers = patterns.map(patternOf);
  return (bytes) =>
    matchers.some((pattern) => {
      const value = decoded(bytes, pattern);
      if (value === UNDECODABLE) return undecodableValue === 'delivered';
      return matches(value, pattern);
    });
}

function patternOf(text: string): Pattern {
  const wrong = (got: string) =>
    new Error(`filter pattern: got ${got}, want {"value": …}; Lambda filters Kafka records by their value alone`);
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw wrong(text.slice(0, 120));
  }
  const [[field, value] = [], second] = Object.entries(pattern ?? {});
  if (field !== 'value' || second) throw wrong(text.slice(0, 120));
  return readPattern(value);
}

function decoded(bytes: Buffer | null, pattern: Pattern): unknown {
  if (bytes === null) return null;
  try {
    const text = utf8.decode(bytes);
    return Array.isArray(pattern) ? text : (JSON.parse(text) as unknown);
  } catch {
    return UNDECODABLE;
  }
}
