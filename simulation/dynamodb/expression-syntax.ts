import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An attribute at the top of an item, by its name or by `#placeholder`. The simulated table knows no deeper ones. */
export type Path = string;

export type Operand =
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'size'; readonly path: Path }
  | { readonly kind: 'if not exists'; readonly path: Path; readonly otherwise: Operand }
  | { readonly kind: 'append'; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'sum'; readonly sign: string; readonly left: Operand; readonly right: Operand };

export type Condition =
  | { readonly kind: 'or' | 'and'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'exists'; readonly path: Path }
  | { readonly kind: 'begins with'; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Operand; readonly right: Operand };

export interface Changes {
  readonly set: { readonly path: Path; readonly value: Operand }[];
  readonly remove: Path[];
  readonly add: { readonly path: Path; readonly value: string }[];
}

export interface Expression<T> {
  /** What it says, or why it says nothing. */
  readonly tree: T | string;
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** Attributes it calls by their own names. */
  readonly bare: readonly string[];
}

const EXPRESSION_BYTES = 4096;

/** Words of DynamoDB's language among the names we use; the real part is asked about each (dynamodb-model.real.test.ts). */
export const RESERVED: ReadonlySet<string> = new Set(
  'state partition offset key keys value values owner object count counter status name type open data date time timestamp source order group hash range zone url user'.split(
    ' ',
  ),
);

/** What DynamoDB has against an expression before it looks at any item; undefined: nothing. */
export function expressionFault<T>(
  what: 'ConditionExpression' | 'UpdateExpression',
  text: string,
  { tree, names, values, bare }: Expression<T>,
  given: { names?: Record<string, string>; values?: Record<string, AttributeValue> },
): string | undefined {
  const invalid = (why: string) => `Invalid ${what}: ${why}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > EXPRESSION_BYTES)
    return invalid(`Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
  if (typeof tree === 'string') return invalid(tree);
  const word = bare.find((each) => RESERVED.has(each.toLowerCase()));
  if (word !== undefined) return invalid(`Attribute name is a reserved keyword; reserved keyword: ${word}`);
  const name = names.find((each) => given.names?.[each] === undefined);
  if (name !== undefined)
    return invalid(`An expression attribute name used in the document path is not defined; attribute name: ${name}`);
  const value = values.find((each) => given.values?.[each] === undefined);
  if (value !== undefined)
    return invalid(`An expression attribute value used in expression is not defined; attribute value: ${value}`);
  return undefined;
}

const conditions = new Map<string, Expression<Condition>>();
const updates = new Map<string, Expression<Changes>>();

/** Each text is read once: simulations ask the same millions of times. */
export const parseCondition = (text: string): Expression<Condition> =>
  known(conditions, text, (tokens) => tokens.any());
export const parseUpdate = (text: string): Expression<Changes> => known(updates, text, (tokens) => tokens.changes());

function known<T>(cache: Map<string, Expression<T>>, text: string, read: (tokens: Tokens) => T): Expression<T> {
  let found = cache.get(text);
  if (!found) cache.set(text, (found = parse(text, read)));
  return found;
}

class SyntaxFault extends Error {}

function parse<T>(text: string, read: (tokens: Tokens) => T): Expression<T> {
  const tokens = new Tokens(text);
  let tree: T | string;
  try {
    tree = read(tokens);
    if (tokens.next !== undefined) tokens.fault();
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    tree = error.message;
  }
  const all = (sign: string) => [...new Set(tokens.all.filter((token) => token.startsWith(sign)))];
  return { tree, names: all('#'), values: all(':'), bare: tokens.bare };
}

const FUNCTION = /^(attribute_exists|attribute_not_exists|begins_with|size|if_not_exists|list_append)$/;

class Tokens {
  readonly all: string[];
  readonly bare: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.all = text.match(/<=|>=|<>|[#:]?\w+|[^\s\w]/g) ?? [];
  }

  get next(): string | undefined {
    return this.all[this.#at];
  }

  fault(): never {
    const near = this.all.slice(Math.max(0, this.#at - 1), this.#at + 2).join(' ');
    throw new SyntaxFault(`Syntax error; token: "${this.next ?? '<EOF>'}", near: "${near}"`);
  }

  any(): Condition {
    let left = this.every();
    while (this.take('OR')) left = { kind: 'or', left, right: this.every() };
    return left;
  }

  private every(): Condition {
    let left = this.one();
    while (this.take('AND')) left = { kind: 'and', left, right: this.one() };
    return left;
  }

  private one(): Condition {
    if (this.take('NOT')) return { kind: 'not', of: this.one() };
    if (this.take('(')) {
      const inner = this.any();
      this.want(')');
      return inner;
    }
    if (this.take('attribute_exists')) return { kind: 'exists', path: this.inBrackets(() => this.path()) };
    if (this.take('attribute_not_exists'))
      return { kind: 'not', of: { kind: 'exists', path: this.inBrackets(() => this.path()) } };
    if (this.take('begins_with'))
      return this.inBrackets(() => ({ kind: 'begins with', ...this.two(() => this.term()) }));
    const left = this.term();
    const operator = this.next ?? '';
    if (!/^(=|<>|<|<=|>|>=)$/.test(operator)) this.fault();
    this.#at++;
    return { kind: 'compare', operator, left, right: this.term() };
  }

  changes(): Changes {
    const changes: Changes = { set: [], remove: [], add: [] };
    const seen = new Set<string>();
    while (this.next !== undefined) {
      const word = this.next;
      if (seen.has(word)) this.fault();
      seen.add(word);
      this.#at++;
      if (word === 'SET') this.list(() => changes.set.push(this.assignment()));
      else if (word === 'REMOVE') this.list(() => changes.remove.push(this.path()));
      else if (word === 'ADD') this.list(() => changes.add.push({ path: this.path(), value: this.value() }));
      else this.fault();
    }
    if (seen.size === 0) this.fault();
    return changes;
  }

  private assignment(): Changes['set'][number] {
    const path = this.path();
    this.want('=');
    return { path, value: this.sum() };
  }

  private sum(): Operand {
    const left = this.term();
    const sign = this.next;
    if (sign !== '+' && sign !== '-') return left;
    this.#at++;
    return { kind: 'sum', sign, left, right: this.term() };
  }

  private term(): Operand {
    if (this.next?.startsWith(':')) return { kind: 'value', name: this.value() };
    if (this.take('size')) return { kind: 'size', path: this.inBrackets(() => this.path()) };
    if (this.take('list_append')) return this.inBrackets(() => ({ kind: 'append', ...this.two(() => this.term()) }));
    if (this.take('if_not_exists')) {
      return this.inBrackets(() => {
        const path = this.path();
        this.want(',');
        return { kind: 'if not exists', path, otherwise: this.term() };
      });
    }
    return { kind: 'path', path: this.path() };
  }

  private path(): Path {
    const token = this.next ?? '';
    if (!/^#?\w+$/.test(token) || FUNCTION.test(token)) this.fault();
    if (!token.startsWith('#')) this.bare.push(token);
    this.#at++;
    return token;
  }

  private value(): string {
    const token = this.next ?? '';
    if (!token.startsWith(':')) this.fault();
    this.#at++;
    return token;
  }

  private two<T>(each: () => T): { left: T; right: T } {
    const left = each();
    this.want(',');
    return { left, right: each() };
  }

  private list(each: () => unknown): void {
    do each();
    while (this.take(','));
  }

  private inBrackets<T>(read: () => T): T {
    this.want('(');
    const inner = read();
    this.want(')');
    return inner;
  }

  private take(token: string): boolean {
    if (this.next !== token) return false;
    this.#at++;
    return true;
  }

  private want(token: string): void {
    if (!this.take(token)) this.fault();
  }
}
