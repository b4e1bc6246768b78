import { readFileSync } from 'node:fs';
import type { Judged } from './acknowledge';

/** What an earlier check had found, by what does not change with the place of a line. */
export type Baseline = ReadonlySet<string>;

/**
 * Reads what an earlier `check --format json` has written.
 *
 * @throws when the file cannot be read, or is another
 */
export function readBaseline(file: string): Baseline {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file}: got no JSON that can be read, want what \`check --format json\` writes; write it anew`, {
      cause,
    });
  }
  const findings = (parsed as { findings?: unknown } | null)?.findings;
  if (!Array.isArray(findings) || !findings.every((each) => typeof each === 'object' && each !== null)) {
    throw new Error(`${file}: got no list of findings, want what \`check --format json\` writes; write it anew`);
  }
  return new Set((findings as Judged[]).map(signOf));
}

/** Findings that the baseline has, too, are known: they are listed and fail nothing. One that is worse than it was is new. */
export const withoutKnown = (findings: readonly Judged[], baseline: Baseline): Judged[] =>
  findings.map((finding) =>
    finding.status !== 'acknowledged' && baseline.has(signOf(finding)) ? { ...finding, status: 'known' } : finding,
  );

const signOf = ({ code, logicalId, path, property, found }: Partial<Omit<Judged, 'path'>> & { path?: string | null }) =>
  JSON.stringify([code, path ?? logicalId, property, found]);
