/** What Lambda takes, as the loss rules and the constructs hold it against templates and props. */

/** Seconds that a function has which says nothing of its timeout. */
export const UNSAID_TIMEOUT_SECONDS = 3;
/** Seconds that a function may have, at most, which a mapping of Kafka invokes. */
export const LONGEST_KAFKA_TIMEOUT_SECONDS = 840;
/** Retries of a mapping, at most. Left out, or "infinite", one with a destination stops at ten. */
export const MOST_RETRIES = 10_000;
/** Bytes of the largest record that a mapping can hand over: 6 MB of JSON with the record in base64. */
export const LARGEST_RECORD_BYTES = 4_400_000;

/** Seconds for which a message is hidden from others once it is handed out, where the queue says nothing. */
export const UNSAID_VISIBILITY_SECONDS = 30;
/** How many timeouts of the function a queue in front of it should hide a message, so that retries of a throttled batch have room. */
export const VISIBILITY_PER_TIMEOUT = 6;
