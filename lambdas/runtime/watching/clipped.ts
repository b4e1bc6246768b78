import { hash } from 'node:crypto';

/**
 * The text, or the beginning of one that is longer, with its length and the SHA-256 of the whole: what holds it, a table's
 * item or a line, has an end, and what it was stays known. The dead letter has it whole.
 *
 * @param most - characters that are kept of it
 */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  if (most <= 0) return '…';
  // Not through the middle of a surrogate pair.
  const kept = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return `${kept}… (clipped: ${text.length} characters, SHA-256 ${hash('sha256', text)})`;
}
