/** Given up: why Kafka is not tried with an event any more, though it has neither acknowledged nor refused it. */
export type GiveUp =
  /** Its deadline has passed. */
  | 'deadline'
  /** Its retry strategy allows no further try. */
  | 'retries'
  /** Kafka refused it, but an earlier try of it may be in the log: no answer can say that it is not. */
  | 'doubt'
  /** It waited for room in the buffer until its caller had to hear. */
  | 'no-room';

/**
 * The reason as a person reads it.
 *
 * @param last what the last try came to, or what the event waited for when there was none
 */
export function givenUp(why: GiveUp, last: string): string {
  switch (why) {
    case 'deadline':
      return `Kafka did not take it by its deadline: ${last}`;
    case 'retries':
      return `Kafka did not take it in as many tries as it has: ${last}`;
    case 'doubt':
      return `Kafka refused it, and an earlier try may be in the log: ${last}`;
    case 'no-room':
      return `buffer: its caller had to hear before there was room for it: ${last}`;
  }
}
