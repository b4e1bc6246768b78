import { LosslessError } from '../../lambdas/runtime/contract/errors';
import type { FunctionCaller } from '../../lambdas/runtime/stores/function-caller';
import type { Transactions } from '../../lambdas/runtime/stores/tables';
import type { Clock } from '../../lambdas/runtime/time/clock';
import { consent } from '../consent';
import type { Deployed } from '../deployed/clients';
import { notRead } from '../deployed/not-read';
import type { Progress } from '../progress';
import { accountOf, isWhole, type DrillAccount } from './account';
import { isAccepted } from './canaries';
import { placesOf, type DrillPlaces } from './places';
import { asText } from './report';
import { sendRounds } from './sender';
import { Watcher } from './watcher';

export interface DrillOptions {
  readonly stacks: readonly string[];
  readonly topic?: string;
  readonly minutes: number;
  /** Canaries a second, over all partitions. */
  readonly rate: number;
  /** Minutes after the last one within which all have to be settled. */
  readonly within: number;
  /** Id of the broker that is rebooted, a fifth of the time after the first canary. @default - none is */
  readonly rebootBroker?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface Surroundings {
  readonly deployed: Pick<Deployed, 'stack'>;
  readonly transactions: Pick<Transactions, 'readMany'>;
  readonly functions: FunctionCaller;
  /** Rejects where MSK does not do it. */
  readonly reboot: (cluster: string, broker: string) => Promise<void>;
  readonly clock: Clock;
  readonly print: (text: string) => void;
  readonly progress: Progress;
  /** Resolves to whether a person said yes; undefined where there is nobody to ask. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
  /** Aborts when a person wants it to end: nothing more is sent, and what was is accounted for. */
  readonly signal: AbortSignal;
}

const LOOK_MS = 1_000;
/** Who ends it by hand is not kept waiting longer. */
const AFTER_INTERRUPTION_MS = 15_000;
/** What nobody has accepted may still come. */
const UNKNOWN_MS = 30_000;
/** When the broker goes, in parts of the time in which canaries are sent. */
const REBOOT_AT = 1 / 5;

/**
 * Sends canaries through a deployed pipeline, and accounts for every one. Resolves to the exit code: 0 all that was accepted is settled, 1 some
 * is not, or a person would not have a broker rebooted, 2 there was nobody to ask.
 * @throws Error in one sentence where it cannot begin
 */
export async function drill(options: DrillOptions, around: Surroundings): Promise<0 | 1 | 2> {
  const places = await placesOf(options.stacks, options.topic, around.deployed);
  const { rebootBroker: broker } = options;
  if (broker !== undefined) {
    const question = `Reboot broker ${broker} of ${places.cluster}? What it leads is led by others meanwhile.`;
    const go = await consent({ question, nothing: 'nothing was sent', instead: 'add --yes' }, options, around);
    if (go !== true) return go;
  }
  const account = await accountedFor(places, options, around);
  const told = { ...{ topic: places.topic, ingest: places.ingest, minutes: options.minutes }, ...account };
  around.print(options.json === true ? `${JSON.stringify(told)}\n` : asText(told, options.within));
  return isWhole(account) ? 0 : 1;
}

async function accountedFor(places: DrillPlaces, options: DrillOptions, around: Surroundings): Promise<DrillAccount> {
  const { clock, progress, signal, transactions } = around;
  const sent: Parameters<typeof accountOf>[0][number][] = [];
  const watcher = new Watcher(places, transactions, () => clock.now());
  const over = new AbortController();
  const looking = looksUntil(over.signal, watcher, around);
  const sending = sendRounds(
    { ingest: places.ingest, drill: clock.uuid().slice(0, 8), rate: options.rate, ms: options.minutes * 60_000 },
    {
      ...{ functions: around.functions, clock, signal },
      onSent: (canaries) => {
        sent.push(...canaries);
        watcher.add(canaries);
        progress.count(sent.length, Math.round(options.minutes * 60 * options.rate), 'canaries sent');
      },
    },
  );
  try {
    await Promise.all([sending.catch(notSent(places.ingest)), rebooted(places, options, around)]);
    progress.say(`${sent.length} canaries sent; waiting until all are settled`);
    await untilSettled(watcher, signal.aborted ? AFTER_INTERRUPTION_MS : options.within * 60_000, around);
  } finally {
    over.abort();
    progress.end();
    await looking;
  }
  return accountOf(sent, watcher.settled);
}

const notSent = (ingest: string) => (error: unknown) => {
  const cause = LosslessError.is(error) && error.cause !== undefined ? error.cause : error;
  const { why, fix } = notRead(ingest, ['lambda:InvokeFunction'], cause);
  throw new Error(`function ${ingest}: got ${why}, want it to send canaries; ${fix}`, { cause: error });
};

async function rebooted(
  { cluster }: DrillPlaces,
  { rebootBroker: broker, minutes }: DrillOptions,
  around: Surroundings,
) {
  if (broker === undefined) return;
  await around.clock.sleep(minutes * 60_000 * REBOOT_AT, around.signal);
  if (around.signal.aborted) return;
  await around.reboot(cluster, broker).catch((error: unknown) => {
    const { why, fix } = notRead(cluster, ['kafka:RebootBroker'], error);
    throw new Error(`broker ${broker} of ${cluster}: got ${why}, want it rebooted; ${fix}`, { cause: error });
  });
  around.progress.say(`broker ${broker} is being rebooted`);
}

/** Looks again and again. A look that is not answered is told once, and the next one may be. */
async function looksUntil(over: AbortSignal, watcher: Watcher, { clock, progress }: Surroundings): Promise<void> {
  let isTold = false;
  while (!over.aborted) {
    try {
      await watcher.look();
    } catch (error) {
      const { why, fix } = notRead('', ['dynamodb:BatchGetItem', 'kms:Decrypt'], error);
      if (!isTold) progress.say(`tables: got ${why}, want what is settled; ${fix}`);
      isTold = true;
    }
    await clock.sleep(LOOK_MS, over);
  }
}

async function untilSettled(watcher: Watcher, mostMs: number, { clock }: Surroundings): Promise<void> {
  const began = clock.monotonic();
  const isWorthWaiting = (waitedMs: number) =>
    (waitedMs < mostMs && watcher.waiting(isAccepted) > 0) ||
    (waitedMs < Math.min(mostMs, UNKNOWN_MS) && watcher.waiting(() => true) > 0);
  while (isWorthWaiting(clock.monotonic() - began)) await clock.sleep(LOOK_MS);
}
