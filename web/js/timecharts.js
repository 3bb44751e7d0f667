// The stacked charts over time: one for each quantity, one time axis for all.
import { axisLook, extent, first, LEFT, make, plain, RIGHT } from './charts.js';
import { el } from './dom.js';
import { label, unitText } from './format.js';

const TOP = 10;
const BOTTOM = 8;
const BOTTOM_LAST = 30;

export class TimeCharts {
  // on.hover(time, x, y), on.leave(), on.zoom(from, to), on.reset() are told
  // what the pointer does. small charts take no pointer.
  constructor(node, on = null) {
    this.node = node;
    this.on = on;
    this.charts = [];
    this.window = [0, 1];
    this.resize = new ResizeObserver(() => this.charts.forEach((c) => c.chart.resize()));
    this.resize.observe(node);
    if (on) this.point();
  }

  dispose() {
    this.resize.disconnect();
    this.clear();
  }

  clear() {
    for (const c of this.charts) c.chart.dispose();
    this.charts = [];
    this.node.replaceChildren();
  }

  // options takes the "time" part of the server's chart options for a series
  // with these columns. Data comes with the next draw.
  options(time, columns) {
    if (this.charts.length !== time.length) {
      this.clear();
      this.charts = time.map((_, i) => {
        const box = el('div', { class: i === time.length - 1 ? 'chart last' : 'chart' });
        const canvas = el('div', { class: 'canvas' });
        const cursor = el('div', { class: 'cursor' });
        const band = el('div', { class: 'band' });
        const key = el('div', { class: 'key' });
        box.append(canvas, band, cursor, key);
        this.node.append(box);
        return { box, cursor, band, key, chart: make(canvas) };
      });
    }
    time.forEach((part, i) => this.apply(this.charts[i], part, columns, i === time.length - 1));
  }

  apply(c, part, columns, last) {
    const option = plain(part.option);
    const look = axisLook();
    c.columns = part.columns;
    c.series = (Array.isArray(option.series) ? option.series : [option.series ?? {}]);
    const lines = part.columns.map((column, k) => {
      const style = c.series[k] ?? c.series[0] ?? {};
      return {
        ...style, type: 'line', name: columns[column]?.name ?? '', data: [], showSymbol: false, symbol: 'none', connectNulls: false,
        silent: true, emphasis: { disabled: true }, lineStyle: { width: 1.5, ...style.lineStyle }, z: 3,
      };
    });
    // A second series for each column draws points that stand alone.
    const dots = lines.map((line) => ({
      type: 'scatter', data: [], symbolSize: 5, silent: true, z: 3,
      itemStyle: { color: line.lineStyle.color ?? line.itemStyle?.color }, name: line.name,
    }));
    c.colours = dots.map((d) => d.itemStyle.color);
    const y = first(option.yAxis);
    c.chart.setOption({
      ...option,
      grid: { left: LEFT, right: RIGHT, top: TOP, bottom: last ? BOTTOM_LAST : BOTTOM, containLabel: false },
      xAxis: {
        ...first(option.xAxis), ...look, name: '', type: 'time', axisPointer: { show: false },
        axisLabel: { ...look.axisLabel, show: last }, min: this.window[0], max: this.window[1],
      },
      yAxis: {
        ...y, ...look, type: 'value', scale: true, splitNumber: 3, nameLocation: 'middle', nameGap: 46, nameRotate: 90,
        axisPointer: { show: false },
      },
      series: [...lines, ...dots],
    }, true);
    c.key.replaceChildren(...(part.columns.length < 2 ? [] : part.columns.map((column, k) => {
      const mark = el('i');
      mark.style.setProperty('--tone', c.colours[k] ?? 'currentColor');
      mark.style.setProperty('--line', lines[k].lineStyle.type === 'solid' || !lines[k].lineStyle.type ? 'solid' : 'dashed');
      return el('span', {}, mark, label(columns[column]) === columns[column].name ? columns[column].name : `${label(columns[column])} ${columns[column].name}`);
    })));
    c.box.setAttribute('role', 'img');
    c.box.setAttribute('aria-label', `${part.columns.map((k) => label(columns[k])).join(', ')}${part.unit ? ` in ${unitText(part.unit)}` : ''} over time`);
  }

  // draw shows the table's rows between two times.
  draw(table, from, to) {
    this.window = [from, to];
    for (const c of this.charts) {
      const lines = c.columns.map((column) => table.line(column, from, to));
      const low = Math.min(...lines.map((l) => extent(l.points)?.[0] ?? Infinity));
      const high = Math.max(...lines.map((l) => extent(l.points)?.[1] ?? -Infinity));
      c.chart.setOption({
        xAxis: { min: from, max: to },
        yAxis: limits(low, high),
        series: [...lines.map((l) => ({ data: l.points })), ...lines.map((l) => ({ data: l.alone }))],
      }, { silent: true });
    }
  }

  // cursor shows a moment in all charts; null hides it.
  cursor(at) {
    const [from, to] = this.window;
    for (const c of this.charts) {
      const inside = at !== null && at >= from && at <= to;
      c.cursor.style.display = inside ? 'block' : 'none';
      if (inside) c.cursor.style.transform = `translateX(${this.x(at).toFixed(1)}px)`;
    }
  }

  get width() { return Math.max(1, this.node.clientWidth - LEFT - RIGHT); }

  x(at) {
    const [from, to] = this.window;
    return LEFT + ((at - from) / (to - from)) * this.width;
  }

  time(clientX) {
    const [from, to] = this.window;
    const x = clientX - this.node.getBoundingClientRect().left - this.node.clientLeft - LEFT;
    return from + (Math.max(0, Math.min(this.width, x)) / this.width) * (to - from);
  }

  // point listens to the pointer: it hovers, a mouse drags to zoom, a double
  // click goes back. The wheel is the page's.
  point() {
    let from = null;
    const band = (a, b) => {
      for (const c of this.charts) {
        c.band.style.display = a === null ? 'none' : 'block';
        if (a === null) continue;
        const [x1, x2] = [this.x(Math.min(a, b)), this.x(Math.max(a, b))];
        c.band.style.transform = `translateX(${x1}px)`;
        c.band.style.width = `${x2 - x1}px`;
      }
    };
    this.node.addEventListener('pointerdown', (e) => {
      if (e.button !== 0 || e.pointerType === 'touch' || !e.target.closest('.chart')) return;
      e.preventDefault(); // no text selection
      from = { at: this.time(e.clientX), x: e.clientX };
      this.node.setPointerCapture(e.pointerId);
    });
    this.node.addEventListener('pointermove', (e) => {
      const at = this.time(e.clientX);
      if (from && Math.abs(e.clientX - from.x) > 4) band(from.at, at);
      this.on.hover(at, e.clientX, e.clientY);
    });
    const end = (e) => {
      if (!from) return;
      const [start, x] = [from.at, from.x];
      from = null;
      band(null);
      if (e.type === 'pointerup' && Math.abs(e.clientX - x) > 6) {
        const at = this.time(e.clientX);
        this.on.zoom(Math.min(start, at), Math.max(start, at));
      }
    };
    this.node.addEventListener('pointerup', end);
    this.node.addEventListener('pointercancel', end);
    this.node.addEventListener('pointerleave', () => { if (!from) this.on.leave(); });
    this.node.addEventListener('dblclick', () => this.on.reset());
  }
}

// limits keeps the axis honest: zero belongs to it when the values come near,
// and the least steps of a sensor do not fill the chart.
function limits(low, high) {
  if (!(low <= high)) return { min: 0, max: 1 };
  const least = Math.max(Math.abs(high), Math.abs(low)) * 0.01 || 1;
  if (low >= 0 && low < high * 0.5) return { min: 0, max: null };
  if (high - low >= least) return { min: null, max: null };
  const middle = (low + high) / 2;
  const step = 10 ** Math.floor(Math.log10(least));
  return { min: Math.floor((middle - least / 2) / step) * step, max: Math.ceil((middle + least / 2) / step) * step };
}
