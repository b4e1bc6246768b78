/**
 * Text that is partly known only at deploy. What is unknown stands in the text as a named symbol, so that an ARN, a JSON
 * variable or a properties file can be taken apart, joined and compared by its text: two equal texts are equal at deploy.
 */

const OPEN = '\uE000';
const CLOSE = '\uE001';
const ENCODED = '\uE002';
/** Marks a symbol whose value holds neither `:` nor `/`: a name, a region, an id. */
const ATOM = '#';
const SYMBOL = /\uE000([^\uE001]*)\uE001/g;
const MARKS = /[\uE000-\uE002]/g;

/** A value known only at deploy, which may hold any character. */
export const symbol = (name: string): string => `${OPEN}${plain(name)}${CLOSE}`;
/** A value known only at deploy that is one part of an ARN. */
export const atom = (name: string): string => `${OPEN}${ATOM}${plain(name)}${CLOSE}`;

/** Text of a template, in which our own marks have no place. */
export const plain = (text: string): string => text.replace(MARKS, '\uFFFD');

export const isKnown = (text: string): boolean => text.search(MARKS) < 0;

/** The whole text is one symbol, of which nothing is known. */
export const isOpaque = (text: string): boolean => text.startsWith(OPEN) && text.indexOf(CLOSE) === text.length - 1;

/** For people: `arn:${AWS::Partition}:s3:::${Bucket}`. */
export const shown = (text: string): string =>
  text.replace(SYMBOL, (_, name: string) => `\${${name.replace(ATOM, '')}}`).replace(ENCODED, 'base64 of ');

/** Names of the symbols in a text, for people. */
export const symbolsOf = (text: string): string[] =>
  [...text.matchAll(SYMBOL)].map(([, name = '']) => name.replace(ATOM, ''));

/** Puts quotation marks around symbols that stand where JSON wants a value, so that the rest can be read. */
export function quoteBareSymbols(json: string): string {
  const parts = /"(?:[^"\\]|\\.)*"|\uE000[^\uE001]*\uE001/gs;
  return json.replace(parts, (part) => (part.startsWith(OPEN) ? `"${part}"` : part));
}

/** Splits around a separator; undefined when an unknown value may hold the separator too. */
export function split(separator: string, text: string): string[] | undefined {
  if (separator === '' || !isKnown(separator)) return undefined;
  const [bare, found] = withoutSymbols(text);
  const opaque = found.some((name) => !name.startsWith(OPEN + ATOM)) || text.startsWith(ENCODED);
  const divides = /^[:/](.*[:/])?$/.test(separator);
  if (found.length > 0 && (opaque || !divides)) return undefined;
  let next = 0;
  return bare.split(separator).map((part) => part.replace(/\uE002/g, () => found[next++] ?? ''));
}

/** The text with each symbol replaced by one mark, which no separator contains; and the symbols. */
function withoutSymbols(text: string): [string, string[]] {
  const found: string[] = [];
  const bare = text.replace(SYMBOL, (whole) => {
    found.push(whole);
    return ENCODED;
  });
  return [bare, found];
}

/** Symbol for the parts of a text that cannot be split yet; `joinedParts` knows it again. */
export const splitLater = (separator: string, text: string): string => symbol(`${shown(text)} split at '${separator}'`);

/** ARN of a topic or consumer group of a cluster: `…:cluster/NAME/UUID` gives `…:topic/NAME/UUID/<name>`. */
export function arnOnCluster(clusterArn: string, kind: 'topic' | 'group', name: string): string {
  const parts = split(':cluster/', clusterArn);
  const moved = parts ? parts.join(`:${kind}/`) : joinLater(`:${kind}/`, splitLater(':cluster/', clusterArn));
  return `${moved}/${name}`;
}

export const joinLater = (separator: string, list: string): string =>
  symbol(`${shown(list)} joined with '${separator}'`);

/** `Fn::Base64`; text with symbols waits for them, and `decoded` gives it back. */
export const encoded = (text: string): string =>
  isKnown(text) ? Buffer.from(text).toString('base64') : ENCODED + text;

/** The text behind base64, or undefined when it is none. */
export function decoded(text: string): string | undefined {
  if (text.startsWith(ENCODED)) return text.slice(ENCODED.length);
  if (!isKnown(text)) return symbol(`base64 text ${shown(text)}`);
  const bytes = Buffer.from(text, 'base64');
  const wellFormed = /^[A-Za-z0-9+/\s]*(?:={1,2}\s*)?$/.test(text);
  return wellFormed ? plain(bytes.toString('utf8')) : undefined;
}

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

/** Whether an IAM pattern (`*`, `?`) covers a text. Symbols are equal to themselves, and maybe to anything else. */
export function covers(pattern: string, text: string): Match {
  const question = `${pattern.length} ${pattern}${text}`;
  const known = ANSWERS.get(question);
  if (known !== undefined) return known;
  const answer = compared(pattern, text);
  if (ANSWERS.size >= MOST_ANSWERS) ANSWERS.clear();
  if (question.length <= REMEMBERED) ANSWERS.set(question, answer);
  return answer;
}

function compared(pattern: string, text: string): Match {
  const from = sameBeginning(pattern, text);
  const [restOfPattern, restOfText] = [pattern.slice(from), text.slice(from)];
  if (restOfPattern === restOfText || restOfPattern === '*') return 'yes';
  if (isLiteral(restOfPattern[0]) && isLiteral(restOfText[0])) return 'no';
  const [patternTokens, textTokens] = [tokens(restOfPattern), tokens(restOfText)];
  if (isWholeName(patternTokens) && isWholeName(textTokens)) return 'no';
  if (patternTokens.length * textTokens.length > MOST_STEPS) return 'maybe';
  if (glob(patternTokens, textTokens, false)) return 'yes';
  return glob(patternTokens, textTokens, true) ? 'maybe' : 'no';
}

/** Two ARNs of 1,000 characters; what is longer is no right that anybody means, and is not to make a check slow. */
const MOST_STEPS = 1_000_000;

/** Begins with what a resource, no pseudo parameter, is called by: two that differ are two resources. */
const isWholeName = ([first = '', next = '/']: readonly string[]): boolean =>
  first.startsWith(OPEN + ATOM) && !first.includes('::') && /^[:/]/.test(next);

/** How far pattern and text agree to the letter; no symbol is cut in two. */
function sameBeginning(pattern: string, text: string): number {
  let at = 0;
  while (at < pattern.length && pattern[at] === text[at] && pattern[at] !== '*' && pattern[at] !== '?') at++;
  const [open, close] = [pattern.lastIndexOf(OPEN, at - 1), pattern.lastIndexOf(CLOSE, at - 1)];
  return at > 0 && open > close ? open : at;
}

/** Not a wildcard, not a symbol, not the end. */
const isLiteral = (char: string | undefined): boolean => char !== undefined && !/[*?\uE000-\uE002]/.test(char);

const tokens = (text: string): string[] => text.match(/\uE000[^\uE001]*\uE001|[\s\S]/g) ?? [];
/** An atom holds no separator. */
const holds = (token: string | undefined, other: string | undefined): boolean =>
  !(token?.startsWith(OPEN + ATOM) === true && (other === ':' || other === '/'));
const isSymbol = (token: string | undefined): boolean => token?.startsWith(OPEN) === true;

/**
 * Matches by rows, so that no pattern makes it slow. Loose: a symbol on either side may stand for any text.
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
