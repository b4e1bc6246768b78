import type { Annotation, Options, Row, Widget } from './shown';

/** A dashboard as CloudWatch would draw it, as far as layout, legends and thresholds go; the numbers are made up, from its labels alone. */

const [COLUMN, LINE] = [78, 48];
/** Alarms that are drawn as ringing, where those alone are shown. */
const RINGING = 5;
const COLORS = ['#1f77b4', '#2ca02c', '#9467bd', '#8c564b', '#e377c2', '#17becf', '#bcbd22', '#7f7f7f'];

export function pageOf(widgets: readonly Widget[]): string {
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
  return `<!doctype html><meta charset="utf-8"><title>Dashboard</title><style>
  body { margin: 0; font: 12px sans-serif; background: #f2f3f3; }
  main { position: relative; width: ${24 * COLUMN}px; height: ${bottom * LINE}px; }
  section { position: absolute; box-sizing: border-box; padding: 6px 8px; background: #fff; border: 1px solid #d5dbdb; overflow: hidden; }
  h2 { margin: 0; font-size: 15px; } h3 { margin: 0 0 2px; font-size: 12px; } p { margin: 2px 0; }
  .legend { display: flex; flex-wrap: wrap; gap: 0 10px; font-size: 10px; } .legend i { display: inline-block; width: 8px; height: 8px; margin-right: 3px; }
  .values { display: flex; flex-wrap: wrap; gap: 2px 16px; } .values b { display: block; font-size: 19px; }
  .lights { display: flex; flex-wrap: wrap; gap: 3px; } .lights span { font-size: 9px; padding: 2px 4px; color: #fff; background: #d13212; }
  </style><main>${widgets.map(sectionOf).join('')}</main>`;
}

function sectionOf(widget: Widget): string {
  const { x, y, width, height } = widget;
  const box = `left:${x * COLUMN}px;top:${y * LINE}px;width:${width * COLUMN}px;height:${height * LINE}px`;
  return `<section style="${box}">${contentOf(widget)}</section>`;
}

function contentOf({ type, width, height, properties }: Widget): string {
  const { title = '', markdown = '', alarms = [], states, metrics = [], view, annotations, yAxis } = properties;
  switch (type) {
    case 'text':
      return written(markdown);
    case 'alarm':
      return `<h3>${title}</h3><div class="lights">${(states ? alarms.slice(0, RINGING) : alarms).map((alarm) => `<span>${alarm}</span>`).join('')}</div>`;
    case 'metric': {
      const lines = drawn(metrics);
      if (view === 'singleValue') {
        return `<h3>${title}</h3><div class="values">${lines.map(({ label }) => `<div><b>0</b>${label}</div>`).join('')}</div>`;
      }
      const size = { wide: width * COLUMN - 18, high: height * LINE - 58 };
      return `<h3>${title}</h3>${chart(lines, annotations?.horizontal ?? [], size, yAxis)}${legend(lines)}`;
    }
  }
}

const written = (markdown: string): string =>
  markdown
    .split('\n')
    .map((text) => text.replace(/\*\*(.+?)\*\*/g, '<b>$1</b>').replace(/\[(.+?)\]\((.+?)\)/g, '<a href="$2">$1</a>'))
    .map((text) => (text.startsWith('## ') ? `<h2>${text.slice(3)}</h2>` : `<p>${text}</p>`))
    .join('');

interface Line {
  readonly label: string;
  readonly color: string;
  readonly axis: 'left' | 'right';
  readonly values: readonly number[];
}

function drawn(metrics: readonly Row[]): Line[] {
  const shown = metrics
    .map((row) => row.find((each): each is Options => typeof each === 'object') ?? {})
    .filter(({ visible }) => visible !== false);
  return shown.map(({ label = 'without a label', yAxis: axis = 'left' }, n) => {
    const seed = [...label].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 997, 7);
    const values = Array.from(
      { length: 36 },
      (_, at) => 20 + ((seed * (at + 3) * 7) % 23) + 12 * Math.sin(at / 4 + seed),
    );
    return { label, axis, values, color: COLORS[n % COLORS.length] ?? '#000' };
  });
}

function chart(
  lines: readonly Line[],
  annotations: readonly Annotation[],
  { wide, high }: { wide: number; high: number },
  yAxis: Widget['properties']['yAxis'],
): string {
  const most = (axis: 'left' | 'right') =>
    yAxis?.[axis]?.max ??
    1.15 * Math.max(50, ...annotations.filter((each) => each.yAxis === axis).map(({ value }) => value));
  const heightOf = (value: number, axis: 'left' | 'right') => high - (value / most(axis)) * high;
  // What is made up fills two thirds of each axis.
  const scaled = (value: number, axis: 'left' | 'right') => (value / 80) * most(axis);
  const paths = lines.map(({ values, color, axis }) => {
    const points = values.map(
      (value, at) => `${40 + (at / 35) * (wide - 80)},${heightOf(scaled(value, axis), axis).toFixed(1)}`,
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${color}"${axis === 'right' ? ' stroke-dasharray="4 2"' : ''}/>`;
  });
  const thresholds = annotations.map(({ value, label, color, yAxis: axis }) => {
    const y = heightOf(value, axis);
    return `<line x1="40" x2="${wide - 40}" y1="${y}" y2="${y}" stroke="${color}"/><text x="${wide - 44}" y="${y - 3}" text-anchor="end" fill="${color}" font-size="10">${label}: ${value}</text>`;
  });
  const axes = (['left', 'right'] as const).map((axis) =>
    yAxis?.[axis]?.label === undefined
      ? ''
      : `<text x="${axis === 'left' ? 0 : wide}" y="9" font-size="9" text-anchor="${axis === 'left' ? 'start' : 'end'}">${yAxis[axis].label} ≤ ${Math.round(most(axis))}</text>`,
  );
  return `<svg width="${wide}" height="${high}"><rect x="40" width="${wide - 80}" height="${high}" fill="#fafafa"/>${paths.join('')}${thresholds.join('')}${axes.join('')}</svg>`;
}

const legend = (lines: readonly Line[]): string =>
  `<div class="legend">${lines.map(({ label, color, axis }) => `<span><i style="background:${color}"></i>${label}${axis === 'right' ? ' (right)' : ''}</span>`).join('')}</div>`;
