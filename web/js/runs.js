// Runs: the list, and the chart that lays any of them over each other.
import { get, keyed } from './api.js';
import { choices, usual } from './axes.js';
import { $, el, place, setText } from './dom.js';
import { OverlayChart, style } from './overlaychart.js';
import { paced } from './paced.js';
import { PointTip } from './pointtip.js';
import { RunData } from './rundata.js';
import { RunItem } from './runitem.js';

const SHOWN = 50;
const MOST = 24; // runs in one chart

export class Runs {
  constructor(node, bench) {
    this.node = node;
    this.bench = bench;
    this.data = new RunData(bench.name);
    this.items = new Map(); // of this session and of classmates, by key
    this.picked = new Map(); // key -> slot: what is in the chart, and how it looks
    this.touched = false; // until somebody picks, the newest run is shown
    this.shared = [];
    this.most = SHOWN;
    this.by = '';
    this.build();
    this.grow = paced(() => this.draw(true));
  }

  build() {
    const select = (label, id) => el('label', {}, label, ' ', el('select', { id }));
    this.chartBox = el('div', { class: 'chart', role: 'img', 'aria-label': 'Runs over each other' });
    this.chips = el('ul', { class: 'chips', 'aria-label': 'In the chart' });
    this.tools = el('div', { class: 'chooser' }, select('y', 'overlay-y'), select('over x', 'overlay-x'), select('normalise', 'overlay-by'));
    this.note = el('p', { class: 'caption' });
    this.search = el('input', { type: 'search', placeholder: 'Search runs', 'aria-label': 'Search runs' });
    this.list = el('ul', { class: 'runs', id: 'runs-list', 'aria-label': 'Runs, newest first' });
    this.others = el('ul', { class: 'runs', id: 'runs-shared' });
    this.node.append(el('div', { class: 'bench-pair' },
      this.chartSide = el('section', { class: 'overlay', 'aria-label': 'Overlay' }, this.tools, this.chips, this.chartBox, this.note),
      el('div', { class: 'stack' },
        el('section', { class: 'box', 'aria-labelledby': 'runs-title' }, el('h2', { id: 'runs-title' }, 'Runs ', this.search), this.list),
        this.sharedBox = el('section', { class: 'box', 'aria-labelledby': 'shared-title', hidden: true }, el('h2', { id: 'shared-title', text: 'Shared by classmates' }), this.others))));
    this.chart = new OverlayChart(this.chartBox, new PointTip());
    [this.y, this.x, this.norm] = ['#overlay-y', '#overlay-x', '#overlay-by'].map((s) => $(s, this.node));
    this.norm.append(...[['', 'no'], ['iv', 'by Voc and Isc'], ['max', 'by the greatest']].map(([value, text]) => el('option', { value, text })));
    this.x.addEventListener('change', () => { this.axes = [this.x.value, this.y.value]; this.paint(); });
    this.y.addEventListener('change', () => { this.axes = [this.x.value, this.y.value]; this.paint(); });
    this.norm.addEventListener('change', () => { this.by = this.norm.value; this.draw(); });
    this.search.addEventListener('input', () => this.show());
  }

  show() {
    const wanted = this.search.value.trim().toLowerCase();
    const { runs } = this.bench;
    const found = wanted ? runs.filter((r) => `${r.name} ${r.note} ${r.series}`.toLowerCase().includes(wanted)) : runs;
    if (!this.touched) this.follow();
    for (const key of this.picked.keys()) if (!this.find(key)) this.picked.delete(key);
    const items = found.slice(0, this.most).map((r) => this.item(r));
    const more = found.length > this.most && el('li', { class: 'more' }, el('button', { type: 'button', text: `Show more (${found.length - this.most})`, onclick: () => { this.most += SHOWN; this.show(); } }));
    place(this.list, items.length ? [...items.map((i) => i.node), ...(more ? [more] : [])] : [this.empty(runs.length > 0)]);
    this.chartSide.hidden = !runs.length && !this.shared.length;
    this.search.hidden = runs.length < 8;
    this.classmates();
    this.draw();
  }

  // follow picks the newest run that has rows, until somebody chooses.
  follow() {
    const newest = this.bench.runs.find((r) => r.rows > 0) ?? this.bench.runs[0];
    this.picked.clear();
    if (newest) this.picked.set(this.data.key(newest), 0);
  }

  find(key) {
    return this.bench.runs.find((r) => this.data.key(r) === key) ?? this.shared.find((r) => this.data.key(r) === key);
  }

  item(run) {
    const key = this.data.key(run);
    let item = this.items.get(key);
    if (!item) this.items.set(key, item = new RunItem(this.bench, run, { pick: (yes) => this.pick(key, yes) }));
    item.update(run);
    item.look(this.picked.has(key) ? style(this.picked.get(key)) : null);
    return item;
  }

  pick(key, yes) {
    this.touched = true;
    if (yes) {
      if (this.picked.size >= MOST) {
        this.bench.failed(new Error(`${MOST} runs are in the chart: take one out first.`));
        this.items.get(key)?.look(null);
        return;
      }
      const taken = new Set(this.picked.values());
      let slot = 0;
      while (taken.has(slot)) slot++;
      this.picked.set(key, slot);
    } else this.picked.delete(key);
    const run = this.find(key);
    if (run) this.item(run);
    this.draw();
  }

  // classmates asks for what others share, at most every 10 s.
  async classmates() {
    if (keyed || performance.now() - (this.asked ?? -Infinity) < 10000) return; // a key reads its own session only
    this.asked = performance.now();
    try {
      const own = this.bench.name.toLowerCase();
      this.shared = (await get('/api/shared')).filter((r) => r.session.toLowerCase() !== own);
    } catch { return; } // the stream will tell of a server that is gone
    this.sharedBox.hidden = !this.shared.length;
    place(this.others, this.shared.slice(0, 200).map((r) => this.item({ note: '', columns: [], ...r }).node));
    this.chartSide.hidden = !this.bench.runs.length && !this.shared.length;
  }

  rows(names) {
    const open = [...this.picked.keys()].map((k) => this.find(k)).some((r) => r && !r.ended && names.includes(r.series));
    if (open) this.grow();
  }

  // draw fetches what is picked and paints it; growing asks again for runs
  // that go on.
  async draw(growing = false) {
    const asked = this.drawing = {};
    const picked = [...this.picked].map(([key, slot]) => ({ run: this.find(key), slot })).filter((p) => p.run);
    try {
      const sets = await Promise.all(picked.map(async ({ run, slot }) => ({ ...await this.data.rows(await this.figured(run), growing && !run.ended), slot })));
      if (this.drawing !== asked) return;
      this.sets = sets;
    } catch (e) {
      this.bench.failed(e);
      return;
    }
    this.paint();
  }

  // figured adds Voc and Isc to a classmate's run where they are needed.
  async figured(run) {
    if (this.by === 'iv' && run.session && run.iv && !run.figures) run.figures = await this.data.curve(run);
    return run;
  }

  paint() {
    const sets = this.sets ?? [];
    const runs = sets.map((s) => ({ ...s.run, columns: s.columns }));
    const all = choices(runs);
    const chosen = this.axes?.every((k) => all.some((c) => c.key === k)) ? this.axes : usual(runs);
    for (const [node, key] of [[this.x, chosen[0]], [this.y, chosen[1]]]) {
      const names = JSON.stringify(all);
      if (node.dataset.shown !== names) {
        node.dataset.shown = names;
        node.replaceChildren(...all.map((c) => el('option', { value: c.key, text: c.title })));
      }
      node.value = key;
    }
    this.tools.hidden = !sets.length;
    this.chips.replaceChildren(...sets.map((s) => this.chip(s)));
    if (!this.chartBox.clientWidth) return;
    const ms = this.chart.draw(sets, { x: chosen[0], y: chosen[1], by: this.by });
    setText(this.note, this.chart.missing && this.chart.note.hidden ? this.chart.missing : '');
    // What the chart shows, for whoever measures or tests the page.
    Object.assign(this.chartBox.dataset, { runs: this.chart.lines.length, points: this.chart.lines.reduce((n, l) => n + l.points.length, 0), ms: ms.toFixed(1) });
  }

  chip({ run, slot }) {
    const s = style(slot);
    const line = el('i');
    line.style.setProperty('--tone', s.colour);
    line.style.setProperty('--line', s.line);
    const name = run.session ? `${run.session}: ${run.name}` : run.name;
    return el('li', {}, line, el('span', { text: name }), el('button', { type: 'button', class: 'link', text: '×', 'aria-label': `Take ${name} out of the chart`, onclick: () => this.pick(this.data.key(run), false) }));
  }

  theme() {
    for (const [key, slot] of this.picked) this.items.get(key)?.look(style(slot));
    this.paint();
  }

  empty(searched) {
    if (searched) return el('li', { class: 'none', text: 'No run has this.' });
    return el('li', { class: 'empty-text' },
      el('p', { text: 'No run yet. This line begins one; the rows that follow on data belong to it:' }),
      el('pre', {}, el('code', { text: `client.publish(b"${this.bench.name}/new_series", b'["IV", "Voltage [V]", "Current [mA]"]')` })),
      el('p', { class: 'caption', text: 'A sweep of the voltage is found by itself. Any stretch becomes a run with “Keep as run” above the live charts.' }));
  }
}
