import { beforeSymbolAt, isAtom, isPlain, isSymbol, tokensOf } from './symbols';

/**
 * Whether patterns meet texts of which some part is known only at deploy, and what follows from several such answers.
 *
 * A pattern is one of IAM: `*` is any text, `?` any character, anything else itself. A symbol in a text, or in the pattern, is
 * equal to itself, and may or may not be equal to whatever else stands in its place; one that is a single part of an ARN holds
 * neither `:` nor `/`. So an answer is `yes` where every deploy makes it so, `no` where none does, and else `maybe`.
 */
export type Match = 'yes' | 'no' | 'maybe';

/** Yes where one is; no where all are. */
export const most = (matches: readonly Match[]): Match =>
  matches.includes('yes') ? 'yes' : matches.includes('maybe') ? 'maybe' : 'no';
/** No where one is; yes where all are. */
export const least = (...matches: readonly Match[]): Match =>
  matches.includes('no') ? 'no' : matches.includes('maybe') ? 'maybe' : 'yes';

export const opposite = (match: Match): Match => (match === 'yes' ? 'no' : match === 'no' ? 'yes' : 'maybe');

/** The same patterns meet the same texts again and again: of 16,000 questions about 500 resources 2,000 differ. */
const ANSWERS = new Map<string, Match>();
const MOST_ANSWERS = 10_000;
/** Characters of a question that is remembered, at most. */
const REMEMBERED = 2_000;

/** Whether an IAM pattern covers a text: every deploy, none, or some. */
export function covers(pattern: string, text: string): Match {
  const question = `${pattern.length} ${pattern}${text}`;
  const known = ANSWERS.get(question);
  if (known !== undefined) return known;
  const answer = compared(pattern, text);
  if (ANSWERS.size >= MOST_ANSWERS) ANSWERS.clear();
  if (question.length <= REMEMBERED) ANSWERS.set(question, answer);
  return answer;
}

/**
 * Steps of one comparison, enough for two ARNs of 1,000 characters. Beyond that the answer is `maybe`, so that no template
 * makes a check slow.
 */
const MOST_STEPS = 1_000_000;

/** Most questions are answered by the first character in which the two differ; the others are matched token by token. */
function compared(pattern: string, text: string): Match {
  const from = sameBeginning(pattern, text);
  const [restOfPattern, restOfText] = [pattern.slice(from), text.slice(from)];
  if (restOfPattern === restOfText || restOfPattern === '*') return 'yes';
  if (isLiteral(restOfPattern[0]) && isLiteral(restOfText[0])) return 'no';
  const [patternTokens, textTokens] = [tokensOf(restOfPattern), tokensOf(restOfText)];
  if (isWholeName(patternTokens) && isWholeName(textTokens)) return 'no';
  if (patternTokens.length * textTokens.length > MOST_STEPS) return 'maybe';
  if (glob(patternTokens, textTokens, false)) return 'yes';
  return glob(patternTokens, textTokens, true) ? 'maybe' : 'no';
}

/** Begins with what a resource, no pseudo parameter, is called by: two that differ are two resources. */
const isWholeName = ([first = '', next = '/']: readonly string[]): boolean =>
  isAtom(first) && !first.includes('::') && /^[:/]/.test(next);

/** How far pattern and text agree to the letter; no symbol is cut in two. */
function sameBeginning(pattern: string, text: string): number {
  let at = 0;
  while (at < pattern.length && pattern[at] === text[at] && !isWildcard(pattern[at])) at++;
  return beforeSymbolAt(pattern, at);
}

const isWildcard = (token: string | undefined): boolean => token === '*' || token === '?';
/** Not a wildcard, not a symbol, not the end. */
const isLiteral = (char: string | undefined): boolean => isPlain(char) && !isWildcard(char);

/** An atom holds no separator. */
const holds = (token: string | undefined, other: string | undefined): boolean =>
  !(isAtom(token) && (other === ':' || other === '/'));

/**
 * Matches by rows, so that no pattern makes it slow. `row[t]` says whether the pattern so far covers the first `t` tokens of the
 * text.
 *
 * @param loose - a symbol on either side may stand for any text: whether some deploy makes the pattern cover the text
 */
function glob(pattern: readonly string[], text: readonly string[], loose: boolean): boolean {
  const stretches = (token: string | undefined) => loose && isSymbol(token);
  let row = [true, ...text.map(() => false)];
  for (let t = 0; t < text.length; t++) row[t + 1] = row[t] === true && stretches(text[t]);
  for (const token of pattern) {
    const any = token === '*' || stretches(token);
    const next = [row[0] === true && any];
    for (let t = 0; t < text.length; t++) {
      const one = row[t] === true && (token === '?' || token === text[t]);
      const wild = any && (row[t + 1] === true || (next[t] === true && holds(token, text[t])));
      const taken = (row[t] === true || row[t + 1] === true) && holds(text[t], token);
      const filled = stretches(text[t]) && (taken || next[t] === true);
      next.push(one || wild || filled);
    }
    row = next;
  }
  return row[text.length] === true;
}
