import { REPLAY_VARIABLE, UNPACK_VARIABLE } from '../../lambdas/runtime/contract';
import type { Graph, Resource } from '../reading/graph';
import { forEach, type Judge, type Subjects } from './rule';
import type { Value } from '../reading/value';

/** One part a function plays, as its environment tells the runtime (`lambdas/runtime/contract/roles.ts`). */
export interface Part {
  readonly handler: Resource;
  /** Path of the variable below `Properties`. */
  readonly property: string;
  /** The variable's fields; texts in them may be known only at deploy. */
  readonly fields: Value;
}

const FUNCTION = 'AWS::Lambda::Function';
const VARIABLES = 'Environment.Variables';

/** Variables of the functions that bring back what was spilled, or what a mapping gave up. */
export const SWEEPERS: readonly string[] = [REPLAY_VARIABLE, UNPACK_VARIABLE];

/** Every part of a function that begins with `prefix`. */
export const ownParts = (handler: Resource, prefix: string): Part[] =>
  handler
    .namesAt(VARIABLES)
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => {
      const property = `${VARIABLES}.${name}`;
      const variable = handler.at(property);
      return variable.raw === undefined ? [] : [{ handler, property, fields: variable.fields() }];
    });

/** The same of every function of the template. */
export const partsOf = (graph: Graph, prefix: string): Part[] =>
  graph.ofType(FUNCTION).flatMap((handler) => ownParts(handler, prefix));

/** Its calls carry no event: what one misses, the next one finds. */
export const isSweeper = (handler: Resource): boolean =>
  SWEEPERS.some((prefix) => ownParts(handler, prefix).length > 0);

/** Judges every part that begins with `prefix`. */
export const forEachPart = (prefix: string, judge: Judge<Part>): Subjects =>
  forEach(FUNCTION, (handler, graph) => ownParts(handler, prefix).flatMap((part) => judge(part, graph)));

/** Whether a function plays such a part. */
export const somePart = (graph: Graph, prefix: string, ok: (part: Part) => boolean): boolean =>
  graph.ofType(FUNCTION).some((handler) => ownParts(handler, prefix).some(ok));
