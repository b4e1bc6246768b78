import {
  Composer,
  isAlias,
  isCollection,
  isScalar,
  Lexer,
  Parser,
  visit,
  type Document,
  type DocumentOptions,
  type ErrorCode,
  type ParsedNode,
  type ParseOptions,
  type SchemaOptions,
} from 'yaml';
import { DEEPEST } from './template';

/** Text in YAML, and what is wrong with it in words of our own. */

/** Where a text breaks off being what it should be. */
export class Mistake extends Error {
  override readonly name = 'Mistake';
  constructor(
    text: string,
    /** Index of a character. */
    readonly at: number,
    got: string,
    readonly fix = 'correct it',
    /** The quotation mark that should close a text and does not stand there. */
    readonly missing?: string,
  ) {
    super(`line ${text.slice(0, at).split('\n').length}: got ${got}`);
  }
}

type Options = ParseOptions & DocumentOptions & SchemaOptions;

/**
 * The value of a text in YAML.
 *
 * @throws Mistake when the text is none
 */
export function readYaml(text: string, options: Options = {}): unknown {
  const document = documentOf(text, options);
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw leadingNowhere(text, document, error);
  }
}

function documentOf(text: string, options: Options): Document.Parsed<ParsedNode> {
  const [document, second] = new Composer(options).compose(tokensOf(text), true, text.length);
  if (!document) throw new Mistake(text, 0, 'nothing');
  const [error] = document.errors;
  if (error) {
    const { code, message, pos } = error;
    const quote = code === 'MISSING_CHAR' ? /closing (["'])/.exec(message)?.[1] : undefined;
    const got = quote
      ? 'a text whose closing quote is missing'
      : (WORDS[code] ?? 'something that fits nothing before it');
    throw new Mistake(text, pos[0], got, FIXES[code], quote);
  }
  if (second) throw new Mistake(text, second.range[0], 'a second document', 'give each a file of its own');
  return document;
}

/** Of the parser's values that are open at a time, there are three at most for each that is nested in another. */
const MOST_OPEN = 3 * DEEPEST;

/** Stops before the values are put together: that goes as deep as the text does, and would end the process. */
function* tokensOf(text: string) {
  const parser = new Parser();
  let at = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MOST_OPEN) throw new Mistake(text, at, `values nested more than ${DEEPEST} deep`);
    at = parser.offset;
  }
  yield* parser.end();
}

/** Aliases and merges are followed last. */
function leadingNowhere(text: string, document: Document.Parsed, error: unknown): Mistake {
  let found: Mistake | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined;
      found = new Mistake(text, alias.range?.[0] ?? 0, `the alias of an anchor that is not there, *${alias.source}`);
      return visit.BREAK;
    },
    Pair(_key, { key, value }) {
      if (!isScalar(key) || key.source !== '<<' || isCollection(value) || isAlias(value)) return undefined;
      found = new Mistake(text, key.range?.[0] ?? 0, 'a merge of what is no map');
      return visit.BREAK;
    },
  });
  if (found) return found;
  const isTooMany = error instanceof ReferenceError;
  return new Mistake(text, 0, isTooMany ? 'aliases that stand for too much' : 'values that cannot be put together');
}

const MISPLACED = 'an anchor or a tag where none belongs';
const WRONG_KIND = 'a tag on a value of another kind';
const WORDS: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: MISPLACED,
  BAD_ALIAS: 'an alias without a name',
  BAD_COLLECTION_TYPE: WRONG_KIND,
  BAD_DIRECTIVE: 'a directive that YAML has not',
  BAD_DQ_ESCAPE: 'a backslash in double quotes that begins no escape',
  BAD_INDENT: 'an indentation that fits nothing above it',
  BAD_PROP_ORDER: MISPLACED,
  BAD_SCALAR_START: 'a value that begins with a character that YAML keeps for itself',
  BLOCK_AS_IMPLICIT_KEY: 'a second name and colon in one line',
  BLOCK_IN_FLOW: 'a block within brackets or braces',
  DUPLICATE_KEY: 'a name that is written twice',
  KEY_OVER_1024_CHARS: 'a name of more than 1024 characters',
  MISSING_CHAR: 'a place where a bracket, a brace, a comma or a colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a name without a colon, or over several lines',
  MULTIPLE_ANCHORS: MISPLACED,
  MULTIPLE_TAGS: MISPLACED,
  NON_STRING_KEY: 'a name that is no text',
  TAB_AS_INDENT: 'a tab in place of blanks',
  TAG_RESOLVE_FAILED: WRONG_KIND,
};
const FIXES: Partial<Record<ErrorCode, string>> = {
  BAD_SCALAR_START: 'put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put the value in quotes',
  TAB_AS_INDENT: 'use blanks',
};
