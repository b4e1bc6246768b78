import { httpDoor } from './runtime/door';
import { producer } from './runtime/producer';

/** Ingest function: takes events at its doors and publishes them to the one topic its environment names. */
export const handler = httpDoor(producer());
