/**
 * What a deploy decides: values of parameters, and conditions on them. A judgement is run once for every way in which
 * the questions that it really asks can be answered; what it does not ask about does not multiply its runs.
 */

export type Question = Readonly<
  // The value of a parameter, one of several.
  | { kind: 'value'; about: string; among: readonly string[] }
  // Whether what only a deploy knows is this text; `among`: all that it may be, where that is known.
  | { kind: 'is'; about: string; value: string; among?: readonly string[] }
  // Whether something holds of which no more is known than that it may.
  | { kind: 'fact'; about: string }
  // Whether a parameter keeps its default.
  | { kind: 'default'; about: string; value: string }
>;

export interface Decision {
  readonly question: Question;
  readonly answer: string;
}

/** What came of one way to answer all that was asked. */
export interface Leaf<T> {
  readonly value: T;
  /** What was chosen, in the order asked; without what followed from that. */
  readonly decisions: readonly Decision[];
}

export interface Explored<T> {
  readonly leaves: readonly Leaf<T>[];
  /** False where there are more ways than may be tried. */
  readonly whole: boolean;
  /** Parameters whose default was taken, or left; with the default. */
  readonly defaults: ReadonlyMap<string, string>;
}

/** Which parameters do not keep their default: those named, or each both ways. */
export type Freed = ReadonlySet<string> | 'all' | 'both';

/** Ways to answer that are tried for one judgement: eight conditions that have nothing to do with each other. */
export const MOST_LEAVES = 256;

export const YES = 'yes';
export const NO = 'no';
/** Two questions of one key have one answer. */
export const keyOf = (question: Question): string =>
  `${question.kind} ${question.about} ${question.kind === 'is' ? question.value : ''}`;

interface Turn {
  index: number;
  readonly of: number;
}

/** One run of a judgement. */
class Run {
  readonly settled = new Map<string, string>();
  readonly excluded = new Map<string, Set<string>>();
  readonly facts = new Map<string, string>();
  readonly asked: Decision[] = [];
  readonly decisions: Decision[] = [];
  private at = 0;

  constructor(
    private readonly path: Turn[],
    readonly freed: Freed,
    readonly defaults: Map<string, string>,
  ) {}

  choose(question: Question, options: readonly string[]): string {
    if (this.at === this.path.length) this.path.push({ index: 0, of: options.length });
    const answer = options[this.path[this.at++]?.index ?? 0] ?? NO;
    this.decisions.push({ question, answer });
    return answer;
  }

  exclude(about: string, value: string): void {
    const excluded = this.excluded.get(about) ?? new Set();
    this.excluded.set(about, excluded.add(value));
  }
}

/** Answers the questions of judgements, so that each run meets answers that agree with each other. */
export class Choices {
  private run: Run | undefined;

  /** Runs a judgement for every way to answer what it asks, depth first. */
  explore<T>(judge: () => T, freed: Freed, most = MOST_LEAVES): Explored<T> {
    const outer = this.run;
    const path: Turn[] = [];
    const leaves: Leaf<T>[] = [];
    const defaults = new Map<string, string>();
    try {
      do {
        if (leaves.length === most) return { leaves, whole: false, defaults };
        const run = new Run(path, freed, defaults);
        this.run = run;
        const value = judge();
        leaves.push({ value, decisions: run.decisions });
      } while (advance(path));
      return { leaves, whole: true, defaults };
    } finally {
      this.run = outer;
    }
  }

  /** All that a value may be, whatever a deploy decides; undefined where that is too much. Asks nothing of the run around. */
  possible<T>(read: () => T): readonly T[] | undefined {
    const { leaves, whole } = this.explore(read, 'both');
    return whole ? leaves.map(({ value }) => value) : undefined;
  }

  ask(question: Question): string {
    const { run } = this;
    if (!run) throw new Error(`asked outside a judgement: ${keyOf(question)}`);
    const answer = answerIn(run, question);
    run.asked.push({ question, answer });
    return answer;
  }

  /** The questions since then are what something depends on. */
  mark(): number {
    return this.run?.asked.length ?? 0;
  }
  since(mark: number): readonly Decision[] {
    return this.run?.asked.slice(mark) ?? [];
  }
}

/** To the next way; false after the last. */
function advance(path: Turn[]): boolean {
  for (let last = path.at(-1); last; last = path.at(-1)) {
    if (++last.index < last.of) return true;
    path.pop();
  }
  return false;
}

function answerIn(run: Run, question: Question): string {
  switch (question.kind) {
    case 'value':
      return valueIn(run, question);
    case 'is':
      return isIn(run, question);
    case 'default':
      return defaultIn(run, question);
    case 'fact': {
      const answer = run.facts.get(question.about) ?? run.choose(question, [YES, NO]);
      run.facts.set(question.about, answer);
      return answer;
    }
  }
}

function valueIn(run: Run, question: Question & { kind: 'value' }): string {
  const { about, among } = question;
  const settled = run.settled.get(about);
  if (settled !== undefined) return settled;
  const left = among.filter((value) => run.excluded.get(about)?.has(value) !== true);
  const value = left.length > 1 ? run.choose(question, left) : (left[0] ?? about);
  run.settled.set(about, value);
  return value;
}

function isIn(run: Run, question: Question & { kind: 'is' }): string {
  const { about, value, among } = question;
  const settled = run.settled.get(about);
  // Settled as none of those it is compared with, it may be another that it is compared with in a roundabout way.
  if (settled === about && among?.includes(value) !== true) {
    return answerIn(run, { kind: 'fact', about: `${about} is ${value}` });
  }
  if (settled !== undefined) return settled === value ? YES : NO;
  const left = among?.filter((each) => run.excluded.get(about)?.has(each) !== true);
  const open = left === undefined || left.includes(about);
  if (run.excluded.get(about)?.has(value) === true || !(open || left.includes(value))) return NO;
  const answer = left?.length === 1 && left[0] === value ? YES : run.choose(question, [YES, NO]);
  if (answer === YES) run.settled.set(about, value);
  else run.exclude(about, value);
  return answer;
}

function defaultIn(run: Run, question: Question & { kind: 'default' }): string {
  const { about, value } = question;
  run.defaults.set(about, value);
  if (run.freed === 'both') {
    const answer = run.facts.get(keyOf(question)) ?? run.choose(question, [YES, NO]);
    run.facts.set(keyOf(question), answer);
    return answer;
  }
  return run.freed === 'all' || run.freed.has(about) ? NO : YES;
}

interface Node<T> {
  question?: Question;
  readonly branches: Map<string, Node<T>>;
  known?: { readonly value: T };
}
const node = <T>(): Node<T> => ({ branches: new Map() });

/** A value that depends on what a deploy decides: computed once for each way to answer what it asks. */
export class Memo<T> {
  private readonly root = node<T>();

  constructor(
    private readonly choices: Choices,
    private readonly compute: () => T,
  ) {}

  get(): T {
    let at: Node<T> | undefined = this.root;
    while (at && !at.known) at = at.question && at.branches.get(this.choices.ask(at.question));
    return at?.known ? at.known.value : this.learn();
  }

  private learn(): T {
    const mark = this.choices.mark();
    const value = this.compute();
    const seen = new Set<string>();
    let at = this.root;
    for (const { question, answer } of this.choices.since(mark)) {
      const key = keyOf(question);
      if (seen.has(key)) continue;
      seen.add(key);
      at.question ??= question;
      const next = at.branches.get(answer) ?? node<T>();
      at.branches.set(answer, next);
      at = next;
    }
    at.known = { value };
    return value;
  }
}

/** Such values by what they are of. Whoever asks for one says how it is computed, each time in the same way. */
export class Memos<K, T> {
  private readonly known = new Map<K, Memo<T>>();

  constructor(private readonly choices: Choices) {}

  get(key: K, compute: () => T): T {
    const known = this.known.get(key);
    if (known) return known.get();
    const memo = new Memo(this.choices, compute);
    this.known.set(key, memo);
    return memo.get();
  }
}
