import { everyDoor } from './runtime/door/every-door';
import { producer } from './runtime/producer';

/** Ingest function: takes events at its doors and publishes them to the one topic its environment names. */
export const handler = everyDoor(producer());
