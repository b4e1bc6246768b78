/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/), carried as the distributed tracing extension of CloudEvents
 * (https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md): the trace in which the
 * event was made, whatever it passes through. Spread it into headers or extensions to hand it on.
 */
export interface TraceContext {
  /** `<version>-<trace id>-<parent id>-<flags>`, in lower-case hexadecimal. */
  readonly traceparent: string;
  /** At most 512 printable ASCII characters: what everybody has to propagate. */
  readonly tracestate?: string;
}

/** Version, trace id, parent id and flags; versions after 00 may append more. ff and all zeros are no values (section 3.2). */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[\x21-\x7e]{0,200})?$/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The trace context in these values; undefined when there is none, or none that is valid: it never costs an event. */
export function traceContextOf({
  traceparent,
  tracestate,
}: Readonly<Record<string, unknown>>): TraceContext | undefined {
  const [, version, appended] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  if (version === undefined || (version === '00' && appended !== undefined)) return undefined;
  const isState = typeof tracestate === 'string' && TRACESTATE.test(tracestate);
  return { traceparent: traceparent as string, ...(isState && { tracestate }) };
}

/** What a search in logs and traces begins with. */
export const traceIdOf = (context: TraceContext | undefined): string | undefined => context?.traceparent.split('-')[1];

/** The names that are kept out of an event's other extensions. */
export const isTraceAttribute = (name: string): boolean => name === 'traceparent' || name === 'tracestate';
