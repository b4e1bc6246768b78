import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { account } from '../faults/account';
import type { TableSource } from '../faults/final-read';
import { httpDoor } from '../faults/doors';
import { leaderDeath, leaderDeathBeforeCopy } from '../faults/leader-death';
import { Load } from '../faults/load';
import { untilSettled } from '../faults/waiting';
import { startLocalStack, type LocalFunction, type LocalStack } from '../local';
import { packageRoot } from '../local/toolchain';
import { interruption } from './interruption';
import { keepRunning } from './keep-running';
import { progressOn, type Progress } from './progress';
import { synthesize } from './synthesize';
import { asJson, asTable } from './run-report';
import type { RunOptions } from './run-options';
import type { PlantedFault } from './planted';

/** How a planted fault is built in: which function gets the broken code. The code lies in faults/broken/. */
const BROKEN: Record<PlantedFault, { functionPath: string; code: string }> = {
  acks: { functionPath: 'Ingest', code: 'acks-one' },
  commit: { functionPath: 'Billing', code: 'commit-first' },
  idempotency: { functionPath: 'Billing', code: 'no-idempotency' },
};

const TOPIC = 'orders';
const EVENTS = 10_000;
const CONNECTIONS = 8;
const EVENTS_PER_REQUEST = 20;

/** Runs the sample, breaks it, and accounts for every event. Resolves to the exit code. */
export async function run(options: RunOptions): Promise<0 | 1> {
  const root = packageRoot();
  const dir = join(root, '.lossless', 'runs', `${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`);
  const progress = progressOn(options.json ? process.stderr : process.stdout);
  const interrupted = interruption();
  let stack: LocalStack | undefined;
  try {
    await mkdir(dir, { recursive: true });
    stack = await start(root, dir, options, progress, interrupted.signal);
    const code = await driven(stack, options, progress, interrupted.signal);
    if (options.keepRunning) {
      const print = (text: string) => void process.stdout.write(text);
      await keepRunning(stack, { dir, json: options.json, print, progress, signal: interrupted.signal });
    }
    return code;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    progress.say('interrupted; every process is being ended');
    return 1;
  } finally {
    progress.end();
    await stack?.stop();
    interrupted.release();
    if (options.keep) progress.say(`data and logs are kept in ${dir}`);
    else await rm(dir, { recursive: true, force: true });
  }
}

async function start(
  root: string,
  dir: string,
  options: RunOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<LocalStack> {
  const assembly = join(dir, 'cdk.out');
  await synthesize(root, assembly, signal);
  progress.say('synthesized bin/app.ts');
  const broken = options.break && BROKEN[options.break];
  if (broken) progress.say(`planted: faults/broken/${broken.code}.ts in place of the function ${broken.functionPath}`);
  return startLocalStack({
    assembly,
    dir,
    log: (line) => progress.say(line),
    replaceCode: broken && { [broken.functionPath]: join(root, 'dist', 'broken', broken.code) },
  });
}

/** Sends events where there are any to send, and says what became of them. */
async function driven(stack: LocalStack, options: RunOptions, progress: Progress, signal: AbortSignal) {
  const events = options.events ?? (options.keepRunning ? 0 : EVENTS);
  if (events === 0) return 0;
  const { result, seconds } = await drive(stack, { ...options, events }, progress, signal);
  process.stdout.write(options.json ? asJson(result, seconds) : asTable(result, seconds, options));
  return result.lost.length === 0 && result.appliedTwice.length === 0 ? 0 : 1;
}

async function drive(
  stack: LocalStack,
  options: RunOptions & { readonly events: number },
  progress: Progress,
  signal: AbortSignal,
) {
  const door = stack.doors[0];
  if (!door) throw new Error('the template has no HTTP door; add one with addIngest');
  const started = Date.now();
  const half = Math.floor(options.events / 2);
  let reachedHalf = () => {};
  const halfWay = new Promise<void>((resolve) => (reachedHalf = resolve));
  const load = new Load({
    doors: [httpDoor(door.url)],
    events: options.events,
    connections: CONNECTIONS,
    perRequest: EVENTS_PER_REQUEST,
    rate: options.rate,
    source: `urn:orders:${process.pid}`,
    signal,
    onAnswer: (accepted) => {
      progress.count(Math.min(accepted, options.events), options.events, 'accepted');
      if (accepted >= half) reachedHalf();
    },
  });
  const sending = load.run();
  await Promise.race([halfWay, sending]);
  if (options.fault) await breakHalfWay(stack, load, options.break, progress);
  await sending;
  await untilSettled(stack, load, { ...progress, signal });
  const seconds = (Date.now() - started) / 1000;
  return { result: await account(load.sent, books(stack)), seconds };
}

async function breakHalfWay(stack: LocalStack, load: Load, planted: PlantedFault | undefined, progress: Progress) {
  switch (planted) {
    case undefined: {
      const death = await leaderDeath(stack, TOPIC, 0);
      progress.say(
        `broker ${death.killed}, leader of ${TOPIC}-0, killed; broker ${death.newLeader} led after ` +
          `${death.secondsWithoutLeader.toFixed(1)} s; broker ${death.killed} started again`,
      );
      return;
    }
    case 'acks': {
      await load.pause();
      const customer = load.sent.find((event) => event.partition === 0)?.customer;
      if (!customer) throw new Error(`no event of the first half went to ${TOPIC}-0; send more events`);
      const death = await leaderDeathBeforeCopy(stack, TOPIC, 0, () => load.burst(customer, 100));
      load.resume();
      progress.say(`broker ${death.killed} answered alone with acks=1, was killed and started again`);
      return;
    }
    case 'commit':
      killAtWork(consumerFunction(stack), (outcome) => outcome);
      progress.say('the consumer function is killed after its next answers, before it has done what it answered for');
      return;
    case 'idempotency':
      killAtWork(consumerFunction(stack), (outcome, kills) => Promise.race([outcome, wait(1000 * (kills + 1))]));
      progress.say('the consumer function is killed in the middle of its next batches, which are then delivered again');
      return;
  }
}

const KILLS = 5;

/** Kills the function's sandboxes in its next invocations, each time when `moment` comes. */
function killAtWork(
  fn: LocalFunction,
  moment: (outcome: Promise<unknown>, killsBefore: number) => Promise<unknown>,
): void {
  let kills = 0;
  fn.around(async (payload, invoke) => {
    const outcome = invoke(payload);
    if (kills >= KILLS) return outcome;
    await moment(outcome, kills++);
    await fn.kill();
    return outcome;
  });
}

function consumerFunction(stack: LocalStack): LocalFunction {
  const found = stack.functions.find(({ path }) => path === 'Billing');
  if (!found) throw new Error('the template has no function Billing: this run breaks the sample of bin/app.ts');
  return found;
}

function books(stack: LocalStack): TableSource {
  const table = (part: string) => {
    const found = stack.tables.find(({ path }) => path.startsWith(part));
    if (!found) throw new Error(`the template has no table whose path begins with ${part}`);
    return found.name;
  };
  return {
    endpoints: stack.endpoints,
    tables: {
      orders: table('OrdersTable'),
      customers: table('CustomersTable'),
      idempotency: table('Orders/BillingConsumer'),
    },
  };
}
