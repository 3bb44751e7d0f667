// The curve of one run: what was measured, the fitted model over it, and the
// points that it is read for.
import { axisLook, extent, FIXED, limits, make, tick } from './charts.js';
import { el } from './dom.js';
import { colour } from './format.js';
import { measured, write } from './figures.js';

export const VIEWS = {
  iv: { title: 'I-V', x: 'Voltage', y: 'Current', tone: 'current', mark: 'rect' },
  pv: { title: 'P-V', x: 'Voltage', y: 'Power', tone: 'power', mark: 'triangle' },
  pr: { title: 'P-R', x: 'Load', y: 'Power', tone: 'resistance', mark: 'diamond' },
  log: { title: 'log I', x: 'Voltage', y: 'Current', tone: 'current', mark: 'rect' },
};
const SMALLEST = 1e-12;

// scale is the factor and unit in which the greatest of values is shown.
function scale(values, base) {
  const most = Math.max(...values.map(Math.abs), 0);
  const [factor, prefix] = [[1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ']].find(([f]) => most >= f * 0.9995 && (base !== 'V' || f <= 1)) ?? [1, ''];
  return base === 'V' && most >= 0.1 ? [1, 'V'] : [factor, prefix + base];
}

export class IVChart {
  constructor(node) {
    this.node = node;
    this.canvas = el('div', { class: 'canvas' });
    this.note = el('div', { class: 'empty', hidden: true });
    node.append(this.canvas, this.note);
    new ResizeObserver(() => { if (node.clientWidth) this.chart?.resize(); }).observe(node);
  }

  // draw shows points [V, A] in the order of measuring, both in the signs of
  // the result.
  draw(view, points, result) {
    if (!this.node.clientWidth) return;
    this.chart ??= make(this.canvas);
    const kind = VIEWS[view];
    const raw = points.map(([v, i]) => at(view, v, i)).filter(Boolean);
    const model = line(view, result);
    const marks = this.marks(view, result);
    const all = [...raw, ...marks.map((m) => m.at)];
    const [fx, ux] = kind.x === 'Load' ? [1, 'Ω'] : scale(all.map((p) => p[0]), 'V');
    const [fy, uy] = scale(all.map((p) => p[1]), kind.y === 'Power' ? 'W' : 'A');
    const to = (list) => list.map(([x, y]) => [x / fx, y / fy]);
    const xs = extent(to(all), 0);
    const ys = extent(to(all));
    const logX = view === 'pr' && xs && xs[0] > 0 && xs[1] / xs[0] > 50;
    const look = axisLook();
    look.axisLabel.formatter = tick;
    const tone = colour(kind.tone);
    const few = raw.length <= 60; // points stand above the line, which noise would hide otherwise
    const zero = view === 'iv' && ys ? { min: ys[0] < 0 ? null : 0 } : {};
    this.note.hidden = raw.length > 0;
    this.note.textContent = view === 'log' ? 'No row has a current above 0.' : 'No row has both quantities.';
    this.chart.setOption({
      animation: false, backgroundColor: 'transparent', tooltip: { show: false },
      grid: { left: 62, right: 24, top: 20, bottom: 46, ...FIXED },
      xAxis: { ...look, name: `${kind.x} (${ux})`, nameLocation: 'middle', nameGap: 28, type: logX ? 'log' : 'value', scale: true, ...(logX ? ends(xs, view === 'pr' && marks[0]?.at[0]) : limits(xs)) },
      yAxis: { ...look, name: `${kind.y} (${uy})`, nameLocation: 'middle', nameGap: 44, nameRotate: 90, type: view === 'log' ? 'log' : 'value', scale: true, ...(view === 'log' ? {} : { ...limits(ys), ...zero }) },
      series: [
        { type: 'scatter', data: to(raw), symbol: kind.mark, symbolSize: few ? 6 : 5, silent: true, emphasis: { disabled: true }, itemStyle: { color: tone, opacity: few ? 1 : 0.85 }, large: raw.length > 3000, z: few ? 5 : 2 },
        { type: 'line', data: to(model), symbol: 'none', silent: true, clip: true, emphasis: { disabled: true }, lineStyle: { color: colour('ink'), width: few ? 1.5 : 1, type: view === 'iv' || view === 'log' ? 'solid' : 'dashed' }, z: 4 },
        { type: 'scatter', data: marks.map((m) => ({ value: [m.at[0] / fx, m.at[1] / fy], text: m.text, label: m.label(place(m.at[0] / fx, xs, logX), this.node.clientWidth) })), symbol: 'diamond', symbolSize: 12, silent: true, z: 6, clip: false,
          itemStyle: { color: colour('ink') }, label: { show: true, color: colour('ink'), fontSize: 12, lineHeight: 16, textBorderColor: colour('panel'), textBorderWidth: 3, formatter: (p) => p.data.text } },
      ],
    }, true);
    Object.assign(this.node.dataset, { points: raw.length, marks: marks.length, model: model.length });
  }

  // marks are the figures that have a place in this view.
  marks(view, r) {
    if (!r || view === 'log') return [];
    const say = (key) => { const t = write(key, r[key], 4); return `${t.value} ${t.unit}`; };
    const list = [];
    const beside = (fraction) => (fraction > 0.55 ? { position: 'left', offset: [-2, -12], align: 'right' } : { position: 'right', offset: [2, -12] });
    const both = measured(r.vmpp) && measured(r.impp) && measured(r.pmpp);
    if (view === 'iv') {
      if (measured(r.isc)) list.push({ at: [0, r.isc.value], text: `Isc ${say('isc')}`, label: () => ({ position: 'right', offset: [4, 18] }) });
      if (both) list.push({ at: [r.vmpp.value, r.impp.value], text: `MPP ${say('pmpp')}\n${say('vmpp')}, ${say('impp')}`, label: () => ({ position: 'left', offset: [0, 26], align: 'right' }) });
      if (measured(r.voc)) list.push({ at: [r.voc.value, 0], text: `Voc ${say('voc')}`, label: () => ({ position: 'left', offset: [-2, -10] }) });
      if (measured(r.threshold) && !measured(r.voc)) list.push({ at: [r.threshold.value, 0], text: `threshold ${say('threshold')}`, label: () => ({ position: 'left', offset: [-28, -44] }) });
    } else if (both) {
      const x = view === 'pv' ? r.vmpp.value : measured(r.r_load) ? r.r_load.value : r.vmpp.value / r.impp.value;
      list.push({ at: [x, r.pmpp.value], text: `MPP ${say('pmpp')} at ${view === 'pv' ? say('vmpp') : measured(r.r_load) ? say('r_load') : ''}`, label: beside });
    }
    return list;
  }
}

// ends keep a logarithmic axis to whole decades around the points, and not
// far from the middle where there is one: at short and open circuit a load is
// little more than noise.
function ends([low, high], middle) {
  const [from, to] = middle ? [Math.max(low, middle / 50), Math.min(high, middle * 50)] : [low, high];
  return { min: 10 ** Math.floor(Math.log10(from)), max: 10 ** Math.ceil(Math.log10(to)) };
}

// place is where a value lies along an axis, 0 to 1.
function place(value, range, log) {
  if (!range) return 0.5;
  const [low, high, x] = log ? [...range, value].map(Math.log) : [...range, value];
  return (x - low) / (high - low);
}

// at is the point of a view for a voltage and a current; null for none.
function at(view, v, i) {
  if (view === 'iv') return [v, i];
  if (view === 'log') return i > SMALLEST ? [v, i] : null;
  if (view === 'pv') return [v, v * i];
  return Math.abs(i) < 0.0002 || v / i <= 0 ? null : [v / i, v * i];
}

// line is the curve laid over the points: the model, or what was interpolated.
function line(view, r) {
  const list = { iv: r?.fit?.curve, log: r?.fit?.curve, pv: r?.power, pr: r?.load }[view] ?? [];
  return list.map((p) => [p.x, p.y]).filter(([x, y]) => (view !== 'log' || y > SMALLEST) && (view !== 'pr' || x > 0));
}
