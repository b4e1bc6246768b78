import { Token, type Duration } from 'aws-cdk-lib';
import { otherKinds } from './kinds';
import type { Rule } from './refusal';

/** What an error names: a construct, or one that is about to be made. */
export interface Place {
  readonly node: { readonly path: string };
}

/** Throws one error that names the construct and every broken rule. */
export function refuse(place: Place, rules: readonly Rule[]): void {
  const broken = brokenOf(rules);
  if (broken.length > 0) throw new Error(`${place.node.path}: ${broken.join('; and ')}`);
}

/** Messages of the rules that are broken. */
export const brokenOf = (rules: readonly Rule[]): string[] =>
  rules.filter((rule) => rule.when).map((rule) => rule.message);

/**
 * Throws one error that names every prop left out, or of another kind: plain JavaScript has no compiler that asks for them.
 *
 * @param wants by the name of each prop that must be given, what it is
 */
export function demand<Props extends object>(
  place: Place,
  props: Props | undefined,
  wants: { readonly [Name in keyof Props & string]?: string },
): void {
  const given = Object.entries(props ?? {}).filter(([name, value]) => !(name in wants && isMissing(value)));
  refuse(place, [
    ...Object.entries<string | undefined>(wants).map(([name, want]) => ({
      when: isMissing(props?.[name as keyof Props]),
      message: `${name}: got nothing, want ${want}; give it`,
    })),
    ...otherKinds(Object.fromEntries(given)),
  ]);
}

/** True for what plain JavaScript may leave out, whatever the type says. */
export const isMissing = (value: unknown): boolean => value === undefined || value === null;

/** The number, or NaN when it is known only at deploy: NaN compares false with everything, so a token breaks no rule. */
export const known = (value: number): number => (Token.isUnresolved(value) ? NaN : value);

/** Like `known`, in seconds. */
export const knownSeconds = (duration: Duration): number =>
  duration.isUnresolved() ? NaN : duration.toSeconds({ integral: false });

/** True for two texts, known now, that are not the same. */
export const differ = (one: string, other: string): boolean =>
  !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;

/** True for a number, known now, that is no whole number from `min` to `max`. */
export const outside = (value: number, min: number, max: number): boolean =>
  !Token.isUnresolved(value) && !(Number.isInteger(value) && value >= min && value <= max);

/** True for what is no text, or one, known now, that says nothing. */
export const isBlank = (text: unknown): boolean =>
  typeof text !== 'string' || (!Token.isUnresolved(text) && text.trim() === '');
