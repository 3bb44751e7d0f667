// Several runs in one chart: one quantity over another, told apart by colour,
// line and marker, as sent or normalised.
import { choices, reader, titled } from './axes.js';
import { axisLook, extent, FIXED, limits, make, tick } from './charts.js';
import { el } from './dom.js';
import { number, si } from './format.js';
import { measured } from './figures.js';

const COLOURS = {
  light: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b07800', '#56b4e9', '#14181b', '#5a646b'],
  dark: ['#4ea8de', '#ff9248', '#2fbf96', '#dd97be', '#f0b02e', '#9fd8ff', '#e9ecee', '#9ca7ad'],
};
const LINES = ['solid', 'dashed', 'dotted'];
const MARKS = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow'];
const FEW = 120; // points up to which each has its mark
const NEAR = 28; // px from the pointer

// style is how the nth line looks: the first 24 all differ.
export function style(n) {
  const set = COLOURS[document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'];
  return { colour: set[n % set.length], line: LINES[(n + 2 * Math.floor(n / set.length)) % LINES.length], mark: MARKS[n % MARKS.length] };
}

export class OverlayChart {
  constructor(node, tip) {
    this.node = node;
    this.tip = tip;
    this.canvas = el('div', { class: 'canvas' });
    this.note = el('div', { class: 'empty' });
    this.ring = el('div', { class: 'ring' });
    node.append(this.canvas, this.ring, this.note);
    this.lines = [];
    new ResizeObserver(() => { if (node.clientWidth) this.chart?.resize(); }).observe(node);
    node.addEventListener('pointermove', (e) => this.hover(e));
    node.addEventListener('pointerleave', () => this.leave());
  }

  // draw shows sets of {run, columns, rows, slot}; slot chooses the look. It
  // gives the time that it took, in ms.
  draw(sets, { x, y, by }) {
    const began = performance.now();
    this.chart ??= make(this.canvas);
    const units = {};
    const lack = [];
    this.lines = [];
    for (const set of sets) {
      const start = set.rows[0]?.[1] ?? 0;
      const [rx, ry] = [reader(x, set.columns, start, units), reader(y, set.columns, start, units)];
      if (!rx || !ry) { lack.push(`${set.run.name} has no such column`); continue; }
      const points = [];
      set.rows.forEach((row, n) => {
        const [a, b] = [rx.at(row, n), ry.at(row, n)];
        if (a !== null && b !== null) points.push([a, b]);
      });
      const [fx, fy] = [divisor(x, by, set.run, points, 0, rx.unit), divisor(y, by, set.run, points, 1, ry.unit)];
      if (!fx || !fy) { lack.push(`${set.run.name}: ${unmeasured(set.run)} not measured`); continue; }
      const scaled = fx === 1 && fy === 1 ? points : points.map(([a, b]) => [a / fx, b / fy]);
      this.lines.push({ set, points: scaled, drawn: broken(scaled), units: by ? [fx === 1 ? rx.unit : '', fy === 1 ? ry.unit : ''] : [rx.unit, ry.unit] });
    }
    this.say(sets, lack);
    this.apply(x, y, by, sets);
    this.chart.getZr().flush(); // paint now, so that the time is the whole time
    return performance.now() - began;
  }

  apply(x, y, by, sets) {
    const all = choices(sets.map((s) => ({ ...s.run, columns: s.columns })));
    const title = (key, i) => {
      const name = all.find((c) => c.key === key)?.title ?? key;
      const unit = this.lines[0]?.units[i] ?? '';
      return by && !unit && key !== 'row' ? `${name} (relative)` : titled(name, unit);
    };
    const look = axisLook();
    look.axisLabel.formatter = tick;
    const range = (at) => {
      const ends = this.lines.flatMap((l) => extent(l.points, at) ?? []);
      return ends.length ? [Math.min(...ends), Math.max(...ends)] : null;
    };
    const xs = range(0);
    const log = x === 'resistance' && xs && xs[0] > 0 && xs[1] / xs[0] > 50;
    this.chart.setOption({
      animation: false, backgroundColor: 'transparent', tooltip: { show: false },
      grid: { left: 62, right: 20, top: 14, bottom: 46, ...FIXED },
      xAxis: { ...look, name: title(x, 0), nameLocation: 'middle', nameGap: 28, scale: true, type: log ? 'log' : 'value', ...(log ? {} : limits(xs)) },
      yAxis: { ...look, name: title(y, 1), nameLocation: 'middle', nameGap: 44, nameRotate: 90, scale: true, type: 'value', ...limits(range(1)) },
      series: this.lines.map(({ set, points, drawn }) => {
        const s = style(set.slot);
        const few = points.length <= FEW;
        return {
          type: 'line', name: set.run.name, data: drawn, silent: true, emphasis: { disabled: true }, connectNulls: false,
          symbol: s.mark, symbolSize: 5, showSymbol: few, showAllSymbol: few, itemStyle: { color: s.colour }, lineStyle: { color: s.colour, width: 1.5, type: s.line },
        };
      }),
    }, true);
  }

  say(sets, lack) {
    const rest = lack.length > 3 ? ` And ${lack.length - 3} more.` : '';
    const missing = lack.length ? `${lack.slice(0, 3).join('. ')}.${rest}` : '';
    this.note.hidden = this.lines.some((l) => l.points.length > 0);
    this.canvas.classList.toggle('none', !this.note.hidden);
    this.note.textContent = missing || (sets.length ? 'These runs have no rows yet.' : 'Tick a run to see it here.');
    this.missing = missing;
  }

  hover(e) {
    const box = this.node.getBoundingClientRect();
    const [px, py] = [e.clientX - box.left, e.clientY - box.top];
    let best = null;
    let least = NEAR ** 2;
    const finder = { xAxisIndex: 0, yAxisIndex: 0 };
    const [low, high] = [[px - NEAR, py + NEAR], [px + NEAR, py - NEAR]].map((p) => this.chart?.convertFromPixel(finder, p));
    for (const l of low && high ? this.lines : []) {
      for (const p of l.points) {
        if (p[0] < low[0] || p[0] > high[0] || p[1] < low[1] || p[1] > high[1]) continue;
        const at = this.chart.convertToPixel(finder, p);
        const d = (at[0] - px) ** 2 + (at[1] - py) ** 2;
        if (d < least) { least = d; best = { l, p, at }; }
      }
    }
    if (!best) { this.leave(); return; }
    this.ring.style.display = 'block';
    this.ring.style.transform = `translate(${best.at[0].toFixed(1)}px, ${best.at[1].toFixed(1)}px)`;
    const write = (v) => number(v, Math.max(0, 3 - Math.floor(Math.log10(Math.abs(v) || 1))));
    this.tip.text(best.l.set.run.name, best.p.map((v, i) => [write(v), best.l.units[i]]), e.clientX, e.clientY);
  }

  leave() {
    this.ring.style.display = 'none';
    this.tip.hide();
  }
}

// broken breaks a line where x jumps back to begin again: a second sweep.
function broken(points) {
  const ends = extent(points, 0);
  if (!ends || points.length < 8) return points;
  const jump = 0.4 * (ends[1] - ends[0]);
  const list = [];
  points.forEach((p, i) => {
    if (i > 0 && Math.abs(p[0] - points[i - 1][0]) > jump) list.push([null, null]);
    list.push(p);
  });
  return list;
}

// unmeasured is what a run lacks to be divided by Voc and Isc.
function unmeasured({ figures }) {
  const list = [['voc', 'Voc'], ['isc', 'Isc']].filter(([k]) => !measured(figures?.[k])).map(([, name]) => name);
  return list.join(' and ') + (list.length > 1 ? ' are' : ' is');
}

// divisor is what a run's axis, in this unit, is divided by: 1 for nothing,
// null when the run does not have it. by is "" (as sent), "max", or "iv": Voc
// and Isc, and for power their product.
function divisor(key, by, run, points, at, unit) {
  if (!by || key === 'time' || key === 'row') return 1;
  if (by === 'max') {
    const ends = extent(points, at);
    return ends ? Math.max(Math.abs(ends[0]), Math.abs(ends[1])) || 1 : 1;
  }
  const { voc, isc } = run.figures ?? {};
  if (!measured(voc) || !measured(isc)) return null;
  const of = { voltage: voc.value, current: isc.value, power: voc.value * isc.value, resistance: voc.value / isc.value }[key];
  return of === undefined ? 1 : of / si(unit);
}
