import fc from 'fast-check';
import { SWITCHES, type MappingSwitches } from '../../../local/event-source-mapping/switches';

/** Every combination of values. */
export const anySwitches = fc.record(
  Object.fromEntries(
    Object.entries(SWITCHES).map(([name, { values }]) => [name, fc.constantFrom(...(values as readonly unknown[]))]),
  ),
) as fc.Arbitrary<MappingSwitches>;
