import type { Verdict } from '../checker/verdict';
import type { Measures } from '../measures';
import { html, type Html } from './html';
import type { Report } from './report';
import { count, counted, duration, instant } from './numbers';

/** The verdict in one line. A run in which nothing was accepted has shown nothing, and says so. */
export function headline({ ok, totals, checks }: Verdict): { mood: 'kept' | 'broken' | 'empty'; title: string } {
  if (!ok) return { mood: 'broken', title: broken(totals.lost, totals.appliedTwice) ?? promiseBroken(checks) };
  if (totals.accepted === 0) return { mood: 'empty', title: 'nothing shown: no event was accepted' };
  return { mood: 'kept', title: 'nothing lost, nothing applied twice' };
}

function broken(lost: number, appliedTwice: number): string | undefined {
  const parts = [
    ...(lost > 0 ? [`${counted(lost, 'event')} lost`] : []),
    ...(appliedTwice > 0 ? [`${counted(appliedTwice, 'event')} applied twice`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : undefined;
}

const promiseBroken = (checks: Verdict['checks']): string =>
  `promise broken: ${checks
    .filter(({ ok }) => !ok)
    .map(({ check, title }) => `${check} ${title}`)
    .join(', ')}`;

/** Top of the page: verdict, what was done, the sums. */
export function sums(verdict: Verdict, measures: Measures): Html {
  const { mood, title } = headline(verdict);
  const { totals } = verdict;
  return html`<header>
    <p class="run">cdk-lossless-kafka chaos · ${instant(measures.startedAt)}</p>
    <h1 class="${mood}">${title}</h1>
    <p class="lead">${story(verdict, measures)}</p>
    ${verdict.history.torn ? TORN : ''}
    <dl class="figures">
      ${figure('accepted', totals.accepted, `${count(totals.acked)} acked, ${count(totals.spilled)} spilled, ${count(totals.queued)} queued`)}
      ${figure('applied', totals.applied, `${count(held(measures))} per second`)}
      ${figure('parked', totals.parked, 'in the dead letters, can be sent back')}
      ${figure('sent back', totals.redriven, `${count(totals.amended)} amended, ${count(totals.discarded)} discarded`)}
      ${figure('lost', totals.lost, 'accepted, neither applied nor parked', totals.lost > 0)}
      ${figure('applied twice', totals.appliedTwice, 'effects that took place again', totals.appliedTwice > 0)}
      ${figure('rejected', totals.rejected, 'refused with a reason')}
      ${figure('unknown', totals.unknown, 'the caller got neither yes nor no')}
      ${figure('twice in the log', totals.duplicatesInLog, 'records beyond the first of an event')}
    </dl>
  </header>`;
}

const TORN = html`<p class="warning">
  The last line of the history is cut: the run was killed, and what it saw last is missing here.
</p>`;

function story({ checks }: Verdict, { seconds, kinds, windows }: Measures): string {
  const broken = checks.filter(({ ok }) => !ok).map(({ check }) => check);
  const faults =
    windows.length === 0 ? 'no faults' : `${counted(windows.length, 'fault')} of ${counted(kinds.length, 'kind')}`;
  const held = `${count(checks.length - broken.length)} of ${counted(checks.length, 'check')} held`;
  return `${duration(seconds * 1000)}, ${faults}, ${held}${broken.length > 0 ? `; broken: ${broken.join(', ')}` : ''}.`;
}

function figure(name: string, value: number, meaning: string, bad = false): Html {
  return html`<div${bad ? html` class="bad"` : ''}><dt>${name}</dt><dd>${count(value)}</dd><dd>${meaning}</dd></div>`;
}

/** Applied events per second, from the first second in which one was applied to the last. */
function held({ perSecond: { applied } }: Measures): number {
  const first = applied.findIndex((events) => events > 0);
  const last = applied.findLastIndex((events) => events > 0);
  return first < 0 ? 0 : applied.reduce((sum, events) => sum + events, 0) / (last - first + 1);
}

/** Foot of the page: what it takes to see the same again. */
export function again({ verdict, command }: Report): Html {
  const versions = Object.entries(verdict.versions ?? {}).map(
    ([name, version]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${version}</dd>
      </div>`,
  );
  return html`<section>
    <h2>Run it again</h2>
    <pre><code>${command}</code></pre>
    <dl class="facts">
      ${
        verdict.seed === undefined
          ? ''
          : html`<div>
              <dt>seed</dt>
              <dd>${verdict.seed}</dd>
            </div>`
      }
      ${versions}
    </dl>
  </section>`;
}
