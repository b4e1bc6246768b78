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
export const conditionsOf = (
  template: Template,
  choices: Choices,
  scope: string,
  operand: (value: unknown) => Operand,
): Conditions => new TemplateConditions(template, choices, scope, operand);

class TemplateConditions implements Conditions {
  private readonly underway = new Set<string>();
  private readonly memos = new Map<string, Memo<boolean>>();

  constructor(
    private readonly template: Template,
    private readonly choices: Choices,
    private readonly scope: string,
    private readonly operand: (value: unknown) => Operand,
  ) {}

  holds(name: string): boolean {
    const { choices, memos, scope, underway } = this;
    const { Conditions: declared } = this.template;
    if (underway.has(name) || !Object.hasOwn(declared, name)) return this.fact(scope + name);
    const memo = memos.get(name) ?? new Memo(choices, () => this.evaluate(declared[name], scope + name));
    memos.set(name, memo);
    underway.add(name);
    const truth = memo.get();
    underway.delete(name);
    return truth;
  }

  private fact = (about: string): boolean => this.choices.ask({ kind: 'fact', about }) === YES;

  private evaluate(expression: unknown, name: string): boolean {
    const [[key = '', argument] = [], second] = isMap(expression) ? Object.entries(expression) : [];
    if (key === 'Condition' && typeof argument === 'string' && !second) return this.holds(argument);
    const terms: unknown[] = Array.isArray(argument) ? argument : [];
    const term = (each: unknown, n: number): boolean => this.evaluate(each, `${name}.${n}`);
    switch (second ? '' : key) {
      case 'Fn::Equals':
        return terms.length === 2 ? this.equal(this.operand(terms[0]), this.operand(terms[1]), name) : this.fact(name);
      case 'Fn::Not':
        return terms.length === 1 ? !term(terms[0], 0) : this.fact(name);
      case 'Fn::And':
        return terms.length > 0 ? terms.every(term) : this.fact(name);
      case 'Fn::Or':
        return terms.length > 0 ? terms.some(term) : this.fact(name);
      default:
        return this.fact(name);
    }
  }

  private equal(left: Operand, right: Operand, name: string): boolean {
    if (left === undefined || right === undefined) return this.fact(name);
    if (typeof left === 'string' && typeof right === 'string') return this.equalTexts(left, right);
    const [one, other] = typeof left === 'string' ? [right, left] : [left, right];
    if (typeof one === 'string' || (typeof other !== 'string' && one.about === other.about)) return true;
    if (typeof other === 'string' && isKnown(other)) {
      return this.choices.ask({ kind: 'is', ...one, value: other }) === YES;
    }
    return this.equalTexts(this.settled(one), this.settled(other));
  }

  private settled = (one: Exclude<Operand, undefined>): string =>
    typeof one === 'string' ? one : this.choices.ask({ kind: 'value', ...one });

  private equalTexts(left: string, right: string): boolean {
    if (left === right) return true;
    const [known, open] = isKnown(left) ? [left, right] : [right, left];
    if (isKnown(open)) return false;
    if (isKnown(known) && isOpaque(open)) {
      return this.choices.ask({ kind: 'is', about: open, value: known }) !== NO;
    }
    return this.fact([left, right].sort().join(' is '));
  }
}
