// A plot, large: as the picture that was drawn, and as a chart to look into.
import { get, url } from './api.js';
import { axisLook, first, FIXED, make, tick } from './charts.js';
import { el, sentence } from './dom.js';
import { colour } from './format.js';
import { plotPath } from './gallery.js';

export class PlotView {
  // remove(plot) is called when somebody deletes it here.
  constructor(dialog, bench, remove) {
    this.dialog = dialog;
    this.bench = bench;
    this.remove = remove;
    this.way = 'picture';
    new ResizeObserver(() => { if (dialog.open && this.box?.clientWidth) this.chart?.resize(); }).observe(dialog);
    dialog.addEventListener('close', () => { if (!dialog.open) this.clear(); }); // it comes late: another plot may be open
    dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
    document.addEventListener('theme', () => { if (dialog.open && this.way === 'chart') this.show(); });
  }

  open(plot) {
    this.clear();
    this.way = plot.kind === 'chart' ? 'chart' : 'picture';
    this.plot = plot;
    const way = (name, text) => el('button', { type: 'button', 'data-way': name, text, onclick: () => { this.way = name; this.show(); } });
    this.ways = el('div', { class: 'segments', role: 'group', 'aria-label': 'Show as' }, way('picture', 'Picture'), way('chart', 'Chart'));
    this.box = el('div', { class: 'stage' });
    this.links = el('p', { class: 'downloads' });
    this.dialog.replaceChildren(
      el('header', {}, el('h2', { id: 'plot-title', text: plot.file }), this.ways,
        el('button', { type: 'button', class: 'icon', text: '×', 'aria-label': 'Close', onclick: () => this.close() })),
      this.box,
      ...(plot.message ? [sentence(el('p', { class: 'caption' }), plot.message)] : []),
      this.links);
    this.dialog.showModal();
    this.show();
    [...this.ways.children].find((b) => b.dataset.way === this.way).focus();
  }

  close() { if (this.dialog.open) this.dialog.close(); }

  clear() {
    this.chart?.dispose();
    this.chart = null;
    this.plot = null;
  }

  // news closes the view when its plot is gone, and draws it anew when it was
  // replaced or goes on.
  news(plots) {
    if (!this.plot || !this.dialog.open) return;
    const now = plots.find((p) => p.file === this.plot.file);
    if (!now) { this.close(); return; }
    if (now.id === this.plot.id) return;
    this.plot = now;
    this.show();
  }

  // rows draws a chart that goes on anew.
  rows(names) {
    if (this.plot && !this.plot.last && names.includes(this.plot.series)) this.show();
  }

  async show() {
    const { plot } = this;
    for (const b of this.ways.children) b.setAttribute('aria-pressed', String(b.dataset.way === this.way));
    this.links.replaceChildren(...this.bench.parts.plots.downloads(plot, plotPath(this.bench, plot)),
      this.bench.may() ? el('button', { type: 'button', class: 'link danger', text: 'Delete', onclick: () => this.remove(plot) }) : '');
    if (this.way === 'picture') this.picture(plot);
    else await this.chartOf(plot);
  }

  picture(plot) {
    this.chart?.dispose();
    this.chart = null;
    const path = plotPath(this.bench, plot);
    const image = el('img', { src: url(path, { format: 'svg', v: plot.id, to: plot.last || Date.now() }), alt: `${plot.file}: plot of ${plot.series}` });
    image.addEventListener('error', () => this.why(url(path, { format: 'svg' }), image));
    this.box.replaceChildren(image);
  }

  // why writes the server's sentence in place of a picture that did not come.
  async why(address, image) {
    const answer = await fetch(address, { headers: { 'X-Requested-With': 'labbroker' } }).then((a) => a.json()).catch(() => null);
    if (image.isConnected) this.box.replaceChildren(sentence(el('p', { class: 'none' }), answer?.error ?? 'This picture cannot be drawn now.'));
  }

  // whole takes zooming back.
  whole() {
    for (const dataZoomIndex of [0, 1]) this.chart?.dispatchAction({ type: 'dataZoom', dataZoomIndex, start: 0, end: 100 });
  }

  async chartOf(plot) {
    const dark = document.documentElement.dataset.theme === 'dark' ? '1' : '';
    let answer;
    try {
      answer = await get(plotPath(this.bench, plot), { chart: 1, dark });
    } catch (e) {
      if (this.plot === plot) this.box.replaceChildren(sentence(el('p', { class: 'none' }), e.message));
      return;
    }
    if (this.plot !== plot || this.way !== 'chart') return;
    if (!this.chart) {
      const canvas = el('div', { class: 'canvas', role: 'img', 'aria-label': `${plot.file} as a chart` });
      this.box.replaceChildren(canvas);
      this.chart = make(canvas);
      this.drawn = '';
      canvas.addEventListener('dblclick', () => this.whole());
    }
    // A chart that grows keeps its zoom.
    this.chart.setOption(dressed(answer, this.box.clientWidth), this.drawn !== plot.id + dark);
    this.drawn = plot.id + dark;
  }
}

// dressed gives the server's option the look of the page's other charts, and
// what one looks into a chart with: numbers at the pointer, zooming.
function dressed({ title, option, rows, hist }, width) {
  const series = (option.series ?? []).map((s, k) => ({ ...s, animation: false, data: hist ? rows.map((r) => r[k + 1]) : rows.map((r) => [r[0], r[k + 1]]) }));
  const look = axisLook();
  const axis = (a, more) => {
    const given = first(a);
    return { ...given, ...look, splitLine: { ...look.splitLine, show: given.splitLine?.show ?? true }, axisLabel: { ...look.axisLabel, formatter: given.type === 'category' ? undefined : tick }, nameLocation: 'middle', ...more };
  };
  const legend = first(option.legend);
  const length = series.reduce((n, x) => n + 50 + 7 * (x.name?.length ?? 0), 0); // of the legend, about, in px
  const above = (title ? 28 : 8) + (legend.show ? 20 * Math.ceil(length / (width - 20)) + 4 : 0);
  return {
    ...option, series, animation: false, backgroundColor: 'transparent',
    title: title ? { text: title, left: 'center', top: 4, textStyle: { color: colour('ink'), fontSize: 15, fontWeight: 600 } } : undefined,
    legend: { ...legend, top: title ? 28 : 4, textStyle: { color: colour('grey') } },
    grid: { left: 66, right: 24, top: above + 8, bottom: 48, ...FIXED },
    xAxis: axis(option.xAxis, { nameGap: 28 }),
    yAxis: axis(option.yAxis, { nameGap: 46, nameRotate: 90 }),
    dataZoom: ['xAxisIndex', 'yAxisIndex'].slice(0, hist ? 1 : 2).map((which) => ({ type: 'inside', [which]: 0, filterMode: 'none' })),
    tooltip: { ...first(option.tooltip), show: true, renderMode: 'richText', backgroundColor: colour('panel'), borderColor: colour('grey'), textStyle: { color: colour('ink'), fontSize: 13 } },
  };
}
