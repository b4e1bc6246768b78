/** Headers of a record on Kafka (CloudEvents Kafka binding, binary content mode). */

export const CE_PREFIX = 'ce_';
export const CE_ID = 'ce_id';
export const CE_SOURCE = 'ce_source';
export const CE_TYPE = 'ce_type';
export const CE_TIME = 'ce_time';
export const CE_SPECVERSION = 'ce_specversion';
/** CloudEvents distributed tracing extension: the trace in which the event was made. */
export const CE_TRACEPARENT = 'ce_traceparent';
export const CE_TRACESTATE = 'ce_tracestate';
export const CONTENT_TYPE = 'content-type';
/** Headers of our own; never taken from outside. */
export const RESERVED_PREFIX = 'lossless-';
/** `<group>:<n>`: the n-th redrive of an event parked by that group; other groups ignore it. */
export const REDRIVE_HEADER = 'lossless-redrive';
/** ISO 8601: when the producer accepted an event that went to the spill store first. The record's own time is that of its replay. */
export const SPILLED_HEADER = 'lossless-spilled';
/** Id of the parked event in whose place this one was published. */
export const AMENDS_HEADER = 'lossless-amends';
