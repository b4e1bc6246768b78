/**
 * What templates, and names of files and folders, may write where a terminal or a build server reads along. In a pull
 * request both are the contributor's choice: none of them gives a command.
 */

const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;
/** Azure Pipelines, and GitHub's runner for its older commands, look for these anywhere in a line. */
const MARKS = /##(?=\[|vso\[)/g;

const inHex = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line: control characters are written out, and it neither begins with `::` nor holds `##[`. */
export const printable = (text: string): string =>
  text
    .replace(CONTROLS, inHex)
    .replace(MARKS, '#\\#')
    .replace(/^(\s*)::/, '$1\\::');

/** JSON, in lines: the same values when it is read. */
export const printableJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 2)
    .replace(/[\u007f-\u009f\u2028\u2029]/g, inHex)
    .replace(MARKS, '#\\u0023');

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\n': '&#10;',
};
/** What XML 1.0 cannot hold is left out. */
export const printableXml = (text: string): string =>
  text
    .replace(/[\p{Cs}\ufffe\uffff\u2028\u2029]|(?!\n)\p{Cc}/gu, '')
    .replace(/[<>&"\n]/g, (char) => ENTITIES[char] ?? char)
    .replace(MARKS, '#&#35;');

const encoded = (char: string): string => encodeURIComponent(char);
/** Of a workflow command, as GitHub's runner reads it back; what its toolkit leaves raw and a terminal obeys is encoded, too. */
export const githubText = (text: string): string => printable(text).replace(/%/g, encoded);
export const githubProperty = (text: string): string => text.replace(/[%:,\p{Cc}\u2028\u2029]/gu, encoded);
