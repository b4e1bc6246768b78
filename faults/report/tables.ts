import type { Verdict } from '../checker/verdict';
import type { Measures } from '../measures';
import type { FaultTally } from '../schedule';
import type { Reached } from '../states/demand';
import { html, type Html } from './html';
import { count, counted, duration } from './numbers';

/** Every check with its result; a broken one comes with examples. */
export function checksTable(checks: Verdict['checks']): Html {
  return html`<section>
    <h2>Checks</h2>
    <table class="checks">
      <thead>
        <tr>
          <th scope="col">check</th>
          <th scope="col">what it looks for</th>
          <th scope="col" class="number">found</th>
          <th scope="col">result</th>
        </tr>
      </thead>
      <tbody>
        ${checks.map(checkRow)}
      </tbody>
    </table>
  </section>`;
}

function checkRow({ check, title, ok, count: found, examples, note }: Verdict['checks'][number]): Html {
  return html`<tr${ok ? '' : html` class="broken"`}>
<th scope="row">${check}</th>
<td>${title}${note ? html`<small>${note}</small>` : ''}${examples.length > 0 ? exampleList(examples) : ''}</td>
<td class="number" data-label="found">${count(found)}</td>
<td class="result">${ok ? html`<span class="yes">holds</span>` : html`<span class="no">broken</span>`}</td>
</tr>`;
}

const exampleList = (examples: readonly string[]): Html =>
  html`<ul>
    ${examples.map((example) => html`<li>${example}</li>`)}
  </ul>`;

/** Where the run has come beside its straight way; a promise is put to the test only where it has been. */
export function reachTable(reach: readonly Reached[]): Html {
  if (reach.length === 0) return html``;
  return html`<section>
    <h2>States reached</h2>
    <p class="hint">
      A promise is put to the test only where a run has been. Not reached: a fault of this run leads there, and it did
      not come to pass. Not asked: no fault of this run leads there by itself.
    </p>
    <table class="states">
      <thead>
        <tr>
          <th scope="col">state</th>
          <th scope="col" class="number">times</th>
          <th scope="col">result</th>
        </tr>
      </thead>
      <tbody>
        ${reach.map(reachRow)}
      </tbody>
    </table>
  </section>`;
}

function reachRow({ title, times, verdict, by }: Reached): Html {
  return html`<tr${verdict === 'missed' ? html` class="broken"` : ''}>
<th scope="row">${title}${by.length > 0 ? html`<small>by ${by.join(', ')}</small>` : ''}</th>
<td class="number" data-label="times">${count(times)}</td>
<td class="result">${reachVerdict(verdict)}</td>
</tr>`;
}

function reachVerdict(verdict: Reached['verdict']): Html {
  switch (verdict) {
    case 'reached':
      return html`<span class="yes">reached</span>`;
    case 'missed':
      return html`<span class="no">not reached</span>`;
    case 'not asked':
      return html`<span>not asked</span>`;
  }
}

/** Every kind of fault: how often, what went on meanwhile, and how long it took to catch up. */
export function faultsTable(kinds: Measures['kinds'], tallies: readonly FaultTally[]): Html {
  if (kinds.length === 0) return html``;
  return html`<section>
    <h2>Faults</h2>
    <p class="hint">
      Hits: processes, connections, requests and invocations hit. Settled: events applied or parked while it lasted.
      Stall: the longest time within it in which none was. Recovery: from the heal until every event accepted before it
      was applied or parked.
    </p>
    <table class="faults">
      <thead>
        <tr>
          <th scope="col" class="number">#</th>
          <th scope="col">fault</th>
          <th scope="col" class="number">times</th>
          <th scope="col" class="number">hits</th>
          <th scope="col" class="number">lasted</th>
          <th scope="col" class="number">settled</th>
          <th scope="col" class="number">longest stall</th>
          <th scope="col" class="number">recovery, median</th>
          <th scope="col" class="number">recovery, longest</th>
        </tr>
      </thead>
      <tbody>
        ${kinds.map((kind, index) =>
          faultRow(
            kind,
            index,
            tallies.find(({ name }) => name === kind.name),
          ),
        )}
      </tbody>
    </table>
  </section>`;
}

function faultRow(kind: Measures['kinds'][number], index: number, tally: FaultTally | undefined): Html {
  const { name, times, seconds, settled, longestStallMs, recoveryMs, notRecovered } = kind;
  const cell = (label: string, value: string): Html => html`<td class="number" data-label="${label}">${value}</td>`;
  const longest = notRecovered > 0 ? `${counted(notRecovered, 'time')} never` : time(recoveryMs.max);
  return html`<tr>
    <td class="number index">${index + 1}</td>
    <th scope="row">${name}${tally ? failures(tally) : ''}</th>
    ${cell('times', count(times))} ${cell('hits', tally ? count(tally.hits) : '–')}
    ${cell('lasted', duration(seconds * 1000))} ${cell('settled', count(settled))}
    ${cell('longest stall', duration(longestStallMs))} ${cell('recovery, median', time(recoveryMs.p50))}
    ${cell('recovery, longest', longest)}
  </tr>`;
}

/** Said beside the fault: one that could not be started or healed has tested less than its row suggests. */
function failures({ failures: reasons }: FaultTally): Html {
  if (reasons.length === 0) return html``;
  return html`<small class="no"
    >not as told, ${counted(reasons.length, 'time')}: ${[...new Set(reasons)].join('; ')}</small
  >`;
}

const time = (milliseconds: number | null): string => (milliseconds === null ? '–' : duration(milliseconds));
