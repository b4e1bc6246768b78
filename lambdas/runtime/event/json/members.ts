/**
 * The texts of a JSON object's values by their names, character for character: parsed and written anew, a number may be another.
 * Of several members of a name the last, as `JSON.parse` has it.
 *
 * @param text - a JSON object that `JSON.parse` takes
 */
export function membersOf(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = text.indexOf('{') + 1;
  while (at < text.length) {
    at = pastSpace(text, at);
    if (text[at] !== '"') break;
    const nameEnd = pastText(text, at);
    const from = pastSpace(text, text.indexOf(':', nameEnd) + 1);
    const end = pastValue(text, from);
    members.set(JSON.parse(text.slice(at, nameEnd)) as string, text.slice(from, end));
    at = pastSpace(text, end) + 1;
  }
  return members;
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
