import { Memo, NO, YES, type Choices } from './choices';
import { isKnown, isOpaque } from './symbols';
import { isMap, type Template } from './template';

export interface Conditions {
  holds(name: string): boolean;
}

/** An operand of `Fn::Equals`: a text, or a parameter that may be one of several. */
export type Operand = string | { readonly about: string; readonly among: readonly string[] } | undefined;

/**
 * Evaluates a template's conditions; what only a deploy decides is asked of the choices.
 *
 * @param scope - stands before the template's names, so that no other template means them
 * @param operand - undefined for what is no text
 */
export function conditionsOf(
  template: Template,
  choices: Choices,
  scope: string,
  operand: (value: unknown) => Operand,
): Conditions {
  const underway = new Set<string>();
  const memos = new Map<string, Memo<boolean>>();
  const fact = (about: string): boolean => choices.ask({ kind: 'fact', about }) === YES;

  function holds(name: string): boolean {
    if (underway.has(name) || !Object.hasOwn(template.Conditions, name)) return fact(scope + name);
    const memo = memos.get(name) ?? new Memo(choices, () => evaluate(template.Conditions[name], scope + name));
    memos.set(name, memo);
    underway.add(name);
    const truth = memo.get();
    underway.delete(name);
    return truth;
  }

  function evaluate(expression: unknown, name: string): boolean {
    const [[key = '', argument] = [], second] = isMap(expression) ? Object.entries(expression) : [];
    if (key === 'Condition' && typeof argument === 'string' && !second) return holds(argument);
    const terms: unknown[] = Array.isArray(argument) ? argument : [];
    const term = (each: unknown, n: number): boolean => evaluate(each, `${name}.${n}`);
    switch (second ? '' : key) {
      case 'Fn::Equals':
        return terms.length === 2 ? equal(operand(terms[0]), operand(terms[1]), name) : fact(name);
      case 'Fn::Not':
        return terms.length === 1 ? !term(terms[0], 0) : fact(name);
      case 'Fn::And':
        return terms.length > 0 ? terms.every(term) : fact(name);
      case 'Fn::Or':
        return terms.length > 0 ? terms.some(term) : fact(name);
      default:
        return fact(name);
    }
  }

  function equal(left: Operand, right: Operand, name: string): boolean {
    if (left === undefined || right === undefined) return fact(name);
    if (typeof left === 'string' && typeof right === 'string') return equalTexts(left, right);
    const [one, other] = typeof left === 'string' ? [right, left] : [left, right];
    if (typeof one === 'string' || (typeof other !== 'string' && one.about === other.about)) return true;
    if (typeof other === 'string' && isKnown(other)) {
      return choices.ask({ kind: 'is', ...one, value: other }) === YES;
    }
    return equalTexts(settled(one), settled(other));
  }

  const settled = (one: Exclude<Operand, undefined>): string =>
    typeof one === 'string' ? one : choices.ask({ kind: 'value', ...one });

  function equalTexts(left: string, right: string): boolean {
    if (left === right) return true;
    const [known, open] = isKnown(left) ? [left, right] : [right, left];
    if (isKnown(open)) return false;
    if (isKnown(known) && isOpaque(open)) {
      return choices.ask({ kind: 'is', about: open, value: known }) !== NO;
    }
    return fact([left, right].sort().join(' is '));
  }
  return { holds };
}
