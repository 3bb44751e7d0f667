// The readings part of the live page: newest values, charts over time, X-Y
// views, the other series, and the choices above them.
import { now, url } from './api.js';
import { chartOptions } from './charts.js';
import { $, el, setText } from './dom.js';
import { age, rank } from './format.js';
import { Loader } from './loader.js';
import { Others } from './others.js';
import { Table } from './table.js';
import { TimeCharts } from './timecharts.js';
import { Tip } from './tip.js';
import { Values } from './values.js';
import { View } from './view.js';
import { XYChart } from './xychart.js';

const POINTS = 2000;
const FEW = 400;

export class Plots {
  constructor(session, path, { may, pick, failed }) {
    this.session = session;
    this.path = path;
    this.failed = failed;
    this.may = may; // tells whether the visitor may change things
    this.sets = []; // as .../series says
    this.tables = new Map();
    this.set = null; // the chosen one
    this.paused = false;
    this.away = false; // another part of the page is to be seen
    this.grab = null; // (from, to) takes a drag over the charts in place of zooming
    this.lost = false;
    this.choice = new View();
    this.loader = new Loader(path);
    this.values = new Values($('#values'), pick);
    this.tip = new Tip();
    this.time = new TimeCharts($('#time'), {
      hover: (at, x, y) => this.hover(this.table?.nearest(at), x, y),
      leave: () => this.hover(null),
      zoom: (from, to) => (this.grab ? this.grab(from, to) : this.zoom([from, to])),
      reset: () => this.grab || this.zoom(null),
    });
    this.xy = new XYChart($('#xy-chart'), {
      hover: (row, x, y) => this.hover(row, x, y),
      leave: () => this.hover(null),
    });
    this.others = new Others($('#others'), session, (name) => this.choose(name));
    this.controls();
  }

  get empty() { return !this.sets.some((s) => s.rows > 0 || this.tables.get(s.name)?.rows.length); }

  get series() { return this.set?.name; }

  get table() { return this.set && this.tables.get(this.set.name); }

  // leave tells that another part of the page is to be seen, or this one again.
  leave(yes) {
    this.away = yes;
    if (!yes) this.fresh();
  }

  // forget drops all rows: they will be loaded anew.
  forget() {
    for (const t of this.tables.values()) t.clear();
  }

  controls() {
    const pressed = (group, key, value) => {
      for (const b of group.querySelectorAll('button')) b.setAttribute('aria-pressed', String(b.dataset[key] === value));
    };
    const ranges = $('#ranges');
    const clock = $('#clock');
    pressed(ranges, 'range', this.choice.range);
    pressed(clock, 'clock', this.choice.clock);
    ranges.addEventListener('click', (e) => {
      if (!e.target.dataset.range) return;
      this.choice.range = e.target.dataset.range;
      this.choice.zoom = null;
      pressed(ranges, 'range', this.choice.range);
      this.again();
    });
    clock.addEventListener('click', (e) => {
      if (!e.target.dataset.clock) return;
      this.choice.clock = e.target.dataset.clock;
      this.choice.zoom = null;
      pressed(clock, 'clock', this.choice.clock);
      this.forget();
      this.again();
    });
    $('#csv').addEventListener('click', () => this.links()); // the range has moved on
    $('#unzoom').addEventListener('click', () => this.zoom(null));
    $('#series').addEventListener('change', (e) => this.choose(e.target.value));
  }

  // again loads the chosen range anew and notes the choice in the address.
  again() {
    this.choice.keep();
    this.links();
    return this.load().catch((e) => this.failed(e));
  }

  zoom(window) {
    if (!window && !this.choice.zoom) return;
    this.choice.zoom = window;
    $('#unzoom').hidden = !window;
    this.toolbar();
    this.fresh();
    this.again();
  }

  // update takes the list of series, new or with other columns or units.
  update(sets) {
    this.sets = sets;
    const fresh = [];
    for (const s of sets) {
      let table = this.tables.get(s.name);
      const shape = JSON.stringify(s.columns);
      if (!table) this.tables.set(s.name, table = new Table(s.name));
      if (table.shape !== undefined && table.shape !== shape) fresh.push(s.name);
      table.shape = shape;
      table.columns = s.columns;
    }
    for (const name of this.tables.keys()) if (!sets.some((s) => s.name === name)) this.tables.delete(name);
    const before = this.set;
    this.set = sets.find((s) => s.name === (before?.name ?? this.choice.series)) ?? best(sets);
    this.list();
    if (!this.set) return;
    if (before?.name !== this.set.name || JSON.stringify(before.columns) !== JSON.stringify(this.set.columns)) this.dress();
    // Rows in old units, or with fewer columns, are taken anew.
    for (const name of fresh) {
      const table = this.tables.get(name);
      const seen = table.rows;
      table.clear();
      this.fetch(name).catch((e) => { table.rows = seen; this.failed(e); });
    }
  }

  choose(name) {
    this.set = this.sets.find((s) => s.name === name) ?? this.set;
    this.choice.series = this.set.name;
    this.choice.chosen = true;
    this.choice.zoom = null;
    this.list();
    this.dress();
    this.again();
    $('#live').scrollIntoView({ block: 'nearest' });
  }

  // list writes the series' names and the small charts.
  list() {
    const select = $('#series');
    const names = this.sets.map((s) => s.name);
    if (select.dataset.names !== JSON.stringify(names)) {
      select.dataset.names = JSON.stringify(names);
      select.replaceChildren(...names.map((n) => el('option', { value: n, text: n })));
    }
    if (this.set) select.value = this.set.name;
    this.others.show(this.sets.filter((s) => s !== this.set));
    this.toolbar();
    this.links();
  }

  toolbar() {
    $('#series-label').hidden = this.sets.length < 2;
    $('#clock').hidden = !this.table?.device;
    $('#unzoom').hidden = !this.choice.zoom;
    $('#mark').hidden = !this.may();
    $('#chooser').hidden = [...$('#chooser').children].every((c) => c.hidden);
  }

  links() {
    if (!this.set) return;
    const [from, to] = this.choice.asked(this.choice.end(this.table));
    $('#csv').href = url(`${this.path}/rows.csv`, { series: this.set.name, from, to, clock: this.choice.clock === 'device' ? 'device' : '' });
  }

  // dress builds tiles and charts for the chosen series' columns.
  async dress() {
    const set = this.set;
    const asked = this.dressing = {}; // only the newest dressing counts
    this.values.columns(set.columns);
    this.tip.columns(set.columns);
    this.hover(null);
    try {
      const options = await chartOptions(this.session, set.name);
      if (this.dressing !== asked) return;
      this.views = options.xy ?? [];
      this.time.options(options.time.sort((a, b) => rank(set.columns[a.columns[0]]) - rank(set.columns[b.columns[0]])), set.columns);
    } catch (e) {
      this.failed(e);
      return;
    }
    $('#plots').classList.toggle('single', this.views.length === 0);
    $('#xy').hidden = this.views.length === 0;
    $('#views').replaceChildren(...this.views.map((v, i) => el('button', {
      type: 'button', text: v.title, title: `Key ${i + 1}`, 'data-view': v.id, 'aria-pressed': 'false', onclick: () => this.view(i + 1),
    })));
    if (this.views.length) this.view(Math.max(0, this.views.findIndex((v) => v.id === this.choice.xy)) + 1, false);
    this.fresh();
  }

  // view chooses the nth X-Y view.
  view(n, keep = true) {
    const view = this.views?.[n - 1];
    if (!view) return;
    if (keep) {
      this.choice.xy = view.id;
      this.choice.keep();
    }
    for (const b of $('#views').children) b.setAttribute('aria-pressed', String(b.dataset.view === view.id));
    this.xy.options(view, this.set.columns);
    this.drawXY();
  }

  theme() {
    if (!this.set) return;
    this.dress();
    this.others.again();
  }

  pause(yes) {
    this.paused = yes;
    this.frozen = yes ? this.window : null;
    if (!yes) this.fresh();
  }

  // load fetches the rows of all series, the chosen one first.
  async load() {
    if (!this.set) return;
    await this.fetch(this.set.name);
    for (const s of this.sets) if (s !== this.set) this.fetch(s.name).catch(() => {});
  }

  async fetch(name) {
    const table = this.tables.get(name);
    const last = this.sets.find((s) => s.name === name)?.last;
    if (!await this.loader.load(table, this.choice, name === this.series ? POINTS : FEW, last)) return;
    // Nobody waits for the choice of clocks.
    if (name === this.series) this.loader.clocks(table, this.choice.clock).then((both) => { if (both) this.toolbar(); }, (e) => this.failed(e));
    this.fresh();
  }

  // append takes rows of the stream.
  append(parts) {
    for (const part of parts) {
      const table = this.tables.get(part.name);
      if (!table) continue;
      if (!table.append(part, this.choice.clock === 'device')) continue;
      if (part.device && !table.device) {
        table.device = true;
        this.toolbar();
      }
      if (this.choice.zoom || this.paused) continue;
      if (this.choice.range !== 'all') table.trim(this.choice.end(table) - this.choice.span * 1.02);
      if (table.full || (this.choice.span > 300e3 && table.added > 4000)) {
        table.added = 0;
        this.fetch(part.name).catch((e) => this.failed(e));
      }
    }
    this.touch();
  }

  // touch asks for a drawing: at most every 100 ms, less often where drawing
  // is slow or a pixel is long.
  touch() {
    if (this.waiting || this.paused) return;
    this.waiting = true;
    const since = performance.now() - (this.drawn ?? -1e9);
    const pause = Math.max(100, 3 * (this.cost ?? 0));
    setTimeout(() => requestAnimationFrame(() => {
      this.waiting = false;
      if (!this.paused) this.draw();
    }), Math.max(0, pause - since));
  }

  // fresh draws all of it now: a choice was made, or rows were loaded.
  fresh() {
    this.chartsAt = this.xyAt = this.othersAt = undefined;
    this.draw();
  }

  draw() {
    const table = this.table;
    if (!table || this.away || $('#live').hidden) return;
    const start = performance.now();
    if (!this.paused) this.values.draw(table);
    this.stale(table);
    // Over hours a pixel is long: drawing more often would change nothing.
    if (start - (this.chartsAt ?? -1e9) >= Math.min(1000, this.choice.zoom || this.choice.span > 300e3 ? this.pixel() : 0)) {
      this.chartsAt = start;
      this.window = this.shown(table);
      this.time.draw(table, ...this.window);
      this.nothing(table);
      if (this.at) this.hover(this.at, ...this.where);
      // What the charts show, for whoever measures or tests the page.
      document.documentElement.dataset.rows = table.rows.length;
      document.documentElement.dataset.lastSeq = table.last;
    }
    if (start - (this.xyAt ?? -1e9) > Math.max(250, 6 * (this.xyCost ?? 0))) this.drawXY();
    if (start - (this.othersAt ?? -1e9) > 500) {
      this.othersAt = start;
      this.others.draw(this.tables, (t) => this.shown(t));
    }
    this.drawn = performance.now();
    this.cost = this.drawn - start;
  }

  // shown is the time that the charts show: while paused it stands still.
  shown(table) { return (!this.choice.zoom && this.paused && this.frozen) || this.choice.window(table); }

  // pixel is how long a pixel's time is, in ms.
  pixel() {
    const [from, to] = this.choice.window(this.table);
    return (to - from) / this.time.width / 2;
  }

  drawXY() {
    if (!this.views?.length || !this.table) return;
    const start = performance.now();
    this.xyAt = start;
    this.xy.draw(this.table, ...this.shown(this.table));
    this.xy.mark(this.at);
    this.xyCost = performance.now() - start;
  }

  // stale greys the numbers when they are no longer what the sensor sees.
  stale(table) {
    const usual = Number.isFinite(table.usual) ? table.usual : 0;
    this.values.stale(this.lost || !table.arrived || now() - table.arrived > Math.max(5000, 3 * usual));
  }

  // nothing says why the charts are empty, with a way out.
  nothing(table) {
    const [from, to] = this.window;
    const some = table.rows.some((r) => r[1] >= from && r[1] <= to);
    this.none ??= el('div', { class: 'empty' }, el('p', {}, el('span'), ' ', el('button', { type: 'button', text: 'Show all', onclick: () => $('[data-range="all"]').click() })));
    $('#time').classList.toggle('none', !some);
    if (some || !table.newest) {
      this.none.remove();
      return;
    }
    if (!this.none.isConnected) $('#time').append(this.none);
    const span = this.choice.zoom ? 'this stretch' : `the last ${{ '5m': '5 minutes', '1h': 'hour', '1d': 'day' }[this.choice.range]}`;
    setText($('span', this.none), `Nothing in ${span}. The last reading is ${age(now() - table.arrived)} old.`);
  }

  // hover shows a row in all charts and its numbers beside the pointer.
  hover(row, x, y) {
    this.at = row ?? null;
    this.where = [x, y];
    this.time.cursor(row ? row[1] : null);
    this.xy.mark(row ?? null);
    this.tip.show(row, x, y);
  }
}

// best is the series to show first: voltage and current, then the newest.
function best(sets) {
  const score = (s) => ['voltage', 'current'].filter((q) => s.columns.some((c) => c.quantity === q)).length;
  return [...sets].sort((a, b) => score(b) - score(a) || ((b.last ?? '') > (a.last ?? '') ? 1 : -1))[0] ?? null;
}
