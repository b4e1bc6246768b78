import { writeFile } from 'node:fs/promises';
import { reportPage } from './page';
import type { Report } from './report';

/**
 * Writes the report of one run: one HTML file that needs no network and no other file, below 1 MB however long the run.
 *
 * @throws when the file cannot be written
 */
export async function writeReport(report: Report, file: string): Promise<void> {
  await writeFile(file, reportPage(report));
}
