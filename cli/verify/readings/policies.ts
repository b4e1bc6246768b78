import type { Deployed } from '../deployed';
import { drift, PUT_BACK, type Seen } from '../reading';
import { addedDenials, lostStatements } from '../statements';

/** A policy as it is now: what is not said any more, and what is forbidden beside, is drift; the loss rules ask the rest. */
export function guarded(of: Deployed, property: string, said: Readonly<Record<string, unknown>>): Seen {
  const { values } = of.stack;
  const written = of.properties[property];
  const lost = lostStatements(written, said, values);
  const denied = addedDenials(written, said, values);
  const told = { of, property, fix: PUT_BACK };
  return {
    of,
    properties: { [property]: said },
    drifts: [
      ...(lost.length > 0 ? [drift('LK804', { ...told, found: 'a policy without it', wanted: lost.join('; ') })] : []),
      ...(denied.length > 0
        ? [
            drift('LK804', {
              ...told,
              found: denied.join('; '),
              wanted: 'nothing denied that the template does not deny',
            }),
          ]
        : []),
    ],
  };
}
