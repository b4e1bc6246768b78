import { count } from '../../faults/report/numbers';

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** Seconds as a person says them: the largest unit, and the next one below ten of it. */
export function span(seconds: number): string {
  for (const [index, [unit, size]] of UNITS.entries()) {
    if (seconds < size) continue;
    const whole = Math.floor(seconds / size);
    const [below, smaller] = UNITS[index + 1] ?? ['', 1];
    const rest = below === '' || whole >= 10 ? 0 : Math.floor((seconds - whole * size) / smaller);
    return `${count(whole)} ${unit}${rest > 0 ? ` ${rest} ${below}` : ''}`;
  }
  return '< 1 min';
}

/** At most so many characters: of a longer text what it is indented by, and its end, which tells most names of AWS apart. */
export function clippedTo(text: string, most: number): string {
  const indent = /^ */.exec(text)?.[0] ?? '';
  return text.length > most ? `${indent}…${text.slice(1 + indent.length - most)}` : text;
}

/** Lines of whole words, no longer than that where words are not. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
