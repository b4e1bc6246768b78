import { systemClock } from '../time/clock';
import type { ProducerEnvironment } from '../contract';
import { producerEnvironment, producerSettings } from '../contract/environment';
import { encodeEvent, type NewEvent } from '../event/new-event';
import { lambdaInvoker } from '../stores/function-invoker';
import { kafkajsPort } from '../kafka/kafkajs';
import { powertoolsLog, withFields } from '../watching/log';
import { emfProducerMeter, noMeter, type ProducerMeter } from '../watching/metrics';
import { s3ObjectStore } from '../stores/s3-object-store';
import { inWords } from '../time/within';
import type { Submission } from './entry';
import type { ProducerDeps, ProducerOptions } from './options';
import { dealWith } from './on-rejected';
import type { Fate, Outcome, Rejected, EntryOutcome } from './outcome';
import { Pipe } from './pipe';
import { Spilling } from './spilling';
import { startUpCheck } from './start-up-check';

/** Milliseconds before the function's end by which a caller has heard: it has to do something with the answer. */
const TELL_MS = 100;

/** An opened producer: environment read, clients made, nothing connected yet. */
export interface Publisher {
  /** One outcome per event, in the same order. Throws only when nothing at all was sent. */
  publish(events: readonly NewEvent[], remainingMs: number): Promise<Outcome[]>;
  /** How many partitions the topic has: as an open client knows it, else as the brokers say. @throws as `KafkaPort.describe` */
  partitions(): Promise<number>;
  readonly meter: ProducerMeter;
  close(): Promise<void>;
}

/** @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS when environment or options are wrong */
export function openPublisher(options: ProducerOptions, onLogged: () => void): Publisher {
  const { environment, deps } = opened(options);
  const { clock, port, store, functions, log, meter } = deps;
  const { deadlineMs, spillTimeMs, retry, onFull, bufferBytes } = environment;
  const rejectedDeps = { environment, store, functions, clock, log, onLogged };
  const spilling = new Spilling(environment, deps);
  const pipe = new Pipe({
    ...{ topic: environment.topic, port, clock, retry, onFull, bufferBytes },
    onGivenUp: (entries, release) => spilling.add(entries, release),
    onRejected: ({ message, answerBy }, rejected) =>
      dealWith(message, rejected, Math.min(spillTimeMs, answerBy - clock.monotonic()), rejectedDeps),
  });
  return {
    publish: async (events, remainingMs) => {
      const called = new Date(clock.now());
      const now = clock.monotonic();
      const times = {
        deadlineAt: now + Math.max(0, Math.min(deadlineMs, remainingMs - spillTimeMs)),
        answerBy: now + Math.max(0, Math.min(deadlineMs + spillTimeMs, remainingMs - TELL_MS)),
      };
      const defaults = { source: environment.source, now: () => called };
      const encodings: Encoding[] = [];
      const submissions = function* (): Iterable<Submission> {
        for (const event of events) {
          const encoding = encode(event, defaults);
          encodings.push(encoding);
          if (encoding.submission !== undefined) yield encoding.submission;
        }
      };
      const settled = await pipe.submit(submissions(), times);
      const untouched = events.slice(encodings.length).map((event) => unread(event, defaults));
      return outcomesOf([...encodings, ...untouched], settled);
    },
    partitions: async () => port.partitions?.(environment.topic) ?? (await port.describe(environment.topic)).partitions,
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
  const heard = { warn: check.denied, onReplaced: () => meter.count('replaced') };
  const deps = {
    ...{ clock, log, meter },
    port: check.over(some.port ?? client({ environment, clock, ...heard, region: variables.AWS_REGION })),
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

function encode(event: NewEvent, defaults: { source: string; now: () => Date }): Encoding {
  const encoding: Encoding = { id: '', source: '', submission: undefined, refused: undefined };
  try {
    const { id, source = defaults.source } = Object(event) as Partial<Record<'id' | 'source', unknown>>;
    if (typeof id === 'string') encoding.id = id;
    if (typeof source === 'string') encoding.source = source;
    encoding.submission = { message: encodeEvent(event, defaults), partition: null };
  } catch (error) {
    encoding.refused = { kind: 'rejected', code: 'INVALID_EVENT', reason: inWords(error) };
  }
  return encoding;
}

/** For an event that was still waiting behind others when its caller had to hear. */
function unread(event: NewEvent, defaults: { source: string }): Encoding {
  const { id, source = defaults.source } = event;
  return { id, source, refused: { kind: 'rejected', code: 'BUFFER_EXHAUSTED', reason: NO_TURN } };
}

const NO_TURN =
  'buffer: got more events before this one than left it in time, want room for it; publish it again later, or raise bufferBytes';

/** @throws the error of the first `failed` one when no event of the call was sent; else the others are to be heard */
function outcomesOf(encodings: readonly Encoding[], settled: readonly EntryOutcome[]): Outcome[] {
  const [first] = settled;
  if (first?.kind === 'failed' && settled.every(({ kind }) => kind === 'failed')) throw first.error;
  const inOrder = settled.values();
  return encodings.map(({ id, source, refused }) => ({ id, source, ...(refused ?? fateOf(inOrder.next().value)) }));
}

function fateOf(settled: EntryOutcome | undefined): Fate {
  if (settled === undefined) throw new Error('an event was submitted and has no outcome');
  if (settled.kind !== 'failed') return settled;
  return { kind: 'rejected', code: 'NOT_CONFIGURED', reason: inWords(settled.error) };
}
