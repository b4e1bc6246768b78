/** `RequestResponse` is throttled at the reserved concurrency; `Event` waits, as it does in Lambda's own queue. */
export type InvocationType = 'RequestResponse' | 'Event';
