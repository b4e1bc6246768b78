/* global document, window, getComputedStyle, matchMedia, ResizeObserver, uPlot */
/* Draws the charts of the report from the data in the page. Runs in the browser as it stands; nothing is fetched. */

const data = JSON.parse(document.getElementById('data').textContent);
const css = getComputedStyle(document.documentElement);
const colour = (name) => () => css.getPropertyValue(`--${name}`).trim();

/** Left gutter of every chart, so that their time axes lie below each other. */
const GUTTER = 56;
/** Right of every chart: half of the last label of the time axis. */
const EDGE = 20;
const FONT = '12px system-ui, sans-serif';
/** Width of the charts on paper: what A4 has between usual margins. */
const PAPER = 680;
const NARROW_SPACE = '\u202f';

const grouped = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
const milliseconds = (value) => (value < 1000 ? `${grouped(value)} ms` : `${grouped(value / 1000)} s`);

const axis = (own) => ({
  stroke: colour('soft'),
  font: FONT,
  grid: { stroke: colour('grid'), width: 1 },
  ticks: { show: false },
  ...own,
});
const timeAxis = axis({
  size: 28,
  space: 56,
  incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600],
  values: (_, splits) => splits.map(clock),
  grid: { show: false },
});
const countAxis = (own) =>
  axis({
    size: GUTTER,
    space: 36,
    incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6],
    values: (_, splits) => splits.map(grouped),
    ...own,
  });

/** Shades the fault windows behind the lines; with numbers, where there is room for one. */
function bands(u, numbered) {
  const { left, top, width, height } = u.bbox;
  const { ctx } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'center';
  let takenTo = 0;
  for (const { n, from, to } of data.bands) {
    const x = u.valToPos(from, 'x', true);
    const wide = Math.max(u.valToPos(to, 'x', true) - x, ratio);
    ctx.fillStyle = colour('band')();
    ctx.fillRect(x, top, wide, height);
    const label = ctx.measureText(String(n)).width;
    const at = x + wide / 2;
    if (!numbered || at - label / 2 < takenTo) continue;
    ctx.fillStyle = colour('soft')();
    ctx.fillText(String(n), at, top + 3 * ratio);
    takenTo = at + label / 2 + 4 * ratio;
  }
  ctx.restore();
}

/** Room above the highest value, for the numbers of the bands; an empty chart still has a scale. */
const fromZero = (least, room) => (_, __, max) => [0, Math.max(least, max * room)];

const overTime = (series, own) => ({
  scales: { x: { time: false, range: [0, data.seconds] }, y: { range: fromZero(own.least, own.room ?? 1.08) } },
  axes: [timeAxis, countAxis(own.axis)],
  series: [{}, ...series],
  cursor: { sync: { key: 'time' } },
  hooks: { drawClear: [(u) => bands(u, own.numbered)] },
});

const line = (name, own) => ({ stroke: colour(name), width: 1.5, points: { show: false }, ...own });
const stepped = uPlot.paths.stepped({ align: 1 });

/** The last value of a sampled series holds to the end of the run. */
const toTheEnd = ({ at, value }) => [
  [...at, data.seconds],
  [...value, value.at(-1)],
];

const CHARTS = {
  rates: () => ({
    height: 240,
    values: [data.rates.at, data.rates.accepted, data.rates.applied, data.rates.parked],
    options: overTime(
      [line('accepted', { fill: colour('accepted-wash'), width: 1 }), line('applied'), line('parked', { width: 2 })],
      { least: 10, room: 1.15, numbered: true },
    ),
  }),
  inSync: () => ({
    height: 110,
    values: toTheEnd(data.inSync),
    options: overTime([line('in-sync', { paths: stepped, width: 2 })], { least: 3, axis: { space: 20 } }),
  }),
  lag: () => ({
    height: 150,
    values: toTheEnd(data.lag),
    options: overTime([line('lag', { fill: colour('lag-wash'), paths: stepped })], { least: 10 }),
  }),
  latency: () => ({ height: 220, values: latencyValues(), options: latencyOptions() }),
};

function latencyValues() {
  const { fromMs, counts } = data.latency;
  return [fromMs.map((_, n) => n), counts.map((count) => count || null)];
}

const powersOfTen = (max) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6].filter((power) => power <= max);

/** One bar per bucket; the buckets have equal steps on a logarithmic scale, and the decades are named. */
function latencyOptions() {
  const { fromMs } = data.latency;
  const decades = fromMs.flatMap((from, n) => (Number.isInteger(Math.log10(from)) ? [n] : []));
  return {
    scales: {
      x: { time: false, range: [-0.5, fromMs.length - 0.5] },
      y: { distr: 3, range: (_, __, max) => [0.5, Math.max(10, max * 1.5)] },
    },
    axes: [
      axis({
        size: 28,
        splits: () => decades.map((n) => n - 0.5),
        values: () => decades.map((n) => milliseconds(fromMs[n])),
      }),
      axis({ size: GUTTER, splits: (_, __, ___, max) => powersOfTen(max), values: (_, splits) => splits.map(grouped) }),
    ],
    series: [
      {},
      {
        fill: colour('latency'),
        stroke: colour('latency'),
        width: 0,
        paths: uPlot.paths.bars({ size: [0.85, 64] }),
        points: { show: false },
      },
    ],
  };
}

const moment = document.querySelector('.moment');
const invitation = moment.textContent;

/** What the cursor is on: the moment and its faults above the charts, each value beside its key. */
function readout(figure, latency) {
  const outputs = [...figure.querySelectorAll('output')];
  return (u) => {
    const { idx } = u.cursor;
    if (latency) outputs[0].textContent = idx == null ? '' : latencyText(idx);
    else outputs.forEach((output, n) => (output.textContent = idx == null ? '' : valueText(u.data[n + 1][idx])));
    if (!latency) moment.textContent = idx == null ? invitation : momentText(u.data[0][idx]);
  };
}

const valueText = (value) => (value == null ? '' : grouped(value));

function momentText(at) {
  const names = data.bands.filter(({ from, to }) => from <= at && at <= to).map(({ n, name }) => `${n} ${name}`);
  return `At ${clock(at)}: ${names.join(', ') || 'no fault'}`;
}

function latencyText(index) {
  const { fromMs, counts } = data.latency;
  return `from ${milliseconds(fromMs[index])}: ${grouped(counts[index])}`;
}

function draw(figure) {
  const { height, values, options } = CHARTS[figure.dataset.chart]();
  const plot = figure.querySelector('.plot');
  const cursor = { y: false, drag: { x: false, y: false }, points: { size: 6 }, ...options.cursor };
  const hooks = { ...options.hooks, setCursor: [readout(figure, figure.dataset.chart === 'latency')] };
  const padding = [8, EDGE, 0, 0];
  const chart = new uPlot(
    { ...options, width: plot.clientWidth, height, cursor, hooks, padding, legend: { show: false } },
    values,
    plot,
  );
  const fit = (width) => chart.setSize({ width, height });
  new ResizeObserver(() => fit(plot.clientWidth)).observe(plot);
  return { chart, fit, plot };
}

const drawn = [...document.querySelectorAll('figure[data-chart]')].map(draw);
const repaint = () => drawn.forEach(({ chart }) => chart.redraw());

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);

/* Paper is white whatever the screen is, and narrower. */
window.addEventListener('beforeprint', () => {
  document.documentElement.classList.add('printing');
  drawn.forEach(({ fit }) => fit(PAPER));
});
window.addEventListener('afterprint', () => {
  document.documentElement.classList.remove('printing');
  drawn.forEach(({ fit, plot }) => fit(plot.clientWidth));
});
