import { printableJson } from '../printable';
import { nameOf, summaryOf, type Checked } from './checked';
import { lineFinder } from './lines';

/** One JSON object: the fields are public and stable. */
export function asJson(checked: Checked): string {
  const lineOf = lineFinder();
  const findings = checked.findings.map(({ file, code, path = null, reason, ...finding }) => {
    const { severity, status, logicalId, property, found, wanted, message, fix, source } = finding;
    return {
      ...{ file, line: lineOf(file, logicalId, property), code, name: nameOf(code), severity, status },
      ...{ logicalId, path, property, found, wanted, message, fix, source },
      ...(reason !== undefined && { reason }),
    };
  });
  const { unreadable } = checked;
  return `${printableJson({ findings, unreadable, summary: summaryOf(checked) })}\n`;
}
