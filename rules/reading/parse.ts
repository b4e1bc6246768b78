import { YAMLMap, YAMLSeq, type CollectionTag, type ScalarTag, type Tags } from 'yaml';
import { mistakeIn } from './json';
import { DEEPEST, TemplateError } from './template';
import { Mistake, readYaml } from './yaml';

/** Ten times what CloudFormation takes, and still read in a second. */
const MOST_BYTES = 10_000_000;
/** CloudFormation's own command line writes aliases out; people write a few, and each may stand for many others. */
const MOST_ALIASES = 5_000;

/**
 * Reads a template: JSON, or YAML with CloudFormation's short forms and with merge keys.
 *
 * @throws TemplateError when the text is neither
 */
export function parseTemplate(text: string): unknown {
  if (text.length > MOST_BYTES) {
    throw new TemplateError(
      `template: got ${text.length} characters, want at most ${MOST_BYTES}; give it one template`,
    );
  }
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  return isJson(plain) ? parseJson(plain) : parseYaml(plain);
}

/** Whether a template's text is read as JSON: what else begins so is taken for a mistake in it. */
export const isJson = (text: string): boolean => /^\s*[{[]/.test(text);

/**
 * The text of a template's file, in whichever of Unicode's encodings an editor has written it: UTF-8, or UTF-16 with or
 * without a byte order mark.
 */
export function decodeTemplate(file: Uint8Array): string {
  const [first, second] = file;
  const isBigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  const isLittleEndian = (first === 0xff && second === 0xfe) || (second === 0 && first !== 0);
  return new TextDecoder(isBigEndian ? 'utf-16be' : isLittleEndian ? 'utf-16le' : 'utf-8').decode(file);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable('JSON', error instanceof SyntaxError ? mistakeIn(text) : error);
  }
}

function parseYaml(text: string, moved = 0): unknown {
  const read = squeezed(text);
  const aliases = read.match(/(?<=[\s,[{:-])\*[^\s,[\]{}]/g)?.length ?? 0;
  if (aliases > MOST_ALIASES)
    throw new TemplateError(`template: got ${aliases} aliases, want at most ${MOST_ALIASES}; write them out`);
  try {
    // Of a name written twice CloudFormation deploys the last, in YAML as in JSON, and says nothing of it:
    // https://github.com/aws-cloudformation/cfn-language-discussion/issues/96
    return readYaml(read, { merge: true, uniqueKeys: false, customTags: SHORT_FORMS });
  } catch (error) {
    const mended = error instanceof Mistake && moved < MOST_MOVED ? withClosingQuotes(read, error) : undefined;
    if (mended !== undefined) return parseYaml(mended, moved + 1);
    throw unreadable('YAML', error);
  }
}

const MOST_BLANK = 1_000;

/** No value that a rule reads has a thousand blank lines in a row, and the parser takes each for a token. */
function squeezed(text: string): string {
  let blank = 0;
  const isKept = (line: string): boolean => {
    blank = line.trim() === '' ? blank + 1 : 0;
    return blank <= MOST_BLANK;
  };
  return text.split('\n').filter(isKept).join('\n');
}

const INDENT = ' '.repeat(DEEPEST);
/** Quoted texts that are moved before a template is given up: each is found by reading the template once more. */
const MOST_MOVED = 100;

/**
 * CloudFormation takes a quoted text that goes on, or ends, further left than it begins; YAML's grammar does not.
 * Blanks at the start of such a line mean nothing inside quotes: they are put there. Undefined where the error is another.
 */
function withClosingQuotes(text: string, { missing: quote, at: from }: Mistake): string | undefined {
  if (quote === undefined) return undefined;
  const rest = quote === '"' ? /(?:[^"\\]|\\[^])*"/y : /(?:[^']|'')*'/y;
  rest.lastIndex = from + 1;
  const [quoted] = rest.exec(text) ?? [];
  if (quoted === undefined || (!quoted.includes('\n') && text[from] !== '\n')) return undefined;
  const moved = (text.slice(from, from + 1) + quoted).replace(/\n(?=.)/g, `\n${INDENT}`);
  return text.slice(0, from) + moved + text.slice(from + 1 + quoted.length);
}

function unreadable(format: string, error: unknown): TemplateError {
  const { message, fix } =
    error instanceof Mistake ? error : { message: 'got text that cannot be read', fix: 'correct it' };
  return new TemplateError(`template: ${message}, want a CloudFormation template in ${format}; ${fix}`, {
    cause: error,
  });
}

/** `!Sub …` is short for `Fn::Sub: …`; these two have no prefix. */
const fullName = (short: string): string => (short === 'Ref' || short === 'Condition' ? short : `Fn::${short}`);

const FUNCTIONS = [
  'And',
  'Base64',
  'Cidr',
  'Condition',
  'Equals',
  'FindInMap',
  'ForEach',
  'GetAZs',
  'GetAtt',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Ref',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
];

const SHORT_FORMS: Tags = FUNCTIONS.flatMap((short): (ScalarTag | CollectionTag)[] => {
  const written = (value: unknown): YAMLMap => {
    const map = new YAMLMap();
    map.set(fullName(short), value);
    return map;
  };
  return [
    { tag: `!${short}`, resolve: (text) => ({ [fullName(short)]: text }) },
    {
      tag: `!${short}`,
      collection: 'seq',
      resolve: (items) => written(items instanceof YAMLSeq ? plainly(items) : items),
    },
    {
      tag: `!${short}`,
      collection: 'map',
      resolve: (entries) => written(entries instanceof YAMLMap ? plainly(entries) : entries),
    },
  ];
});

/** The same node without its tag, which has been read. */
function plainly<Node extends YAMLMap | YAMLSeq>(node: Node): Node {
  delete node.tag;
  return node;
}
