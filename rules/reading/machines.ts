import type { Resource } from './graph';
import type { Match } from './matching';
import { isMap } from './template';
import { certainly, Open, Value, type Read } from './value';

/** What state machines of Step Functions, and EventBridge Scheduler, call by the name of an action of Lambda's. */

export const MACHINES = ['AWS::StepFunctions::StateMachine', 'AWS::Serverless::StateMachine'] as const;

/** A call of a function. */
export interface Call {
  readonly called: Value;
  /** Whether the caller waits for the answer. */
  readonly waits: Match;
}

/** With a token, a machine waits until somebody sends it back: such a call is none of these. */
const INVOKE = /:::(?:aws-sdk:)?lambda:invoke(Async)?$/;
const EVENT = 'Event';

/** The call that an action makes with its arguments; undefined where the action is another. */
export function invocation(action: Read<string>, argument: (name: string) => Value): Call | undefined {
  const found = action.kind === 'known' ? INVOKE.exec(action.value) : null;
  if (!found) return undefined;
  const type = argument('InvocationType').string();
  const isEvent = found[1] !== undefined || certainly(type, (text) => text === EVENT);
  return { called: argument('FunctionName'), waits: isEvent ? 'no' : type.kind === 'unknown' ? 'maybe' : 'yes' };
}

/** The calls of a machine's tasks; undefined where its definition is not in the template, or cannot be read. */
export function callsOf(machine: Resource): readonly Call[] | undefined {
  const definition = definitionOf(machine);
  if (definition === undefined) return undefined;
  return tasksIn(definition).flatMap(
    (task) => invocation(task.at('Resource').text(), (name) => argumentOf(task, name)) ?? [],
  );
}

function definitionOf(machine: Resource): unknown {
  const { raw } = machine.at('Definition');
  const said = raw === undefined ? machine.at('DefinitionString').text() : new Value(JSON.stringify(raw)).text();
  if (said.kind !== 'known') return undefined;
  const { raw: parsed } = new Value(substituted(machine, said.value)).fields();
  return isMap(parsed) ? parsed : undefined;
}

/** `${Name}` in a definition stands for what `DefinitionSubstitutions` has under that name. */
const substituted = (machine: Resource, definition: string): string =>
  definition.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
    const text = machine.at(`DefinitionSubstitutions.${name}`).text();
    return text.kind === 'known' ? JSON.stringify(text.value).slice(1, -1) : whole;
  });

/** Every state that does something, however deep in branches and loops. Without recursion: a text may be nested without end. */
function tasksIn(definition: unknown): Value[] {
  const tasks: Value[] = [];
  const rest = [definition];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (isMap(next) && typeof next['Resource'] === 'string') tasks.push(new Value(next));
    for (const inner of Object.values(next) as unknown[]) rest.push(inner);
  }
  return tasks;
}

const WHILE_IT_RUNS = new Value(new Open('a value that the machine has while it runs'));

/** `Name.$`, `{% … %}` and placeholders without a substitution are known only while the machine runs. */
function argumentOf(task: Value, name: string): Value {
  for (const place of ['Parameters', 'Arguments']) {
    const read = task.at(place).object();
    if (read.kind === 'absent') continue;
    if (read.kind === 'unknown' || Object.hasOwn(read.value, `${name}.$`)) return WHILE_IT_RUNS;
    const value = Object.hasOwn(read.value, name) ? read.value[name] : undefined;
    return typeof value === 'string' && /^\{%|\$\{/.test(value) ? WHILE_IT_RUNS : new Value(value);
  }
  return new Value(undefined);
}
