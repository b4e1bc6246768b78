import { Mistake } from './yaml';

/** Where a text breaks off being JSON: the engine that reads it names no place for some mistakes. */

const BLANK = /[ \t\r\n]*/y;
/** One character at a time: a text without its closing quote could be cut into pieces in too many ways to try. */
const TOKEN =
  /([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;

type Expected = 'value' | 'name' | 'colon' | 'more';
const WORDS: Readonly<Record<Expected, string>> = {
  value: 'a value',
  name: 'a name in double quotes',
  colon: 'a colon',
  more: 'a comma or the end of the list or object',
};

/** The first mistake of a text that is no JSON. */
export function mistakeIn(text: string): Mistake {
  const open: string[] = [];
  let expected: Expected = 'value';
  let isFirst = false;
  for (let at = 0; ;) {
    at = endOf(BLANK, text, at) ?? at;
    const end = endOf(TOKEN, text, at);
    const token = end === undefined ? '' : text.slice(at, end);
    const next = after(token, expected, isFirst, open);
    if (end === undefined || next === undefined) {
      const found = at < text.length ? JSON.stringify(text[at]) : 'the end of the file';
      const belongs = expected === 'more' && open.length === 0 ? 'nothing more' : WORDS[expected];
      return new Mistake(text, at, `${found} where ${belongs} belongs`);
    }
    isFirst = token === '{' || token === '[';
    expected = next;
    at = end;
  }
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** What is expected after a token; undefined where it does not belong. */
function after(token: string, expected: Expected, isFirst: boolean, open: string[]): Expected | undefined {
  const around = open.at(-1);
  if (token === '}' || token === ']') {
    const fits = around === (token === '}' ? '{' : '[') && (isFirst || expected === 'more');
    if (fits) open.pop();
    return fits ? 'more' : undefined;
  }
  if (token === ',') return expected !== 'more' || !around ? undefined : around === '{' ? 'name' : 'value';
  if (token === ':') return expected === 'colon' ? 'value' : undefined;
  if (expected === 'name') return token.startsWith('"') ? 'colon' : undefined;
  if (expected !== 'value') return undefined;
  if (token !== '{' && token !== '[') return 'more';
  open.push(token);
  return token === '{' ? 'name' : 'value';
}
