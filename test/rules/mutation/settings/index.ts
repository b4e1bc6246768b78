import { BROKER_SETTINGS } from './brokers';
import { DOOR_SETTINGS } from './doors';
import { FUNCTION_SETTINGS } from './functions';
import { MAPPING_SETTINGS } from './mappings';
import { NETWORK_SETTINGS } from './network';
import type { Setting } from './setting';
import { STORE_SETTINGS } from './stores';

export { FIELDS } from './fields';
export { LINES } from './lines';
export type { Losing } from './setting';

export const SETTINGS: readonly Setting[] = [
  ...BROKER_SETTINGS,
  ...MAPPING_SETTINGS,
  ...FUNCTION_SETTINGS,
  ...STORE_SETTINGS,
  ...NETWORK_SETTINGS,
  ...DOOR_SETTINGS,
];
