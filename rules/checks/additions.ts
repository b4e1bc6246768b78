import { together, type Check, type Rule } from './rule';

/** What further subjects add to rules that stand elsewhere, by the rule's code. */
export type Additions = Readonly<Record<string, readonly Check[]>>;

export const withAdditions = (rules: readonly Rule[], all: readonly Additions[]): Rule[] =>
  rules.map((rule) => {
    const more = all.flatMap((additions) => additions[rule.code] ?? []);
    return more.length === 0 ? rule : { ...rule, check: together(rule.check, ...more) };
  });
