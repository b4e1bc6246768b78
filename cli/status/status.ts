import type { Deployed } from '../deployed/clients';
import { partsOf, type StackTold } from '../deployed/parts';
import { isWhole, stackOf } from '../deployed/stack';
import { findingsIn, verdictOf, worstOf } from './judge';
import type { Finding, Status } from './model';
import { readAlarms, readTopic } from './read';
import { screenOf, type ScreenOptions } from './screen';

export interface StatusOptions {
  readonly stacks: readonly string[];
  readonly json?: boolean;
  /** Seconds from one look to the next. @default - one look */
  readonly watch?: number;
}

export interface Surroundings extends Deployed {
  readonly print: (text: string) => void;
  /** Of the terminal now. */
  readonly screen: () => ScreenOptions & {
    /** Lines that fit. @default - it is no terminal: nothing is erased, and nothing cut */
    readonly rows?: number;
  };
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Ends early once `signal` aborts. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Aborts when a person wants it to end. */
  readonly signal: AbortSignal;
}

/**
 * Prints how a pipeline is, once or until a person ends it. Resolves to the exit code: 0 nothing is at risk, 1 something is, or could
 * not be read.
 */
export async function showStatus({ stacks, json, watch }: StatusOptions, around: Surroundings): Promise<0 | 1> {
  for (;;) {
    const status = await look(stacks, around);
    around.print(json === true ? `${JSON.stringify(status)}\n` : drawn(status, watch, around));
    const code = status.verdict === 'well' ? 0 : 1;
    if (watch === undefined) return code;
    await around.sleep(watch * 1_000);
    if (around.signal.aborted) return code;
  }
}

const HOME = '\u001b[H';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

function drawn(status: Status, watch: number | undefined, { screen }: Surroundings): string {
  const { rows, ...options } = screen();
  const text = screenOf(status, options);
  if (watch === undefined || rows === undefined) return text;
  // Drawn over the last one, so that nothing flickers; what is the most important stands above.
  const lines = text.trimEnd().split('\n');
  const shown = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} lines more: make the window higher`]; // prettier-ignore
  return `${HOME}${shown.map((line) => `${line}${ERASE_LINE}\n`).join('')}${ERASE_BELOW}`;
}

/** @throws Error in one sentence where the stacks cannot be read, or say nothing of a pipeline */
async function look(stacks: readonly string[], around: Surroundings): Promise<Status> {
  const told = await Promise.all(stacks.map((name) => stackOf(name, around)));
  const parts = partsOf(told);
  const [topics, { alarms, notRead: noAlarms }] = await Promise.all([
    Promise.all(parts.map((each) => readTopic(each, around))),
    readAlarms(stacks, around),
  ]);
  const read = { at: new Date(around.now()).toISOString(), topics: topics.map(({ status }) => status), alarms };
  const missing = [...topics.flatMap((each) => each.notRead), ...noAlarms];
  const findings = [...findingsIn(read, parts, stacks), ...told.flatMap(unfinished)];
  return {
    ...{ at: read.at, stacks, verdict: verdictOf({ findings, notRead: missing }), findings, notRead: missing },
    ...{ topics: read.topics, worst: worstOf(topics.flatMap(({ partitions }) => partitions)), alarms },
  };
}

/** Of a stack that is half deployed the parts may be any. */
const unfinished = ({ name, status }: StackTold): Finding[] =>
  isWhole({ status })
    ? []
    : [{ when: 'later', what: `stack ${name} is ${status}: it may be half deployed`, next: `aws cloudformation describe-stacks --stack-name ${name}` }]; // prettier-ignore
