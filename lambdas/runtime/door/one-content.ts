import type { ParsedEvent } from './cloudevents-http';
import { hashOf } from '../event/event';
import { InvalidEventError, type NewEvent } from '../event/new-event';
import type { Outcome } from '../producer';

/** Accepted ids that are remembered: with two hashes each about 1 MB. */
const REMEMBERED = 4_096;

/** A request held against the ids that came before it. */
export interface HeldAgainst {
  /** The events of the request, in their order; one that contradicts an earlier one is refused. */
  readonly events: ParsedEvent[];
  /** Remembers what was accepted. @param outcomes - one for each of `events`, in the same order; none for what was not sent */
  ended(outcomes: readonly (Outcome | undefined)[]): void;
}

/**
 * One content for each id: the first stands, a later one that says something else is refused. Accepted, it could only be
 * parked, one dead letter each. The same content again is the same event, and taken. Remembers the latest 4,096 accepted
 * ids in this sandbox; what is forgotten, or was accepted by another one, the consumer tells. Decision 0036.
 */
export class OneContent {
  /** Source and id of an accepted event, hashed, to the hash of its content; the latest last. */
  private readonly accepted = new Map<string, string>();

  /** @param events - of one request, with their sources bound */
  hold(events: readonly ParsedEvent[]): HeldAgainst {
    const first = new Map<string, string>();
    const named = events.map((event) => (event instanceof InvalidEventError ? undefined : identity(event)));
    const held = events.map((event, n) => {
      const each = named[n];
      if (!each) return event;
      const before = first.get(each.name) ?? this.accepted.get(each.name) ?? each.content;
      first.set(each.name, before);
      return before === each.content ? event : new InvalidEventError(REFUSED);
    });
    return {
      events: held,
      ended: (outcomes) =>
        named.forEach((each, n) => {
          if (each && isInTopic(outcomes[n])) this.remember(each);
        }),
    };
  }

  private remember({ name, content }: Identity): void {
    this.accepted.delete(name);
    this.accepted.set(name, content);
    const [oldest] = this.accepted.keys();
    if (this.accepted.size > REMEMBERED && oldest !== undefined) this.accepted.delete(oldest);
  }
}

const REFUSED =
  'event id: got it before, with other data, partitionkey or type, want an id of its own; publish another event under another id';

interface Identity {
  readonly name: string;
  readonly content: string;
}

/** Of what two events of one id must share. At the door data are bytes, or null; other attributes are not checked yet. */
const identity = ({ source, id, type, key, data }: NewEvent): Identity => ({
  name: hashOf(JSON.stringify([source, id])),
  content: hashOf(JSON.stringify([type, key]), data instanceof Uint8Array ? data : null),
});

/** Whether the event is in the topic, or on its way there. Of any other no consumer may ever hear, and its id is still free. */
const isInTopic = (outcome: Outcome | undefined): boolean =>
  outcome?.kind === 'acked' || outcome?.kind === 'sent' || outcome?.kind === 'spilled';
