import { systemClock } from '../clock';
import type { ProducerEnvironment } from '../contract';
import { producerEnvironment, producerSettings } from '../environment';
import { encodeEvent, type NewEvent } from '../event';
import { lambdaInvoker } from '../function-invoker';
import { kafkajsPort } from '../kafka/kafkajs';
import { s3ObjectStore } from '../s3-object-store';
import { spill } from '../spill';
import { inWords } from '../within';
import type { Entry, Submission } from './entry';
import type { ProducerDeps, ProducerOptions } from './index';
import { dispose } from './on-rejected';
import type { Fate, Outcome, Rejected, Settled } from './outcome';
import { Pipe } from './pipe';

/** An opened producer: environment read, clients made, nothing connected yet. */
export interface Publisher {
  /** One outcome per event, in the same order. Throws only when nothing at all was sent. */
  publish(events: readonly NewEvent[], remainingMs: number): Promise<Outcome[]>;
  close(): Promise<void>;
}

/** @throws LosslessError NOT_CONFIGURED, INSECURE_BROKERS when environment or options are wrong */
export function openPublisher(options: ProducerOptions, onLogged: () => void): Publisher {
  const { environment, deps } = opened(options);
  const { clock, port, store, functions, warn } = deps;
  const { deadlineMs, spillTimeMs, retry, onFull, bufferBytes: roomBytes } = environment;
  const parts = { environment, store, functions, clock, warn, onLogged };
  const pipe = new Pipe({
    ...{ topic: environment.topic, port, clock, retry, onFull, roomBytes },
    atDeadline: (entries) => spillOf(entries, environment, deps),
    onRejected: ({ message, deadlineAt }, rejected) =>
      dispose(message, rejected, Math.min(spillTimeMs, deadlineAt + spillTimeMs - clock.now()), parts),
  });
  const defaults = { source: environment.source, now: () => new Date(clock.now()) };

  return {
    publish: async (events, remainingMs) => {
      const limitMs = Math.min(deadlineMs, remainingMs - spillTimeMs);
      const deadlineAt = clock.now() + Math.max(0, limitMs);
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
    close: () => port.close(),
  };
}

function opened(options: ProducerOptions): {
  environment: ProducerEnvironment;
  deps: Omit<ProducerDeps, 'variables'>;
} {
  const { topic, environment: given, deps: some = {}, ...settings } = options;
  const variables = some.variables ?? process.env;
  const environment = producerSettings(given ?? producerEnvironment(variables, topic), settings);
  const clock = some.clock ?? systemClock;
  const warn = some.warn ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const deps = {
    ...{ clock, warn },
    port: some.port ?? kafkajsPort({ environment, clock, warn, region: variables.AWS_REGION }),
    store: some.store ?? s3ObjectStore(),
    functions: some.functions ?? lambdaInvoker(),
  };
  return { environment, deps };
}

/** What an event is known by, and either its record or why it has none. */
type Encoding = { readonly id: string; readonly source: string } & (
  | { readonly submission: Submission; readonly refused?: undefined }
  | { readonly submission?: undefined; readonly refused: Rejected }
);

function encode(event: NewEvent, defaults: { source: string; now: () => Date }, deadlineAt: number): Encoding {
  const known = { id: '', source: '' };
  try {
    const { id, source = defaults.source } = Object(event) as Partial<Record<'id' | 'source', unknown>>;
    if (typeof id === 'string') known.id = id;
    if (typeof source === 'string') known.source = source;
    return { ...known, submission: { message: encodeEvent(event, defaults), partition: null, deadlineAt } };
  } catch (error) {
    return { ...known, refused: { kind: 'rejected', code: 'INVALID_EVENT', reason: inWords(error) } };
  }
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
  { store, clock, warn }: Pick<ProducerDeps, 'store' | 'clock' | 'warn'>,
): Promise<void> {
  const { spill: bucket, cluster, topic, spillTimeMs: timeMs } = environment;
  const result = await spill(entries, { store, bucket, cluster, topic, clock, timeMs });
  const what = `${entries.length} events of topic ${topic} not taken by Kafka in time (${entries[0]?.reason})`;
  switch (result.kind) {
    case 'spilled':
      warn(`${what}: spilled to s3://${bucket}/${result.object}`);
      return entries.forEach((entry) => entry.settle({ kind: 'spilled', object: result.object }));
    case 'refused':
    case 'unknown':
      warn(`${what}, nor by the spill store (${result.message})`);
      return entries.forEach((entry) =>
        entry.settleUntaken(`${entry.reason}; ${result.message}`, result.kind === 'unknown'),
      );
  }
}
