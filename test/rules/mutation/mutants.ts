import { dangerousOnes, harmlessOnes } from './operators';
import type { Mutant, Templates } from './mutant';
import { additionsOf, removalsOf } from './resources';
import { rewritesOf } from './rewrites';
import { rightsOf } from './rights';
import { FIELDS, LINES, SETTINGS, type Losing } from './settings';
import { fieldOf, lineOf, propertySpot, textSpot, type Spot } from './spot';
import { subjectsOf, type Purposes } from './subjects';
import type { Variant } from './variants';

/** Every mutant of a variant. */
export function mutantsOf({ templates, purposes, path = (_, property) => property }: Variant): Mutant[] {
  const spots: {
    spot: Spot;
    losing: readonly Losing[];
    harmless?: readonly unknown[];
    ifPresent?: true;
    outside?: true;
  }[] = [
    ...SETTINGS.filter(({ beside }) => !beside || subjectsOf(templates, purposes, beside).length > 0).flatMap(
      ({ of, path: below, ...row }) =>
        subjectsOf(templates, purposes, of).map((subject) => ({
          ...row,
          spot: propertySpot(templates, subject, path(of, below)),
        })),
    ),
    ...LINES.flatMap(({ of, name, ...row }) =>
      subjectsOf(templates, purposes, of).map((subject) => ({
        ...row,
        spot: textSpot(templates, subject, of === 'topic' ? 'Configs' : 'ServerProperties', lineOf(name)),
      })),
    ),
    ...FIELDS.flatMap(({ of, variable, name, ...row }) =>
      variablesOf(templates, purposes, of, variable).map((spotOf) => ({
        ...row,
        spot: spotOf(name),
        ifPresent: true as const,
      })),
    ),
  ];
  return [
    ...spots
      .filter(({ spot, ifPresent }) => !ifPresent || spot.value !== undefined)
      .flatMap(({ spot, losing, harmless = [], outside }) => [
        ...dangerousOnes(spot, losing, outside),
        ...harmlessOnes(spot, losing, harmless),
      ]),
    ...rightsOf(templates, purposes),
    ...removalsOf(templates, purposes),
    ...additionsOf(templates, purposes),
    ...rewritesOf(),
  ];
}

/** The environment variables that tell the runtime its part. */
function variablesOf(templates: Templates, purposes: Purposes, of: (typeof FIELDS)[number]['of'], variable: string) {
  return subjectsOf(templates, purposes, of).flatMap((subject) => {
    const { Environment } = (templates[subject.file]?.Resources[subject.id]?.Properties ?? {}) as {
      Environment?: { Variables?: Record<string, unknown> };
    };
    return Object.keys(Environment?.Variables ?? {})
      .filter((name) => name.startsWith(variable))
      .map((name) => (field: string) => textSpot(templates, subject, `Environment.Variables.${name}`, fieldOf(field)));
  });
}
