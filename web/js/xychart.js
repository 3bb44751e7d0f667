// X-Y views of the same rows: I-V, P-V, P-R, with what a solar cell's curve
// is read for: MPP, Voc, Isc.
import { axisLook, extent, first, make, plain } from './charts.js';
import { el } from './dom.js';
import { colour, figure, ohms, si } from './format.js';

const GRID = { left: 58, right: 20, top: 16, bottom: 44 };

export class XYChart {
  // on.hover(row, x, y) and on.leave() are told what the pointer is at.
  constructor(node, on) {
    this.node = node;
    this.canvas = el('div', { class: 'canvas' });
    this.ring = el('div', { class: 'ring' });
    this.note = el('div', { class: 'empty', hidden: true });
    node.append(this.canvas, this.ring, this.note);
    this.chart = make(this.canvas);
    this.points = [];
    new ResizeObserver(() => this.chart.resize()).observe(node);
    node.addEventListener('pointermove', (e) => {
      const box = node.getBoundingClientRect();
      const p = this.nearest(e.clientX - box.left, e.clientY - box.top);
      if (p) on.hover(p[2], e.clientX, e.clientY); else on.leave();
    });
    node.addEventListener('pointerleave', () => on.leave());
  }

  // options takes one item of the "xy" part of the server's options.
  options(view, columns) {
    this.view = view;
    this.x = reader(view.x, columns);
    this.y = reader(view.y, columns);
    this.columns = columns;
    const option = plain(view.option);
    const series = first(option.series);
    const look = axisLook();
    this.tone = series.itemStyle?.color ?? first(option.color) ?? colour(view.id === 'iv' ? 'current' : 'power');
    this.log = false;
    const tone = typeof this.tone === 'string' ? this.tone : colour(view.id === 'iv' ? 'current' : 'power');
    this.base = {
      x: { ...first(option.xAxis), ...look, nameLocation: 'middle', nameGap: 26, scale: true, axisPointer: { show: false } },
      y: { ...first(option.yAxis), ...look, nameLocation: 'middle', nameGap: 40, scale: true, axisPointer: { show: false } },
    };
    this.chart.setOption({
      ...option,
      grid: { ...GRID, containLabel: false },
      xAxis: { ...this.base.x, type: 'value' },
      yAxis: { ...this.base.y, type: 'value' },
      series: [
        { ...series, type: 'scatter', name: '', data: [], symbolSize: 4, silent: true, emphasis: { disabled: true }, itemStyle: { ...series.itemStyle, color: tone, opacity: 0.6 }, large: true, largeThreshold: 3000 },
        { type: 'scatter', name: '', data: [], symbol: 'circle', symbolSize: 10, silent: true, z: 5, itemStyle: { color: tone, borderColor: colour('ink'), borderWidth: 2 } },
        { type: 'scatter', name: '', data: [], symbol: 'diamond', symbolSize: 11, silent: true, z: 6, itemStyle: { color: colour('ink') }, label: { show: true, color: colour('ink'), fontSize: 12, lineHeight: 16, textBorderColor: colour('panel'), textBorderWidth: 3, formatter: (p) => p.data.text } },
      ],
    }, true);
  }

  // draw shows the rows between two times.
  draw(table, from, to) {
    if (!this.view) return;
    const points = [];
    for (const row of table.rows) {
      if (row[1] < from || row[1] > to) continue;
      const x = this.x(row);
      const y = this.y(row);
      if (x !== null && y !== null) points.push([x, y, row]);
    }
    const flat = points.map((p) => [p[0], p[1]]);
    const xs = extent(flat, 0);
    // Resistance runs from short circuit to open circuit.
    this.log = this.view.x.computed === 'resistance' && xs && xs[0] > 0 && xs[1] / xs[0] > 50;
    this.points = points;
    this.note.hidden = points.length > 0;
    this.note.textContent = 'No row has both quantities in this range.';
    const newest = flat.length ? [flat[flat.length - 1]] : [];
    this.chart.setOption({
      xAxis: this.log ? { ...this.base.x, type: 'log', min: null, max: null } : { ...this.base.x, type: 'value', ...near(xs) },
      yAxis: near(extent(flat)),
      series: [{ data: flat }, { data: newest }, { data: marks(this.view.id, table, from, to, this.columns, xs, extent(flat)) }],
    }, { silent: true });
  }

  // mark rings the point of a row; null takes the ring away.
  mark(row) {
    const x = row && this.view ? this.x(row) : null;
    const y = row && this.view ? this.y(row) : null;
    const at = x === null || y === null ? null : this.chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [x, y]);
    const inside = at && Number.isFinite(at[0]) && Number.isFinite(at[1]) && this.points.some((p) => p[2] === row);
    this.ring.style.display = inside ? 'block' : 'none';
    if (inside) this.ring.style.transform = `translate(${at[0].toFixed(1)}px, ${at[1].toFixed(1)}px)`;
  }

  nearest(px, py) {
    let best = null;
    let least = 30 * 30;
    for (const p of this.points) {
      const at = this.chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [p[0], p[1]]);
      const d = (at[0] - px) ** 2 + (at[1] - py) ** 2;
      if (d < least) { least = d; best = p; }
    }
    return best;
  }
}

// reader makes of the server's {column} or {computed, v, i} a function from a
// row to a number or null. Power is in mW, resistance in ohms.
function reader(what, columns) {
  if (what.computed === undefined) return (row) => row[what.column + 2] ?? null;
  return computed(what.computed, what.v, what.i, columns);
}

// computed gives power (in mW) or resistance (in ohms) of a row from its
// voltage and current. Resistance needs a current that is not just noise.
export function computed(which, v, i, columns) {
  const volts = si(columns[v].unit);
  const amperes = si(columns[i].unit);
  return (row) => {
    const voltage = row[v + 2];
    const current = row[i + 2];
    if (voltage === null || current === null || voltage === undefined || current === undefined) return null;
    if (which === 'power') return voltage * volts * current * amperes * 1000;
    return Math.abs(current * amperes) < 0.0002 ? null : (voltage * volts) / (current * amperes);
  };
}

function near(range) {
  if (!range) return { min: 0, max: 1 };
  const [low, high] = range;
  if (low >= 0 && low < high * 0.5) return { min: 0, max: null };
  return high - low > Math.abs(high) * 0.01 ? { min: null, max: null } : { min: low - Math.abs(low) * 0.01 - 0.01, max: high + Math.abs(high) * 0.01 + 0.01 };
}

// marks are MPP, Voc and Isc with their figures, each only where the rows
// reach it: a curve that was measured, not a board at rest.
function marks(id, table, from, to, columns, xs, ys) {
  const v = columns.findIndex((c) => c.quantity === 'voltage');
  const i = columns.findIndex((c) => c.quantity === 'current');
  if (v < 0 || i < 0 || !xs || !ys) return [];
  let best = null;
  let open = null;
  let short = null;
  let lowV = Infinity;
  for (const row of table.rows) {
    const voltage = row[v + 2];
    const current = row[i + 2];
    if (row[1] < from || row[1] > to || voltage === null || current === null || voltage === undefined || current === undefined) continue;
    const p = voltage * current;
    if (!best || p > best.p) best = { p, voltage, current };
    if (!open || current < open.current) open = { voltage, current };
    if (voltage < lowV) { lowV = voltage; short = { voltage, current }; }
  }
  if (!best || !open || best.p <= 0 || open.voltage - lowV < 0.3 * open.voltage) return [];
  const power = best.p * si(columns[v].unit) * si(columns[i].unit) * 1000;
  const resistance = (best.voltage * si(columns[v].unit)) / (best.current * si(columns[i].unit));
  const inside = best.voltage > lowV + 0.05 * (open.voltage - lowV) && best.voltage < open.voltage;
  const side = (x) => (x > (xs[0] + xs[1]) / 2 ? 'left' : 'right');
  const at = (x, y, text, position) => ({ value: [x, y], text, label: { position, distance: 10 } });
  const [unitV, unitI] = [columns[v].unit, columns[i].unit];
  const list = [];
  if (id === 'iv') {
    if (inside) list.push(at(best.voltage, best.current, `MPP ${figure(power)} mW\n${figure(best.voltage)} ${unitV}, ${figure(best.current)} ${unitI}`, 'left'));
    if (Math.abs(open.current) < 0.03 * best.current) list.push(at(open.voltage, open.current, `Voc ${figure(open.voltage)} ${unitV}`, 'left'));
    if (short.voltage < 0.1 * open.voltage) list.push(at(short.voltage, short.current, `Isc ${figure(short.current)} ${unitI}`, 'bottom'));
  } else if (id === 'pv' && inside) {
    list.push(at(best.voltage, power, `MPP ${figure(power)} mW\nat ${figure(best.voltage)} ${unitV}`, side(best.voltage)));
  } else if (id === 'pr' && inside) {
    list.push(at(resistance, power, `MPP ${figure(power)} mW\nat ${ohms(resistance).join(' ')}`, 'right'));
  }
  return list;
}
