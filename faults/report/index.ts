import { writeFile } from 'node:fs/promises';
import type { Verdict } from '../checker/verdict';
import type { Measures } from '../measures';
import type { FaultTally } from '../schedule';
import { reportPage } from './page';

export interface Report {
  readonly verdict: Verdict;
  readonly measures: Measures;
  /** What the faults hit; unknown when only a history is at hand. */
  readonly tallies?: readonly FaultTally[];
  /** The command that runs the same again: same scenario or same seed. */
  readonly command: string;
}

/**
 * Writes the report of one run: one HTML file that needs no network and no other file, below 1 MB however long the run.
 *
 * @throws when the file cannot be written
 */
export async function writeReport(report: Report, file: string): Promise<void> {
  await writeFile(file, reportPage(report));
}
