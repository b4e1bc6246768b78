import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

/** docs/props.md, made from what the constructs' sources say of their props. */

const lib = resolve(__dirname, '..', '..', 'lib');
export const PAGE = resolve(lib, '..', 'docs', 'props.md');

export interface Prop {
  readonly name: string;
  readonly what: string;
  /** Empty where leaving it out is a choice, not a value. */
  readonly standard: string;
}

export interface Props {
  readonly name: string;
  readonly of: readonly Prop[];
  /** Interfaces whose props it has, too. */
  readonly and: readonly string[];
}

const HEAD = `# Props

Every prop of the constructs, with its default and what it is for. More on each part: [deploying](deploy.md), [the door](door.md), [the producer](producer.md), [the consumer](consumer.md).

This page is made from the constructs: \`npm run docs:props\`.
`;

/** What the package exports: interfaces whose names end as those of props do. */
export function exported(): Props[] {
  const index = readFileSync(join(lib, 'index.ts'), 'utf8');
  const names = new Set(index.match(/\w+(?:Props|Options|Attributes)\b/g));
  return readdirSync(lib)
    .map((file) => ts.createSourceFile(file, readFileSync(join(lib, file), 'utf8'), ts.ScriptTarget.Latest, true))
    .flatMap((source) => source.statements.filter(ts.isInterfaceDeclaration))
    .filter(({ name }) => names.has(name.text))
    .map((each) => ({
      name: each.name.text,
      of: each.members.filter(ts.isPropertySignature).map(propOf),
      and: (each.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => type.getText())),
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function propOf(member: ts.PropertySignature): Prop {
  const [doc] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  const tag = doc?.tags?.find(({ tagName }) => tagName.text === 'default');
  const standard = valued(textOf(tag?.comment));
  return {
    name: member.name.getText(),
    what: textOf(doc?.comment),
    standard: member.questionToken ? standard : 'none: must be given',
  };
}

const textOf = (comment: Parameters<typeof ts.getTextOfJSDocComment>[0]): string =>
  (ts.getTextOfJSDocComment(comment) ?? '').replace(/\s+/g, ' ').trim();

/** `- a new key` is said in words; anything else begins with a value. */
function valued(text: string): string {
  if (text.startsWith('- ')) return text.slice(2);
  const [, value = '', rest = ''] = /^(\{[^}]*\}|'[^']*'|[^:,]*)(.*)$/.exec(text) ?? [];
  return value === '' ? '' : `\`${value}\`${rest}`;
}

const table = ({ name, of, and }: Props): string => {
  const rows = of.map((prop) => `| \`${prop.name}\` | ${prop.standard} | ${prop.what.replaceAll('|', '\\|')} |`);
  const more =
    and.length === 0
      ? ''
      : `With those of ${and.map((other) => `[${other}](#${other.toLowerCase()})`).join(' and ')}.\n\n`;
  return `## ${name}\n\n${more}| prop | default | what for |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
};

export const propsPage = (): string => [HEAD, ...exported().map(table)].join('\n');
