import type { Purpose } from '../subjects';

/** A value with which something is lost, and what; or a function of the safe one. */
export type Losing = readonly [value: unknown, loses: string];

/** A property whose value decides whether events are lost. */
export interface Setting {
  readonly of: Purpose;
  /** Below `Properties`; beside them after `!`. */
  readonly path: string;
  readonly losing: readonly Losing[];
  readonly harmless?: readonly unknown[];
  /** What the losing values mean lies outside the template: undecided is the answer. */
  readonly outside?: true;
  /** Only in templates that have this, too. */
  readonly beside?: Purpose;
  /** Changed only where the template says something of it. */
  readonly ifPresent?: true;
}
