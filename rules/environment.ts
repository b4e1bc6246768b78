import { perGraph, type Graph, type Resource } from './graph';
import { forEach, type Judge, type Subjects } from './rule';
import { quoteBareSymbols } from './symbols';
import { Value } from './value';

/** One part a function plays, as its environment tells the runtime (`lambdas/runtime/contract.ts`). */
export interface Part {
  readonly handler: Resource;
  /** Path of the variable below `Properties`. */
  readonly property: string;
  /** The variable's fields; texts in them may be known only at deploy. */
  readonly fields: Value;
}

/** Every part that begins with `prefix`, of every function of the template. */
export const partsOf = (graph: Graph, prefix: string): Part[] =>
  allParts(graph).filter(({ property }) => property.startsWith(VARIABLES + prefix));

/** Judges every part that begins with `prefix`. */
export const forEachPart = (prefix: string, judge: Judge<Part>): Subjects =>
  forEach('AWS::Lambda::Function', (handler, graph) =>
    partsOf(graph, prefix)
      .filter((part) => part.handler === handler)
      .flatMap((part) => judge(part, graph)),
  );

const VARIABLES = 'Environment.Variables.';

const allParts = perGraph((graph): readonly Part[] =>
  graph.ofType('AWS::Lambda::Function').flatMap((handler) => {
    const variables = handler.at('Environment.Variables').object();
    if (variables.kind !== 'known') return [];
    return Object.entries(variables.value)
      .filter(([name]) => name.startsWith('LOSSLESS_'))
      .map(([name, text]) => ({ handler, property: VARIABLES + name, fields: fieldsOf(text) }));
  }),
);

/** A variable that is no JSON leaves its fields unknown. */
function fieldsOf(text: unknown): Value {
  if (typeof text !== 'string') return new Value(text);
  try {
    return new Value(JSON.parse(quoteBareSymbols(text)));
  } catch (error) {
    if (error instanceof SyntaxError) return new Value(text);
    throw error;
  }
}
