import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { decodeTemplate, isJson, placeInResource } from '../../../rules';
import { STDIN } from '../templates';
import { placesIn } from './json-places';

type LineOf = (logicalId: string, property: string) => number;

/** Finds in which line of its file a finding stands. Each file is read once, and only when it is asked about. */
export function lineFinder(): (file: string, ...finding: Parameters<LineOf>) => number {
  const files = new Map<string, LineOf>();
  return (file, logicalId, property) => {
    const lineOf = files.get(file) ?? (file === STDIN ? () => 1 : linesOf(decodeTemplate(readFileSync(file))));
    files.set(file, lineOf);
    return lineOf(logicalId, property);
  };
}

/** A property that the text does not have gets the line of the nearest part around it. */
const linesOf = (text: string): LineOf => (isJson(text) ? linesOfJson(text) : linesOfYaml(text));

const wayTo = (logicalId: string, property: string) => ['Resources', logicalId, ...placeInResource(property)];

function linesOfJson(text: string): LineOf {
  const whole = placesIn(text);
  return (logicalId, property) => {
    let at = whole;
    for (const name of wayTo(logicalId, property)) {
      const next = at.parts.get(name);
      if (!next) break;
      at = next;
    }
    return at.line;
  };
}

function linesOfYaml(text: string): LineOf {
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter, logLevel: 'silent' });
  return (logicalId, property) => {
    let at: unknown = contents;
    let offset = 0;
    for (const name of wayTo(logicalId, property)) {
      const [start, value] = entry(at, name) ?? [];
      if (start === undefined) break;
      [offset, at] = [start, value];
    }
    return lineCounter.linePos(offset).line;
  };
}

/** Where an entry of a map or list begins, and its value. */
function entry(node: unknown, name: string): readonly [number, unknown] | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(name)];
    const [start] = (item as Node | undefined)?.range ?? [];
    return start === undefined ? undefined : [start, item];
  }
  const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
  const [start] = isScalar(pair?.key) ? (pair.key.range ?? []) : [];
  return pair === undefined || start === undefined ? undefined : [start, pair.value];
}
