import { isObject } from '../event/wire';

/** Whether messages of a queue woke the function: S3 says in them that something was spilled. */
export function isNotification(event: unknown): boolean {
  const records = isObject(event) ? event['Records'] : undefined;
  return Array.isArray(records) && records.some((record) => isObject(record) && record['eventSource'] === 'aws:sqs');
}
