import { CLUSTERS } from './clusters';
import { TOPICS } from './topics';
import { MAPPINGS } from './mappings';
import { STORES } from './stores';
import { PRODUCERS } from './producers';
import { QUEUES } from './queues';
import { URLS } from './urls';
import type { Row } from '../row';

/** For every rule: both edges, and what only a deploy knows. */
export const ROWS: readonly Row[] = [...CLUSTERS, ...TOPICS, ...MAPPINGS, ...STORES, ...PRODUCERS, ...QUEUES, ...URLS];
