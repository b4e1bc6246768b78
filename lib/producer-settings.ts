import type { Size } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as contract from '../lambdas/runtime/contract';
import { demand, isBlank, known, outside } from './validation';
import type { Rule } from './refusal';

/** Kafka's `acks`: how many replicas must have an event before it counts as taken. */
export class Acks {
  /** All in-sync replicas. */
  static readonly ALL = new Acks({ acks: 'all' });

  /** The leader alone, which loses acknowledged events when it dies. @param acceptLoss the reason why that may happen */
  static leader(acceptLoss: string): Acks {
    return new Acks({ acks: 1, acceptLoss });
  }

  /** No broker answers: whether an event arrived is never known. @param acceptLoss the reason why any event may be lost */
  static none(acceptLoss: string): Acks {
    return new Acks({ acks: 0, acceptLoss });
  }

  private constructor(
    /** @internal */
    readonly _setting: contract.Acks,
  ) {}
}

/** How long Kafka is tried for an event. What it has not taken by then is spilled, whichever is chosen. */
export class RetryStrategy {
  /** Until the deadline. */
  static untilDeadline(): RetryStrategy {
    return new RetryStrategy(undefined);
  }

  /** @param retries tries after the first, a whole number above 0; none begins after the deadline */
  static atMost(retries: number): RetryStrategy {
    return new RetryStrategy({ kind: 'at-most', retries });
  }

  /** Once. */
  static none(): RetryStrategy {
    return new RetryStrategy({ kind: 'none' });
  }

  private constructor(
    /** @internal */
    readonly _setting: contract.RetryStrategy | undefined,
  ) {}
}

/** What becomes of an event that was refused for good. */
export class OnRejected {
  /** The caller hears `rejected`, and acts on it. */
  static fail(): OnRejected {
    return new OnRejected(undefined);
  }

  /** As `fail`, and one line in the function's log. */
  static log(): OnRejected {
    return new OnRejected({ kind: 'log' });
  }

  /** Puts it among the dead letters, whole. */
  static park(): OnRejected {
    return new OnRejected({ kind: 'park' });
  }

  /**
   * Invokes a function with it, asynchronously, and grants that. The publishing function reaches Lambda's API from its VPC
   * only through an interface endpoint or a NAT gateway.
   */
  static forward(target: lambda.IFunction): OnRejected {
    demand({ node: { path: 'OnRejected.forward' } }, { target }, { target: 'the function to invoke' });
    return new OnRejected({ kind: 'forward', functionName: target.functionArn }, target);
  }

  /** Loses it on purpose: counted, and said in one line. @param reason why these events may be lost */
  static drop(reason: string): OnRejected {
    return new OnRejected({ kind: 'drop', reason });
  }

  private constructor(
    /** @internal */
    readonly _setting: contract.OnRejected | undefined,
    private readonly target?: lambda.IFunction,
  ) {}

  /** @internal */
  get _target(): lambda.IFunction | undefined {
    return this.target;
  }

  /** @internal */
  _grant(publisher: iam.IGrantable): void {
    this.target?.grantInvoke(publisher);
  }
}

/** What an event does that finds the producer's buffer full. It is never dropped. */
export enum OnFull {
  /** It waits for room until its deadline. */
  WAIT = 'wait',
  /** It is rejected at once. */
  REJECT = 'reject',
}

/** How a producer takes events to Kafka. */
export interface ProducerOptions {
  /** Less than `ALL` may lose events that were taken, and needs the reason why. @default Acks.ALL */
  readonly acks?: Acks;
  /** How long Kafka is tried, before an event is spilled. @default RetryStrategy.untilDeadline() */
  readonly retry?: RetryStrategy;
  /** What becomes of an event that was refused for good. @default OnRejected.fail() */
  readonly onRejected?: OnRejected;
  /** What an event does that finds the buffer full. @default OnFull.WAIT */
  readonly onFull?: OnFull;
  /** Kafka's `buffer.memory`: most bytes of events on their way at once, in one sandbox of the function. @default Size.mebibytes(64) */
  readonly buffer?: Size;
}

/** The part of a producer's environment that these options make; what is left at its default is left out. */
export function producerSettings({
  acks = Acks.ALL,
  ...options
}: ProducerOptions): contract.Acks &
  Pick<contract.ProducerEnvironment, 'retry' | 'onRejected' | 'onFull' | 'bufferBytes'> {
  return {
    ...acks._setting,
    retry: options.retry?._setting,
    onRejected: options.onRejected?._setting,
    onFull: options.onFull === OnFull.REJECT ? 'reject' : undefined,
    bufferBytes: options.buffer?.toBytes(),
  };
}

/** A losing choice takes a reason: it is in the function's environment, where whoever looks for a lost event finds it. */
export function producerSettingsRules(options: ProducerOptions): Rule[] {
  const settings = producerSettings(options);
  const { acks, retry, onRejected, bufferBytes = LEAST_BUFFER_BYTES } = settings;
  return [
    {
      when: acks !== 'all' && isBlank(settings.acceptLoss),
      message: `acks: got ${acks} without a reason, want the reason why acknowledged events may be lost; give it, or use Acks.ALL`,
    },
    {
      when: onRejected?.kind === 'drop' && isBlank(onRejected.reason),
      message: `onRejected: got drop without a reason, want the reason why rejected events may be lost; give it, or use OnRejected.park()`,
    },
    {
      when: retry?.kind === 'at-most' && outside(retry.retries, 1, 1_000_000),
      message: `retry: got at most ${retry?.kind === 'at-most' && retry.retries}, want a whole number from 1 to 1000000; change it, or use RetryStrategy.none()`,
    },
    {
      when: known(bufferBytes) < LEAST_BUFFER_BYTES,
      message: `buffer: got ${bufferBytes} bytes, want 1 MiB or more; raise it`,
    },
  ];
}

const LEAST_BUFFER_BYTES = 1024 * 1024;
