import { Token, type Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** One thing a construct refuses. The message says what, got, want and fix. */
export interface Rule {
  readonly when: boolean;
  readonly message: string;
}

/** Throws one error that names the construct and every broken rule. */
export function refuse(scope: IConstruct, rules: readonly Rule[]): void {
  const broken = rules.filter((rule) => rule.when).map((rule) => rule.message);
  if (broken.length > 0) throw new Error(`${scope.node.path}: ${broken.join('; and ')}`);
}

/** The number, or NaN when it is known only at deploy: NaN compares false with everything, so a token breaks no rule. */
export const known = (value: number): number => (Token.isUnresolved(value) ? NaN : value);

/** Like `known`, in seconds. */
export const knownSeconds = (duration: Duration): number =>
  duration.isUnresolved() ? NaN : duration.toSeconds({ integral: false });

/** True for a number, known now, that is no whole number from `min` to `max`. */
export const outside = (value: number, min: number, max: number): boolean =>
  !Token.isUnresolved(value) && !(Number.isInteger(value) && value >= min && value <= max);

/** True for a text, known now, that says nothing. */
export const isBlank = (text: string): boolean => !Token.isUnresolved(text) && text.trim() === '';
