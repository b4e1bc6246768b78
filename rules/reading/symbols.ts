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

/** The text cut into characters and whole symbols. */
export const tokensOf = (text: string): string[] => text.match(/\uE000[^\uE001]*\uE001|[\s\S]/g) ?? [];
export const isSymbol = (token: string | undefined): boolean => token?.startsWith(OPEN) === true;
/** A symbol that is one part of an ARN: it stands for no `:` and no `/`. */
export const isAtom = (token: string | undefined): boolean => token?.startsWith(OPEN + ATOM) === true;
/** A character, or part of a symbol, or nothing at the end of a text. */
export const isPlain = (char: string | undefined): boolean => char !== undefined && char.search(MARKS) < 0;

/** The length of the beginning that stays whole when a text is cut at `at`: a symbol that is cut in two is left out. */
export function beforeSymbolAt(text: string, at: number): number {
  const [open, close] = [text.lastIndexOf(OPEN, at - 1), text.lastIndexOf(CLOSE, at - 1)];
  return at > 0 && open > close ? open : at;
}
