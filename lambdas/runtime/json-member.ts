/**
 * The text of one member's value in a JSON object, character for character: parsed and written anew, numbers above 2^53 would
 * be others. Of several members of a name the last, as `JSON.parse` has it.
 *
 * @param text - a JSON object that `JSON.parse` takes
 */
export function memberOf(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = text.indexOf('{') + 1;
  while (at < text.length) {
    at = pastSpace(text, at);
    if (text[at] !== '"') break;
    const nameEnd = pastText(text, at);
    const isWanted = JSON.parse(text.slice(at, nameEnd)) === name;
    const from = pastSpace(text, text.indexOf(':', nameEnd) + 1);
    at = pastValue(text, from);
    if (isWanted) found = text.slice(from, at);
    at = pastSpace(text, at) + 1;
  }
  return found;
}

function pastSpace(text: string, from: number): number {
  let at = from;
  while (' \t\n\r'.includes(text[at] ?? '-')) at++;
  return at;
}

/** @param from - at the opening quotation mark */
function pastText(text: string, from: number): number {
  let at = from + 1;
  for (; text[at] !== '"'; at++) if (text[at] === '\\') at++;
  return at + 1;
}

function pastValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = pastText(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if (depth > 0 && (char === '}' || char === ']')) depth--;
    else if (depth === 0 && ',}] \t\n\r'.includes(char!)) return at;
    if (depth === 0 && (char === '"' || char === '}' || char === ']')) return at + 1;
  }
  return text.length;
}
