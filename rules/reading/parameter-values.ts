import { NO, type Choices } from './choices';
import type { Operand } from './conditions';
import { parametersOf, type Parameter } from './parameters';
import { isKnown } from './symbols';
import type { Template } from './template';
import { written } from './written';

interface Surroundings {
  readonly choices: Choices;
  /** Value that a parameter is given: by the stack around a nested one, or by whoever asks. */
  readonly given: (name: string) => unknown;
  /** Symbol of a name of this template's own. */
  readonly own: (name: string) => string;
}

/** What the parameters of a template are, for one way in which a deploy can decide. */
export class ParameterValues {
  private readonly declared: ReadonlyMap<string, Parameter>;

  constructor(
    template: Template,
    private readonly around: Surroundings,
  ) {
    this.declared = parametersOf(template);
  }

  has = (name: string): boolean => this.declared.has(name);

  /** What `Ref` gives; undefined where there is no such parameter. */
  value(name: string): unknown {
    const declared = this.declared.get(name);
    if (!declared) return undefined;
    const { choices, own } = this.around;
    // The value of an SSM parameter is its name, not what is kept under it.
    if (declared.isName) return own(name);
    const given = this.around.given(name) ?? undefined;
    if (declared.isList) return listed(given ?? written(this.defaultOf(name, declared) ?? own(name))) ?? own(name);
    if (given !== undefined) return given;
    const value = this.possible(name, declared);
    return typeof value === 'string' ? value : choices.ask({ kind: 'value', ...value });
  }

  /** All that a text may be which nobody gives, without its being decided which; undefined for any other parameter. */
  undecided(name: string): Operand {
    const declared = this.declared.get(name);
    if (!declared || declared.isName || declared.isList) return undefined;
    return (this.around.given(name) ?? undefined) === undefined ? this.possible(name, declared) : undefined;
  }

  /** Its symbol stands for any other text. */
  private possible(name: string, declared: Parameter): Exclude<Operand, undefined> {
    const { own } = this.around;
    const byDefault = declared.allowed ? undefined : this.defaultOf(name, declared);
    if (byDefault !== undefined) return written(byDefault);
    const texts = declared.allowed ?? declared.others;
    return { about: own(name), among: texts.map((text) => (text === undefined ? own(name) : written(text))) };
  }

  /** Undefined where there is none, or the parameter does not keep it. */
  private defaultOf(name: string, { byDefault }: Parameter): string | undefined {
    if (byDefault === undefined) return undefined;
    const { choices, own } = this.around;
    const left = choices.ask({ kind: 'default', about: own(name), value: byDefault }) === NO;
    return left ? undefined : byDefault;
  }
}

/** A list, or the text in which a parameter holds one; undefined where a comma may stand in what is not known. */
function listed(value: unknown): unknown {
  if (typeof value !== 'string') return Array.isArray(value) ? value : undefined;
  if (!isKnown(value)) return undefined;
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
