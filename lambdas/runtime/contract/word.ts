/** What a handler or a decoder throws to say itself what becomes of the event. */

/** Known by it across copies of this library in one bundle, where `instanceof` is not. */
export const WORD = Symbol.for('cdk-lossless-kafka.thrown');

/**
 * Thrown by a handler: this event can never be applied. It is parked at once.
 *
 * @example
 * ```ts
 * import { Park } from 'cdk-lossless-kafka/runtime';
 *
 * function amountOf(payment: { amount?: number }): number {
 *   if (payment.amount === undefined) throw new Park('a payment without an amount');
 *   return payment.amount;
 * }
 * ```
 */
export class Park extends Error {
  readonly [WORD] = 'park';

  /** @param detail - one sentence for a person; it goes into the dead letter, so it holds no payload */
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'Park';
  }
}

/**
 * Thrown by a handler or a decoder: something it needs is away. The event is tried again for as long as that takes, and
 * never parked.
 *
 * @example
 * ```ts
 * import { Retry } from 'cdk-lossless-kafka/runtime';
 *
 * async function rateOf(currency: string): Promise<number> {
 *   const answer = await fetch(`https://rates.example/${currency}`);
 *   if (answer.status === 204) throw new Retry('no rate yet today');
 *   return Number(await answer.text());
 * }
 * ```
 */
export class Retry extends Error {
  readonly [WORD] = 'retry';

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'Retry';
  }
}
