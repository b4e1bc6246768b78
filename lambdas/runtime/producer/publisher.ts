import { systemClock } from '../clock';
import type { ProducerEnvironment } from '../contract';
import { producerEnvironment, producerSettings } from '../environment';
import { encodeEvent, type NewEvent } from '../event';
import { lambdaInvoker } from '../function-invoker';
import { kafkajsPort } from '../kafka/kafkajs';
import { powertoolsLog, withFields } from '../log';
import { emfProducerMeter, noMeter, type ProducerMeter } from '../metrics';
import { s3ObjectStore } from '../s3-object-store';
import { spill } from '../spill';
import { inWords } from '../within';
import type { Entry, Submission } from './entry';
import type { ProducerDeps, ProducerOptions } from './index';
import { dispose } from './on-rejected';
import type { Fate, Outcome, Rejected, Settled } from './outcome';
import { Pipe } from './pipe';
import { startUpCheck } from './start-up-check';

/** An opened producer: environment read, clients made, nothing connected yet. */
export interface Publisher {
  /** One outcome per event, in the same order. Throws only when nothing at all was sent. */
  publish(events: readonly NewEvent[], remainingMs: number): Promise<Outcome[]>;
  readonly meter: ProducerMeter;
  close(): Promise<void>;
}

/** @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS when environment or options are wrong */
export function openPublisher(options: ProducerOptions, onLogged: () => void): Publisher {
  const { environment, deps } = opened(options);
  const { clock, port, store, functions, log, meter } = deps;
  const { deadlineMs, spillTimeMs, retry, onFull, bufferBytes: roomBytes } = environment;
  const parts = { environment, store, functions, clock, log, onLogged };
  const pipe = new Pipe({
    ...{ topic: environment.topic, port, clock, retry, onFull, roomBytes },
    atDeadline: (entries) => spillOf(entries, environment, deps),
    onRejected: ({ message, deadlineAt }, rejected) =>
      dispose(message, rejected, Math.min(spillTimeMs, deadlineAt + spillTimeMs - clock.now()), parts),
  });
  return {
    publish: async (events, remainingMs) => {
      const limitMs = Math.min(deadlineMs, remainingMs - spillTimeMs);
      const called = new Date(clock.now());
      const deadlineAt = called.getTime() + Math.max(0, limitMs);
      const defaults = { source: environment.source, now: () => called };
      const encodings: Encoding[] = [];
      const submissions = function* (): Iterable<Submission> {
        for (const event of events) {
          const encoding = encode(event, defaults, deadlineAt);
          encodings.push(encoding);
          if (encoding.submission !== undefined) yield encoding.submission;
        }
      };
      return outcomesOf(encodings, await pipe.submit(submissions()));
    },
    meter,
    close: () => port.close(),
  };
}

function opened(options: ProducerOptions): {
  environment: ProducerEnvironment;
  deps: Omit<ProducerDeps, 'variables'>;
} {
  const { topic, environment: given, client = kafkajsPort, deps: some = {}, ...settings } = options;
  const variables = some.variables ?? process.env;
  const environment = producerSettings(given ?? producerEnvironment(variables, topic), settings);
  const clock = some.clock ?? systemClock;
  const log = withFields(some.log ?? powertoolsLog(variables), { topic: environment.topic });
  // CloudWatch reads metrics off a function's output; anybody else's output is their own.
  const meter = some.meter ?? (variables.AWS_LAMBDA_FUNCTION_NAME ? emfProducerMeter(environment) : noMeter);
  const check = startUpCheck(log, meter);
  const deps = {
    ...{ clock, log, meter },
    port: check.over(some.port ?? client({ environment, clock, warn: check.denied, region: variables.AWS_REGION })),
    store: some.store ?? s3ObjectStore(),
    functions: some.functions ?? lambdaInvoker(),
  };
  return { environment, deps };
}

/** What an event is known by, and either its record or why it has none. */
interface Encoding {
  id: string;
  source: string;
  submission?: Submission;
  refused?: Rejected;
}

function encode(event: NewEvent, defaults: { source: string; now: () => Date }, deadlineAt: number): Encoding {
  const encoding: Encoding = { id: '', source: '', submission: undefined, refused: undefined };
  try {
    const { id, source = defaults.source } = Object(event) as Partial<Record<'id' | 'source', unknown>>;
    if (typeof id === 'string') encoding.id = id;
    if (typeof source === 'string') encoding.source = source;
    encoding.submission = { message: encodeEvent(event, defaults), partition: null, deadlineAt };
  } catch (error) {
    encoding.refused = { kind: 'rejected', code: 'INVALID_EVENT', reason: inWords(error) };
  }
  return encoding;
}

/** @throws the error of the first `failed` one when no event of the call was sent; else the others are to be heard */
function outcomesOf(encodings: readonly Encoding[], settled: readonly Settled[]): Outcome[] {
  const [first] = settled;
  if (first?.kind === 'failed' && settled.every(({ kind }) => kind === 'failed')) throw first.error;
  const inOrder = settled.values();
  return encodings.map(({ id, source, refused }) => ({ id, source, ...(refused ?? fateOf(inOrder.next().value)) }));
}

function fateOf(settled: Settled | undefined): Fate {
  if (settled === undefined) throw new Error('an event was submitted and has no outcome');
  if (settled.kind !== 'failed') return settled;
  return { kind: 'rejected', code: 'NOT_CONFIGURED', reason: inWords(settled.error) };
}

async function spillOf(
  entries: readonly Entry[],
  environment: ProducerEnvironment,
  { store, clock, log }: Pick<ProducerDeps, 'store' | 'clock' | 'log'>,
): Promise<void> {
  const { spill: bucket, cluster, topic, spillTimeMs: timeMs } = environment;
  const options = { store, bucket, cluster, topic, clock, timeMs };
  await spill(entries, options, (inside, result) => {
    const what = { events: inside.length, reason: inside[0]?.reason };
    switch (result.kind) {
      case 'spilled':
        log.warn('events spilled: Kafka did not take them in time', {
          ...what,
          object: `s3://${bucket}/${result.object}`,
        });
        return inside.forEach((entry) => entry.settle({ kind: 'spilled', object: result.object }));
      case 'refused':
      case 'unknown':
        log.error('events taken neither by Kafka in time nor by the spill store', { ...what, store: result.message });
        return inside.forEach((entry) =>
          entry.settleUntaken(`${entry.reason}; ${result.message}`, result.kind === 'unknown'),
        );
    }
  });
}
