import { RULES, type Finding, type Stack } from '../../rules';
import { yamlIn } from './yaml-file';

/** A finding that is known and accepted. Names a construct path or a logical id, both with `*` for any characters. */
export interface Acknowledgement {
  readonly code: string;
  readonly path?: string;
  readonly logicalId?: string;
  readonly reason: string;
}

export type Found = Finding & { readonly file: string };
export type Judged = Omit<Found, 'status'> & {
  readonly status: Finding['status'] | 'acknowledged' | 'known';
  /** Why it is acknowledged. */
  readonly reason?: string;
};

/**
 * Reads a list of acknowledgements, in YAML or JSON.
 *
 * @throws when the file cannot be read, or an entry lacks its code or reason
 */
export function readAcknowledgements(file: string): Acknowledgement[] {
  const entries = yamlIn(file, 'a list in YAML or JSON');
  if (!Array.isArray(entries)) {
    throw new Error(`${file}: got no list, want a list of { code, path or logicalId, reason }; correct it`);
  }
  return entries.map((entry: unknown, index) => checked(entry, `${file}: entry ${index + 1}`));
}

function checked(entry: unknown, where: string): Acknowledgement {
  const fields = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
  const [code, reason, path, logicalId] = ['code', 'reason', 'path', 'logicalId'].map(text);
  if (code === undefined || !RULES.some((rule) => rule.code === code)) {
    throw new Error(
      `${where}: got code ${JSON.stringify(fields['code']) ?? 'nothing'}, want a rule of docs/rules.md; correct it`,
    );
  }
  if (reason === undefined) throw new Error(`${where}: got no reason, want why ${code} may be accepted; write it down`);
  if (path === undefined && logicalId === undefined) {
    throw new Error(`${where}: got neither path nor logicalId, want one of them ('*' for all); add it`);
  }
  return { code, reason, ...(path !== undefined && { path }), ...(logicalId !== undefined && { logicalId }) };
}

/** Marks what is acknowledged, and says which acknowledgements fit nothing. */
export function acknowledge(
  findings: readonly Found[],
  accepted: readonly Acknowledgement[],
  inline: (finding: Found) => string | undefined,
): { findings: Judged[]; unused: Acknowledgement[] } {
  const used = new Set<Acknowledgement>();
  const judged = findings.map((finding): Judged => {
    const by = accepted.filter((each) => fits(each, finding));
    for (const each of by) used.add(each);
    const reason = by[0]?.reason ?? inline(finding);
    return reason === undefined ? finding : { ...finding, status: 'acknowledged', reason };
  });
  return { findings: judged, unused: accepted.filter((each) => !used.has(each)) };
}

/**
 * The reason that stands in the resource itself: `Metadata: { LossRules: { acknowledge: [{ code, reason }] } }`. One without
 * a reason accepts nothing.
 */
export function inlineReason(stack: Stack | undefined, { code, logicalId }: Found): string | undefined {
  const metadata = stack?.template.Resources[logicalId]?.Metadata as
    { LossRules?: { acknowledge?: unknown } } | null | undefined;
  const entries = metadata?.LossRules?.acknowledge;
  const own = (Array.isArray(entries) ? (entries as unknown[]) : []).find(
    (entry): entry is { reason: string } =>
      typeof entry === 'object' &&
      entry !== null &&
      (entry as { code?: unknown }).code === code &&
      typeof (entry as { reason?: unknown }).reason === 'string',
  );
  return own && own.reason.trim() !== '' ? own.reason : undefined;
}

const fits = ({ code, path, logicalId }: Acknowledgement, finding: Found): boolean =>
  code === finding.code &&
  (path === undefined || matches(path, finding.path ?? '')) &&
  (logicalId === undefined || matches(logicalId, finding.logicalId));

/** Two ends and what lies between: no pattern is slow. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0 || found + part.length > text.length - last.length) return false;
    from = found + part.length;
  }
  return true;
}
