import { styleText } from 'node:util';
import { printable, printableJson } from '../check/printable';
import type { Deployed } from './deployed';
import type { Drift } from './drift';
import type { Found } from './look';

type Colour = Parameters<typeof styleText>[0];

/** For people: what is wrong with each resource and what is lost by it, what was not to be seen, then the sums. */
export function asText(found: Found, colour: boolean): string {
  const paint = (style: Colour, text: string) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const lines: string[] = [];
  for (const [of, drifts] of grouped(found.drifts)) {
    lines.push(paint('bold', printable(`${pathOf(of)} (${of.physicalId})`)));
    for (const drift of drifts) {
      lines.push(`  ${paint(colourOf(drift), markOf(drift).padEnd(10))} ${drift.code} ${drift.name}`);
      lines.push(
        ...[gotWanted(drift), `lost: ${drift.why}`, `fix: ${drift.fix}`].map((line) => printable(`    ${line}`)),
      );
    }
    lines.push('');
  }
  for (const [why, all] of notSeen(found)) {
    lines.push(printable(`not looked at: ${all.map(pathOf).join(', ')}: ${why}`));
  }
  for (const { of, property } of found.changes) {
    lines.push(printable(`changed, and no rule minds: ${property} of ${pathOf(of)} (${of.physicalId})`));
  }
  return `${[...lines, sumsOf(found)].join('\n')}\n`;
}

function sumsOf({ drifts, unseen, looked, stacks }: Found): string {
  const outer = stacks.filter(({ parent }) => !parent).map(({ name }) => name);
  const drifted = drifts.length === 0 ? 'no drift' : drifts.length === 1 ? '1 drift' : `${drifts.length} drifts`;
  const notSeen = unseen.length > 0 ? `, ${unseen.length} not to be seen, and so not proven,` : '';
  return `${drifted}${notSeen} in ${looked} resources of ${outer.join(', ')}`;
}

/** One JSON object: the fields are public and stable. */
export function asJson(found: Found): string {
  const { drifts, changes, unseen, looked, stacks } = found;
  const placed = ({ stack, logicalId, physicalId, type }: Deployed) => ({
    stack: stack.name,
    logicalId,
    physicalId,
    type,
  });
  return `${printableJson({
    drifts: drifts.map(({ of, ...drift }) => ({ ...placed(of), path: pathOf(of), ...drift })),
    unseen: unseen.map(({ of, why }) => ({ ...placed(of), why })),
    changes: changes.map(({ of, property }) => ({ ...placed(of), property })),
    stacks: stacks.map(({ name }) => name),
    looked,
  })}\n`;
}

const markOf = ({ status, severity }: Drift): string => (status === 'undecided' ? status : severity);

function colourOf(drift: Drift): Colour {
  if (drift.status === 'undecided') return 'cyan';
  return drift.severity === 'error' ? 'red' : 'yellow';
}

const gotWanted = ({ property, found, wanted }: Drift): string =>
  `${property === '' ? '' : `${property}: `}got ${found}, want ${wanted}`;

/** Construct path, where the CDK has written it. */
export function pathOf({ stack, logicalId }: Deployed): string {
  const path = stack.template.Resources[logicalId]?.Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.replace(/\/Resource$/, '') : logicalId;
}

function grouped(drifts: readonly Drift[]): Map<Deployed, Drift[]> {
  const groups = new Map<Deployed, Drift[]>();
  for (const drift of drifts) groups.set(drift.of, [...(groups.get(drift.of) ?? []), drift]);
  return groups;
}

/** One line for each reason. */
function notSeen({ unseen }: Found): Map<string, Deployed[]> {
  const reasons = new Map<string, Deployed[]>();
  for (const { of, why } of unseen) {
    const others = (reasons.get(why) ?? []).filter((each) => each !== of);
    reasons.set(why, [...others, of]);
  }
  return reasons;
}
