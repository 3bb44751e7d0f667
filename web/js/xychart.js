// X-Y views of the same rows: I-V, P-V, P-R, with what a solar cell's curve
// is read for: MPP, Voc, Isc.
import { axisLook, extent, first, FIXED, limits, make, plain, tick } from './charts.js';
import { el } from './dom.js';
import { colour, figure, ohms, si } from './format.js';

const GRID = { left: 58, right: 20, top: 26, bottom: 44 };

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
    new ResizeObserver(() => { if (node.clientWidth) this.chart.resize(); }).observe(node);
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
    // "iv2" is of the second voltage and the second current.
    const pair = Number(view.id.slice(2) || 1) - 1;
    const having = (q) => columns.flatMap((c, k) => (c.quantity === q ? [k] : []))[pair];
    [this.v, this.i] = [having('voltage'), having('current')];
    if (this.i === undefined) this.v = undefined;
    const option = plain(view.option);
    const series = first(option.series);
    const look = axisLook();
    look.axisLabel.formatter = tick;
    const tone = series.itemStyle?.color ?? colour('other');
    this.base = {
      x: { ...first(option.xAxis), ...look, nameLocation: 'middle', nameGap: 26, scale: true, axisPointer: { show: false } },
      y: { ...first(option.yAxis), ...look, nameLocation: 'middle', nameGap: 40, scale: true, axisPointer: { show: false } },
    };
    this.chart.setOption({
      ...option,
      grid: { ...GRID, ...FIXED },
      xAxis: { ...this.base.x, type: 'value' },
      yAxis: { ...this.base.y, type: 'value' },
      series: [
        { ...series, type: 'scatter', name: '', data: [], symbolSize: 3, silent: true, emphasis: { disabled: true }, itemStyle: { ...series.itemStyle, color: tone, opacity: 0.3 }, large: true, largeThreshold: 200 },
        { ...series, type: 'scatter', name: '', data: [], symbolSize: 5, silent: true, emphasis: { disabled: true }, itemStyle: { ...series.itemStyle, color: tone, opacity: 0.9 }, large: true, largeThreshold: 200 },
        { type: 'scatter', name: '', data: [], symbol: 'circle', symbolSize: 10, silent: true, z: 5, itemStyle: { color: tone, borderColor: colour('ink'), borderWidth: 2 } },
        { type: 'scatter', name: '', data: [], symbol: 'diamond', symbolSize: 11, silent: true, z: 6, itemStyle: { color: colour('ink') }, label: { show: true, color: colour('ink'), fontSize: 12, lineHeight: 16, textBorderColor: colour('panel'), textBorderWidth: 3, formatter: (p) => p.data.text } },
      ],
    }, true);
  }

  // draw shows the rows between two times: the newest sweep full, what was
  // before it faint, as on a screen that glows on.
  draw(table, from, to) {
    if (!this.view) return;
    const rows = table.rows.filter((row) => row[1] >= from && row[1] <= to);
    const newest = this.v === undefined ? null : sweep(rows, this.v);
    const [old, fresh] = [[], []];
    this.points = [];
    rows.forEach((row, n) => {
      const [x, y] = [this.x(row), this.y(row)];
      if (x === null || y === null) return;
      this.points.push([x, y, row]);
      (newest && n < newest[0] ? old : fresh).push([x, y]);
    });
    const xs = extent(this.points, 0);
    // Resistance runs from short circuit to open circuit.
    const log = this.view.x.computed === 'resistance' && xs && xs[0] > 0 && xs[1] / xs[0] > 50;
    this.note.hidden = this.points.length > 0;
    this.canvas.classList.toggle('none', !this.points.length);
    this.note.textContent = rows.length ? 'No row has both quantities.' : 'Nothing in this stretch of time.';
    this.chart.setOption({
      xAxis: log ? { ...this.base.x, type: 'log', min: null, max: null, interval: null } : { ...this.base.x, type: 'value', ...limits(xs) },
      yAxis: limits(extent(this.points)),
      series: [
        { data: old }, { data: fresh }, { data: this.points.slice(-1).map(([x, y]) => [x, y]) },
        { data: newest ? marks(this.view, rows.slice(newest[0], newest[1] + 1), this.v, this.i, this.columns, xs, log) : [] },
      ],
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

// sweep finds the newest stretch of rows in which the voltage went from one
// end of its range to the other: [first, last] indexes of rows. null when it
// never did: a board at rest is no curve.
export function sweep(rows, v) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of rows) {
    const voltage = row[v + 2];
    if (voltage === null || voltage === undefined) continue;
    low = Math.min(low, voltage);
    high = Math.max(high, voltage);
  }
  if (!(high - low > 0.3 * Math.abs(high))) return null;
  const end = (row) => {
    const voltage = row[v + 2];
    if (voltage === null || voltage === undefined) return 0;
    return voltage <= low + 0.08 * (high - low) ? -1 : voltage >= high - 0.08 * (high - low) ? 1 : 0;
  };
  let last = rows.length - 1;
  while (last >= 0 && end(rows[last]) === 0) last--;
  let first = last;
  let between = 0;
  for (; first >= 0; first--) {
    const side = end(rows[first]);
    if (side === 0) between++;
    if (side === end(rows[last])) { between = 0; continue; }
    if (side === 0) continue;
    if (between >= 4) break;
    last = first; // the load jumped back to the start: no sweep
    between = 0;
  }
  if (first < 0) return null;
  // The start lies at the far end of that side.
  const side = end(rows[first]);
  while (first > 0 && end(rows[first - 1]) === side) first--;
  return [first, last];
}

// beyond puts a label beside a peak, above the line, where there is room.
const beyond = (fraction) => (fraction > 0.5 ? { position: 'left', offset: [-4, -12] } : { position: 'right', offset: [4, -12] });

// crossing is the voltage between the two rows where the current changes its
// sign; null for none.
function crossing(rows, v, i) {
  let last = null;
  for (const row of rows) {
    const [voltage, current] = [row[v + 2], row[i + 2]];
    if (voltage === null || current === null || voltage === undefined || current === undefined) continue;
    if (last && (last[1] > 0) !== (current > 0)) return last[0] + ((voltage - last[0]) * last[1]) / (last[1] - current);
    last = [voltage, current];
  }
  return null;
}

// marks are MPP, Voc and Isc of a sweep with their figures, each only where
// the rows reach it.
function marks(view, rows, v, i, columns, xs, log) {
  let best = null;
  let open = null;
  let short = null;
  for (const row of rows) {
    const [voltage, current] = [row[v + 2], row[i + 2]];
    if (voltage === null || current === null || voltage === undefined || current === undefined) continue;
    const point = { voltage, current, p: voltage * current };
    if (!best || point.p > best.p) best = point;
    if (!open || current < open.current) open = point;
    if (!short || voltage < short.voltage) short = point;
  }
  if (!best || best.p <= 0) return [];
  const [volts, amperes] = [si(columns[v].unit), si(columns[i].unit)];
  const power = best.p * volts * amperes * 1000;
  // A maximum has measured points close by on both sides.
  const close = 0.12 * (open.voltage - short.voltage);
  const beside = (low, high) => rows.some((row) => row[v + 2] > low && row[v + 2] < high);
  const inside = beside(best.voltage - close, best.voltage) && beside(best.voltage, best.voltage + close);
  const at = (x, y, text, label) => ({ value: [x, y], text, label });
  const [unitV, unitI] = [columns[v].unit, columns[i].unit];
  const list = [];
  // A cell gives power up to a voltage beyond which the current falls: a diode
  // in the dark, or a resistor, has nothing to mark.
  const cell = open.voltage > best.voltage;
  const zero = open.current < 0 ? crossing(rows, v, i) : Math.abs(open.current) < 0.05 * best.current ? open.voltage : null;
  const kind = view.id.slice(0, 2);
  if (kind === 'iv') {
    if (inside) list.push(at(best.voltage, best.current, `MPP ${figure(power)} mW\n${figure(best.voltage)} ${unitV}, ${figure(best.current)} ${unitI}`, { position: 'left', offset: [0, 26], align: 'right' }));
    if (cell && zero !== null) list.push(at(zero, Math.max(0, open.current), `Voc ${figure(zero)} ${unitV}`, { position: 'left', distance: 8, offset: [0, -8] }));
    if (cell && short.voltage < 0.1 * open.voltage) list.push(at(short.voltage, short.current, `Isc ${figure(short.current)} ${unitI}`, { position: 'right', offset: [0, 18] }));
  } else if (kind === 'pv' && inside) {
    list.push(at(best.voltage, power, `MPP ${figure(power)} mW at ${figure(best.voltage)} ${unitV}`, beyond((best.voltage - xs[0]) / (xs[1] - xs[0]))));
  } else if (kind === 'pr' && inside) {
    const load = (best.voltage * volts) / (best.current * amperes);
    const [low, high, x] = log ? [xs[0], xs[1], load].map(Math.log) : [xs[0], xs[1], load];
    list.push(at(load, power, `MPP ${figure(power)} mW at ${ohms(load).join(' ')}`, beyond((x - low) / (high - low))));
  }
  return list;
}
