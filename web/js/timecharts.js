// The stacked charts over time: one for each quantity, one time axis for all.
import { axisLook, extent, first, FIXED, LEFT, limits, make, plain, RIGHT, thin, tick } from './charts.js';
import { el, setText } from './dom.js';
import { decimals, label, number, unitText } from './format.js';

const TOP = 16;
const BOTTOM = 8;
const BOTTOM_LAST = 30;
const SMALL = { left: 52, right: 30, top: 32 };

export class TimeCharts {
  // on.hover(time, x, y), on.leave(), on.zoom(from, to), on.reset() are told
  // what the pointer does. Without on the charts are small: they take no
  // pointer, and say their newest value in place of an axis title.
  constructor(node, on = null) {
    this.node = node;
    this.on = on;
    this.left = on ? LEFT : SMALL.left;
    this.right = on ? RIGHT : SMALL.right;
    this.charts = [];
    this.window = [0, 1];
    this.resize = new ResizeObserver(() => { if (node.clientWidth) this.charts.forEach((c) => c.chart.resize()); });
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
        silent: true, emphasis: { disabled: true }, z: 3,
        // Alone in its chart a line is solid: dashes would look like gaps.
        lineStyle: { width: 1.5, ...style.lineStyle, ...(part.columns.length === 1 && { type: 'solid' }) },
      };
    });
    // A second series for each column draws the newest point, and points that
    // stand alone, with the quantity's own mark.
    const dots = lines.map((line, k) => ({
      type: 'scatter', data: [], symbol: (c.series[k] ?? c.series[0] ?? {}).symbol ?? 'circle', symbolSize: 6, silent: true, z: 3,
      itemStyle: { color: line.lineStyle.color ?? line.itemStyle?.color }, name: line.name,
    }));
    c.colours = dots.map((d) => d.itemStyle.color);
    const y = first(option.yAxis);
    c.chart.setOption({
      ...option,
      grid: { left: this.left, right: this.right, top: this.on ? TOP : SMALL.top, bottom: last ? BOTTOM_LAST : BOTTOM, ...FIXED },
      xAxis: {
        ...first(option.xAxis), ...look, name: '', type: 'time', axisPointer: { show: false },
        axisLabel: { ...look.axisLabel, show: last }, min: this.window[0], max: this.window[1],
      },
      yAxis: {
        ...y, ...look, name: this.on ? y.name : '', type: 'value', scale: true, splitNumber: this.on ? 3 : 2, nameLocation: 'middle', nameGap: 46, nameRotate: 90,
        axisPointer: { show: false }, axisLabel: { ...look.axisLabel, formatter: tick },
      },
      series: [...lines, ...dots],
    }, true);
    const several = part.columns.length > 1;
    c.values = [];
    c.key.replaceChildren(...(this.on && !several ? [] : part.columns.map((column, k) => {
      const mark = several && el('i');
      if (mark) {
        mark.style.setProperty('--tone', c.colours[k] ?? 'currentColor');
        mark.style.setProperty('--line', ['dashed', 'dotted'].includes(lines[k].lineStyle.type) ? lines[k].lineStyle.type : 'solid');
      }
      const value = !this.on && el('span', { class: 'now' });
      if (value) c.values.push({ value, column: columns[column], index: column });
      return el('span', {}, mark, several ? columns[column].name : label(columns[column]), value && ' ', value);
    })));
    c.box.setAttribute('role', 'img');
    c.box.setAttribute('aria-label', `${part.columns.map((k) => label(columns[k])).join(', ')}${part.unit ? ` in ${unitText(part.unit)}` : ''} over time`);
  }

  // draw shows the table's rows between two times.
  draw(table, from, to) {
    this.window = [from, to];
    for (const c of this.charts) {
      for (const { value, column, index } of c.values) {
        setText(value, `${number(table.latest(index), decimals(column, table.recent(index)))} ${unitText(column.unit)}`);
      }
      const lines = c.columns.map((column) => table.line(column, from, to));
      c.chart.setOption({
        xAxis: { min: from, max: to },
        yAxis: limits(extent(lines.flatMap((l) => extent(l.points) ?? []).map((v) => [0, v]))),
        series: [...lines.map((l) => ({ data: thin(l.points, from, to, this.width) })), ...lines.map((l) => ({ data: [...l.alone, ...l.points.slice(-1)] }))],
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

  // mark keeps a stretch of time in colour; null takes that away.
  mark(from, to) {
    this.marked = from === null ? null : [from, to];
    this.band(from, to);
  }

  band(from, to) { // in all charts, none for null
    for (const c of this.charts) {
      c.band.style.display = from === null ? 'none' : 'block';
      if (from === null) continue;
      const [x1, x2] = [this.x(Math.min(from, to)), this.x(Math.max(from, to))];
      c.band.style.transform = `translateX(${x1}px)`;
      c.band.style.width = `${Math.max(2, x2 - x1)}px`;
    }
  }

  get width() { return Math.max(1, this.node.clientWidth - this.left - this.right); }

  x(at) {
    const [from, to] = this.window;
    return this.left + ((at - from) / (to - from)) * this.width;
  }

  time(clientX) {
    const [from, to] = this.window;
    const x = clientX - this.node.getBoundingClientRect().left - this.node.clientLeft - this.left;
    return from + (Math.max(0, Math.min(this.width, x)) / this.width) * (to - from);
  }

  // point listens to the pointer: it hovers, a mouse drags to zoom, a double
  // click goes back. The wheel is the page's.
  point() {
    let from = null;
    this.node.addEventListener('pointerdown', (e) => {
      if (e.button !== 0 || e.pointerType === 'touch' || !e.target.closest('.chart')) return;
      e.preventDefault(); // no text selection
      from = { at: this.time(e.clientX), x: e.clientX };
      this.node.setPointerCapture(e.pointerId);
    });
    this.node.addEventListener('pointermove', (e) => {
      const at = this.time(e.clientX);
      if (from && Math.abs(e.clientX - from.x) > 4) this.band(from.at, at);
      this.on.hover(at, e.clientX, e.clientY);
    });
    const end = (e) => {
      if (!from) return;
      const [start, x] = [from.at, from.x];
      from = null;
      this.band(...(this.marked ?? [null]));
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
