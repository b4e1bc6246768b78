import { Annotations, Aspects } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type * as contract from '../lambdas/runtime/contract';
import { EventProducer } from './producer';
import { SpillStore } from './spill';
import type { IKafkaTopic } from './interfaces';
import { isBlank } from './validation';
import type { Rule } from './refusal';

/**
 * How a consumer tells the events of its topic apart: what it has applied once it does not apply again.
 *
 * @example
 * ```ts
 * import type { Function } from 'aws-cdk-lib/aws-lambda';
 * import { EventIds, type EventPipeline } from 'cdk-lossless-kafka';
 *
 * declare const pipeline: EventPipeline;
 * declare const handler: Function;
 * // Debezium's outbox writes the id into a header.
 * pipeline.addConsumer('Billing', { handler, eventIds: EventIds.header('id') });
 * ```
 */
export class EventIds {
  /** Every record is a CloudEvent, known by its source and id. */
  static cloudEvents(): EventIds {
    return new EventIds({ kind: 'cloudevents' });
  }

  /** A record that is no CloudEvent is known by the value of this header. @param name for example `id` of Debezium's outbox */
  static header(name: string): EventIds {
    return new EventIds({ kind: 'header', header: name });
  }

  /** The handler tells the id of a record that is no CloudEvent: `consumer({ eventId })`. */
  static fromHandler(): EventIds {
    return new EventIds({ kind: 'handler' });
  }

  /** A record that is no CloudEvent is an event of its own: written twice by its producer, it is applied twice. */
  static coordinates(): EventIds {
    return new EventIds({ kind: 'coordinates' });
  }

  private constructor(
    /** @internal */
    readonly _setting: contract.EventIds,
  ) {}
}

export const eventIdRules = (eventIds: EventIds | undefined): Rule[] => [
  {
    when: eventIds?._setting.kind === 'header' && isBlank(eventIds._setting.header),
    message: `eventIds: got a header without a name, want the name of the header that holds the id; give it`,
  },
];

/**
 * Warns at synthesis where nobody says how events are told apart: an existing topic to which no producer of this app
 * publishes, whose records need be no CloudEvents.
 */
export function warnOfUntoldIds(consumer: Construct, topic: IKafkaTopic): void {
  Aspects.of(consumer).add({
    // Producers may be added after their consumers.
    visit: (node) => {
      if (node !== consumer || publishes(consumer, topic)) return;
      Annotations.of(consumer).addWarningV2(
        'cdk-lossless-kafka:event-ids',
        `eventIds: got nothing for topic ${topic.topicName}, to which no producer of this app publishes, want how its events are told apart, as a record without a CloudEvents id that is written twice is applied twice; give EventIds.cloudEvents(), .header(name), .fromHandler() or .coordinates()`,
      );
    },
  });
}

function publishes(consumer: Construct, topic: IKafkaTopic): boolean {
  const all = consumer.node.root.node.findAll();
  return all.some((each) => each instanceof EventProducer && !replays(each) && isSame(each.topic, topic));
}

/** It publishes nothing but what others could not. */
const replays = (producer: Construct): boolean => producer.node.scopes.some((scope) => scope instanceof SpillStore);

const isSame = (a: IKafkaTopic, b: IKafkaTopic): boolean =>
  a === b || (a.topicName === b.topicName && a.cluster.clusterArn === b.cluster.clusterArn);
