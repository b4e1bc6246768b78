import type { Latency, Measures } from '../measures';
import { html, type Html } from './html';
import { counted, duration } from './numbers';

/** The charts over time, one below the other on one time axis; what the run has no series for is left out. */
export function timeline({ perSecond, inSyncReplicas, lag, windows }: Measures): Html {
  const figures = [
    ...(perSecond.accepted.length > 0 ? [RATES] : []),
    ...(inSyncReplicas.at.length > 0 ? [IN_SYNC] : []),
    ...(lag.at.length > 0 ? [LAG] : []),
  ];
  const bands =
    windows.length === 0
      ? 'No fault was injected.'
      : 'A shaded band is a fault; its number is the one in the table of faults.';
  return html`<section>
    <h2>Timeline</h2>
    <p class="hint">Minutes and seconds since the start. ${bands}</p>
    <p class="moment">Point at a chart to read its values.</p>
    ${figures}
  </section>`;
}

const key = (name: string, text: string): Html => html`<span class="key ${name}">${text} <output></output></span>`;

const RATES = html`<figure data-chart="rates">
  <figcaption>
    <b>Events per second</b> ${key('accepted', 'accepted')} ${key('applied', 'applied')} ${key('parked', 'parked')}
  </figcaption>
  <div
    class="plot"
    role="img"
    aria-label="Line chart of events accepted, applied and parked per second over the run"
  ></div>
</figure>`;

const IN_SYNC = html`<figure data-chart="inSync">
  <figcaption><b>In-sync replicas</b> ${key('in-sync', 'of the partition that has fewest')}</figcaption>
  <div class="plot" role="img" aria-label="Step chart of in-sync replicas over the run"></div>
</figure>`;

const LAG = html`<figure data-chart="lag">
  <figcaption><b>Lag</b> ${key('lag', 'records in the log and not committed')}</figcaption>
  <div class="plot" role="img" aria-label="Area chart of consumer lag over the run"></div>
</figure>`;

/** How long accepted events took to be applied or parked. */
export function latencySection(latency: Latency): Html {
  const measured = latency.buckets.reduce((sum, { count }) => sum + count, 0);
  if (measured === 0) return html``;
  const quantile = (name: string, value: number | null): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value === null ? '–' : duration(value)}</dd>
    </div>`;
  return html`<section>
    <h2>Latency</h2>
    <p class="hint">From accepted to applied or parked, over ${counted(measured, 'event')}.</p>
    <dl class="figures">
      ${quantile('p50', latency.p50Ms)} ${quantile('p90', latency.p90Ms)} ${quantile('p99', latency.p99Ms)}
      ${quantile('longest', latency.maxMs)}
    </dl>
    <figure data-chart="latency">
      <figcaption><b>Events by latency</b> ${key('latency', 'both axes are logarithmic')}</figcaption>
      <div class="plot" role="img" aria-label="Histogram of latencies"></div>
    </figure>
  </section>`;
}
