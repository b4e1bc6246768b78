import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import { chartData } from './chart-data';
import { checksTable, faultsTable, reachTable } from './tables';
import { code, html, json, type Html } from './html';
import type { Report } from './report';
import { latencySection, timeline } from './charts';
import { again, headline, sums } from './summary';

/** Nothing may be fetched: what is in the file is all there is. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** The whole page as text. */
export function reportPage(report: Report): string {
  const { verdict, measures } = report;
  const { title } = headline(verdict);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – cdk-lossless-kafka chaos</title>
        <style>
          ${embedded('uplot/dist/uPlot.min.css')}
          ${own('style.css')}
        </style>
      </head>
      <body>
        <main>
          ${sums(verdict, measures)} ${timeline(measures)} ${latencySection(measures.latency)}
          ${checksTable(verdict.checks)} ${reachTable(verdict.reach ?? [])}
          ${faultsTable(measures.kinds, report.tallies ?? [])} ${again(report)}
        </main>
        <script type="application/json" id="data">
          ${json(chartData(measures))}
        </script>
        <script>
          ${embedded('uplot/dist/uPlot.iife.min.js')};
        </script>
        <script type="module">
          ${own('charts.mjs')};
        </script>
      </body>
    </html> `.text;
}

const own = (name: string): Html => code(readFileSync(join(packageRoot(), 'faults', 'report', 'page', name), 'utf8'));
const embedded = (name: string): Html => code(readFileSync(require.resolve(name), 'utf8'));
