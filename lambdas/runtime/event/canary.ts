import { CANARY_SOURCE, CANARY_TYPE, CE_SOURCE, CE_TYPE } from '../contract';
import type { KafkaHeader, KafkaMessage } from './message';

/** Made here, so that nothing which comes from outside is one of them, whatever it says. */
const own = new WeakSet<object>();

/** A canary to publish. The same id and key make the same event. */
export function canaryEvent(id: string, key: string) {
  const event = { id, key, source: CANARY_SOURCE, type: CANARY_TYPE, data: {} };
  own.add(event);
  return event;
}

/** Whether `canaryEvent` has made it. */
export const isOwnCanary = (event: object): boolean => own.has(event);

const TYPE = Buffer.from(CANARY_TYPE);
const SOURCE = Buffer.from(CANARY_SOURCE);

/** Whether the record, or the event in it, ends without the handler's code. */
export const isCanary = ({ headers }: Pick<KafkaMessage, 'headers'>): boolean =>
  says(headers, CE_TYPE, TYPE) && says(headers, CE_SOURCE, SOURCE);

function says(headers: readonly KafkaHeader[], header: string, want: Uint8Array): boolean {
  const value = headers.findLast(([name]) => name === header)?.[1];
  return value?.length === want.length && Buffer.compare(value, want) === 0;
}
