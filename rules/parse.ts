import { parseDocument, YAMLMap, YAMLSeq, type CollectionTag, type ScalarTag, type Tags } from 'yaml';
import { TemplateError } from './template';

/** Ten times what CloudFormation takes, and still read in a second. */
const MOST_BYTES = 10_000_000;

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
  return /^\s*[{[]/.test(text) ? parseJson(text) : parseYaml(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable('JSON', error);
  }
}

function parseYaml(text: string): unknown {
  try {
    const document = parseDocument(text, { merge: true, customTags: SHORT_FORMS });
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    throw unreadable('YAML', error);
  }
}

function unreadable(format: string, error: unknown): TemplateError {
  const why =
    error instanceof RangeError ? 'nested too deep' : error instanceof Error ? firstLine(error.message) : 'unreadable';
  return new TemplateError(
    `template: got text that is no ${format} (${why}), want a CloudFormation template; correct it`,
    {
      cause: error,
    },
  );
}

const firstLine = (text: string): string => text.split('\n')[0]?.replace(/:$/, '') ?? text;

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
