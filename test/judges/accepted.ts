import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REASONS } from '../../lib/acknowledged';

/** What a judge, ours or another, says of one resource. */
export interface Finding {
  readonly rule: string;
  /** Construct path. */
  readonly path: string;
}

interface Acceptance {
  readonly rules: readonly string[];
  readonly on: readonly string[];
  /** @default - that of the library, for its own resources */
  readonly reason?: string;
}

const ACCEPTED = parse(readFileSync(join(__dirname, 'accepted.yaml'), 'utf8')) as readonly Acceptance[];

/** Findings that no entry of accepted.yaml answers. */
export const unaccepted = (findings: readonly Finding[]): string[] =>
  findings
    .filter((finding) => !ACCEPTED.some((entry) => answers(entry, finding)))
    .map(({ rule, path }) => `${rule} on ${path}`);

/** Rules and places of accepted.yaml that answer nothing any more; `asked` picks the rules that were run. */
export const stale = (findings: readonly Finding[], asked: (rule: string) => boolean): string[] =>
  ACCEPTED.flatMap((entry) => {
    const rules = entry.rules.filter(asked);
    const fitting = findings.filter((finding) => answers(entry, finding));
    return [
      ...rules.filter((rule) => !fitting.some((finding) => matches(rule, finding.rule))),
      ...(rules.length === entry.rules.length
        ? entry.on.filter((place) => !fitting.some((finding) => matches(place, finding.path)))
        : []),
    ].map((part) => `${part} (${entry.rules.map((rule) => reasonOf(entry, rule)).join('; ')})`);
  });

export const withoutReason = (): string[] =>
  ACCEPTED.flatMap((entry) => entry.rules.filter((rule) => (reasonOf(entry, rule)?.length ?? 0) < 20));

const reasonOf = ({ reason }: Acceptance, rule: string): string | undefined =>
  reason ?? (REASONS as Readonly<Record<string, string>>)[rule.replace(/\*$/, '')];

const answers = ({ rules, on }: Acceptance, { rule, path }: Finding): boolean =>
  rules.some((pattern) => matches(pattern, rule)) && on.some((pattern) => matches(pattern, path));

const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`).test(text);

const literally = (text: string): string => text.replace(/[[\](){}.?+^$|\\/]/g, (char) => `\\${char}`);
