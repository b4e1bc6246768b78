/** A part of a JSON text: the line in which it begins, with its name where it has one; and the parts in it, by name or number. */
export interface Place {
  readonly line: number;
  readonly parts: ReadonlyMap<string, Place>;
}

interface Open {
  readonly line: number;
  readonly parts: Map<string, Open>;
}

/** Names (with their colon), texts, brackets, ends of lines, and whatever else is a value. */
const TOKENS = /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]\n]|[^\s"{}[\],:]+/g;

/**
 * Says where everything stands in a text that is JSON for certain. A tenth of the time of a parser of YAML, which would
 * know it too.
 */
export function placesIn(json: string): Place {
  let line = 1;
  let named: Open = { line, parts: new Map() };
  const whole = named;
  const around: { readonly place: Open; readonly isList: boolean }[] = [];
  const add = (to: Open, name: string): Open => {
    const place = { line, parts: new Map<string, Open>() };
    // Of a name written twice the last counts.
    to.parts.set(name, place);
    return place;
  };
  for (const [token, name] of json.matchAll(TOKENS)) {
    const within = around.at(-1);
    if (token === '\n') line++;
    else if (token === '}' || token === ']') around.pop();
    else if (name !== undefined && within) {
      named = add(within.place, JSON.parse(name) as string);
      line += token.split('\n').length - 1;
    } else {
      const place = within?.isList === true ? add(within.place, String(within.place.parts.size)) : named;
      if (token === '{' || token === '[') around.push({ place, isList: token === '[' });
    }
  }
  return whole;
}
