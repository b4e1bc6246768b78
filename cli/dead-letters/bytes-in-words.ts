import { isUtf8 } from 'node:buffer';
import { printable, printableJson } from '../check/printable';

/** Bytes that are shown of what is no text. */
const HEX_BYTES = 1_024;
/** Characters that are shown of a text. */
const TEXT = 64 * 1_024;

/** Bytes as a person reads them: JSON in lines where they are such, text where they are text, hexadecimal digits else. */
export function bytesInWords(bytes: Uint8Array): string {
  if (bytes.length === 0) return '(empty)';
  if (!isUtf8(bytes)) return inHex(bytes);
  const text = Buffer.from(bytes).toString('utf8');
  if (/^\s*[{[]/.test(text)) {
    try {
      return printableJson(JSON.parse(text));
    } catch {
      // It only begins like JSON: it is shown as the text it is.
    }
  }
  // A text has lines and tabs; other control characters are those of bytes.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) return inHex(bytes); // eslint-disable-line no-control-regex
  const shown = text.slice(0, TEXT).split('\n').map(printable).join('\n');
  return text.length > TEXT ? `${shown}\n… ${text.length - TEXT} characters more` : shown;
}

function inHex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, HEX_BYTES)).toString('hex');
  const lines = shown.match(/.{1,64}/g) ?? [];
  const more = bytes.length > HEX_BYTES ? `\n… ${bytes.length - HEX_BYTES} bytes more` : '';
  return `0x ${lines.join('\n   ')}${more}`;
}
