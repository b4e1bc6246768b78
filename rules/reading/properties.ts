import { known, unknown, ABSENT, type Read } from './value';
import { isKnown, plain, symbolsOf } from './symbols';

/** Settings of a cluster or of a topic, as the brokers read them. */
export class Properties {
  private readonly entries: ReadonlyMap<string, string>;

  private constructor(
    entries: ReadonlyMap<string, string>,
    private readonly doubt: string | undefined,
  ) {
    this.entries = entries;
  }

  static readonly NONE = new Properties(new Map(), undefined);

  /**
   * Reads text as Java's `Properties.load` does: comments, `=`, `:` or space, escapes, continued lines, the last value
   * wins. A symbol in the place of a key leaves every setting in doubt that no later line decides.
   */
  static parse(text: string): Properties {
    const entries = new Map<string, string>();
    let doubt: string | undefined;
    for (const line of logicalLines(text)) {
      const { key, value } = keyAndValue(line);
      if (isKnown(key)) {
        entries.set(unescaped(key), unescaped(value));
      } else {
        doubt = `${symbolsOf(key).join(', ')} is known only at deploy and may be any setting`;
        entries.clear();
      }
    }
    return new Properties(entries, doubt);
  }

  get(name: string): Read<string> {
    const value = this.entries.get(name);
    if (value === undefined) return this.doubt === undefined ? ABSENT : unknown(this.doubt);
    return isKnown(value) ? known(value.trim()) : unknown(`${symbolsOf(value).join(', ')} is known only at deploy`);
  }

  number(name: string): Read<number> {
    const read = this.get(name);
    return read.kind === 'known' ? known(/^[+-]?\d+$/.test(read.value) ? Number(read.value) : Number.NaN) : read;
  }
}

/** Natural lines without blanks and comments, joined where a line ends in an odd number of backslashes. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let parts: string[] = [];
  let isContinued = false;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    if (!isContinued && (line === '' || /^[#!]/.test(line))) continue;
    isContinued = backslashesAtEnd(line) % 2 === 1;
    parts.push(isContinued ? line.slice(0, -1) : line);
    if (isContinued) continue;
    lines.push(parts.join(''));
    parts = [];
  }
  const last = parts.join('');
  return last === '' ? lines : [...lines, last];
}

function backslashesAtEnd(line: string): number {
  let from = line.length;
  while (line[from - 1] === '\\') from--;
  return line.length - from;
}

function keyAndValue(line: string): { key: string; value: string } {
  const key = /^(?:\\[\s\S]|[^\\=: \t\f])*/.exec(line)?.[0] ?? '';
  const value = line.slice(key.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return { key, value };
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

const unescaped = (text: string): string =>
  text.replace(/\\(u[0-9A-Fa-f]{4}|[\s\S])/g, (_, escape: string) =>
    escape.length > 1 ? plain(String.fromCharCode(Number.parseInt(escape.slice(1), 16))) : (ESCAPES[escape] ?? escape),
  );
