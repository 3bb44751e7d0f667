// I-V analysis of one run: its figures with their uncertainties, the fitted
// single-diode model, and the curve that they were read from.
import { copy } from './info.js';
import { $, el, sentence, setText } from './dom.js';
import { line, text, write } from './figures.js';
import { si } from './format.js';
import { IVChart, VIEWS } from './ivchart.js';
import { paced } from './paced.js';
import { RunData } from './rundata.js';
import { change } from './runitem.js';

const KINDS = { solar: 'Solar cell', diode: 'Diode, in the dark', led: 'LED', resistor: 'Resistor', other: 'Neither a cell, nor a diode, nor a resistor' };
const FITTED = ['iph', 'i0', 'n_vt', 'rs', 'rsh'];
const NEWEST = '';

export class Analysis {
  constructor(node, bench) {
    this.node = node;
    this.bench = bench;
    this.data = new RunData(bench.name);
    this.view = 'iv';
    this.id = NEWEST; // the newest run with a curve, also when it changes
    this.build();
    this.again = paced(() => this.load(true));
  }

  build() {
    this.runs = el('select', { id: 'iv-run' });
    this.v = el('select', { 'aria-label': 'Column of the voltage' });
    this.i = el('select', { 'aria-label': 'Column of the current' });
    this.columns = el('span', { class: 'columns', hidden: true }, 'V ', this.v, ' I ', this.i);
    this.views = el('div', { class: 'segments', role: 'group', 'aria-label': 'View' }, ...Object.entries(VIEWS).map(([key, v]) => el('button', {
      type: 'button', text: v.title, 'data-view': key, 'aria-pressed': 'false', onclick: () => { this.view = key; this.paint(); },
    })));
    this.chartBox = el('div', { class: 'chart', role: 'img', 'aria-label': 'Curve with the model and its figures' });
    this.key = el('p', { class: 'caption legend' });
    this.kind = el('h2');
    this.table = el('table', { class: 'figures' }, el('tbody'));
    this.copy = el('button', { type: 'button', text: 'Copy', 'aria-label': 'Copy the figures', onclick: (e) => copy(text(this.result, this.shown), e.target) });
    this.notes = el('ul', { class: 'notes' });
    this.fit = el('section', { class: 'box', id: 'iv-fit', 'aria-label': 'Fitted model' });
    this.body = el('div', { class: 'bench-pair' },
      el('section', { class: 'overlay', 'aria-label': 'Curve' },
        el('div', { class: 'chooser' }, el('label', {}, 'Run ', this.runs), this.columns, this.views), this.chartBox, this.key),
      el('div', { class: 'stack' },
        el('section', { class: 'box', id: 'iv-figures', 'aria-label': 'Figures' }, el('header', {}, this.kind, this.copy), this.table, this.notes, this.cell()),
        this.fit));
    this.none = el('div', { class: 'empty-text', hidden: true });
    this.node.append(this.body, this.none);
    this.chart = new IVChart(this.chartBox);
    this.runs.addEventListener('change', () => { this.id = this.runs.value; this.pair = null; this.load(); });
    for (const s of [this.v, this.i]) s.addEventListener('change', () => { this.pair = [this.v.value, this.i.value]; this.load(true); });
  }

  // cell is where area and irradiance are entered: with them there is an
  // efficiency.
  cell() {
    const input = (name, unit, hint) => el('label', {}, `${name} `, el('input', { name: name.toLowerCase(), type: 'number', min: 0, step: 'any', inputmode: 'decimal', placeholder: hint }), ` ${unit}`);
    this.form = el('form', { class: 'cell' }, input('Area', 'cm²', '25'), input('Irradiance', 'W/m²', '1000'), el('button', { text: 'Set' }));
    this.form.addEventListener('submit', (e) => { e.preventDefault(); this.enter(); });
    return this.form;
  }

  get run() {
    const curves = this.bench.runs.filter((r) => r.iv);
    return this.id === NEWEST ? curves.find((r) => r.rows > 0) ?? curves[0] : curves.find((r) => String(r.id) === this.id) ?? curves[0];
  }

  choose(run) {
    this.id = String(run.id);
    this.pair = null;
  }

  show() {
    const curves = this.bench.runs.filter((r) => r.iv);
    this.body.hidden = !curves.length;
    this.none.hidden = curves.length > 0;
    if (!curves.length) {
      this.empty();
      return;
    }
    const options = [[NEWEST, 'newest'], ...curves.slice(0, 500).map((r) => [String(r.id), r.name])];
    const key = JSON.stringify(options);
    if (this.runs.dataset.shown !== key) {
      this.runs.dataset.shown = key;
      this.runs.replaceChildren(...options.map(([value, name]) => el('option', { value, text: name })));
    }
    this.runs.value = options.some(([value]) => value === this.id) ? this.id : NEWEST;
    this.load();
  }

  // live takes the figures of the sweep that goes on: they show at once, its
  // rows and the model follow.
  live(sweep) {
    if (this.bench.tab !== 'iv' || !sweep?.figures || sweep.run !== this.run?.id) return;
    if (this.result?.run === sweep.run) {
      Object.assign(this.result, sweep.figures);
      this.figures();
    }
    this.again();
  }

  rows(names) {
    if (this.run && !this.run.ended && names.includes(this.run.series)) this.again();
  }

  async load(fresh = false) {
    const { run } = this;
    if (!run) return;
    const key = JSON.stringify([run.id, run.first, run.last, run.rows, run.area, run.irradiance, run.columns, this.pair]);
    if (!fresh && this.loaded === key) {
      this.paint();
      return;
    }
    const asked = this.asked = {};
    try {
      const [data, result] = await Promise.all([this.data.rows(run, fresh && !run.ended), this.data.curve(run, ...(this.pair ?? []))]);
      if (this.asked !== asked) return;
      this.loaded = key;
      this.result = result;
      this.points = pointsOf(data, result);
      this.choices(data.columns, result);
      const { area, irradiance } = this.form.elements;
      if (this.entered !== run.id || !this.form.contains(document.activeElement)) {
        // The same cell is measured again and again: what was entered last is
        // offered.
        const known = run.area ? run : this.bench.runs.find((r) => r.area) ?? run;
        [area.value, irradiance.value] = [known.area || '', run.irradiance || known.irradiance || ''];
      }
      this.entered = run.id;
      this.write();
      this.paint();
    } catch (e) { if (this.asked === asked) this.bench.failed(e); }
  }

  // choices lists the columns where there is something to choose.
  choices(columns, result) {
    const of = (q) => columns.filter((c) => String(c.quantity).includes(q)).length;
    this.columns.hidden = of('voltage') < 2 && of('current') < 2;
    const key = JSON.stringify(columns.map((c) => c.name));
    for (const [node, at] of [[this.v, result.v], [this.i, result.i]]) {
      if (node.dataset.shown !== key) {
        node.dataset.shown = key;
        node.replaceChildren(...columns.map((c, n) => el('option', { value: n, text: c.name })));
      }
      node.value = at;
    }
  }

  write() {
    const r = this.result;
    this.figures();
    this.notes.replaceChildren(...(r.notes ?? []).map((n) => sentence(el('li'), n)));
    this.form.hidden = r.kind !== 'solar' || !this.bench.may();
    this.model(r);
  }

  figures() {
    const r = this.result;
    this.shown = (r.show?.length ? r.show : ['voc', 'isc', 'pmpp', 'vmpp', 'impp', 'ff']).filter((k) => r[k]);
    setText(this.kind, `${KINDS[r.kind] ?? r.kind}${this.run.ended ? '' : ', goes on'}`);
    $('tbody', this.table).replaceChildren(...this.shown.map((k) => line(k, r[k])));
  }

  model({ fit, points, kind }) {
    this.fit.hidden = !fit;
    if (!fit) return;
    const residual = write('residual', { value: fit.residual, unit: 'A' });
    const part = fit.relative ? `, ${(100 * fit.relative).toPrecision(2)} % of the greatest` : '';
    this.fit.replaceChildren(
      el('h2', { text: 'Single-diode model' }),
      el('table', { class: 'figures' }, el('tbody', {}, ...FITTED.filter((k) => fit[k] && (k !== 'iph' || kind === 'solar')).map((k) => line(k, fit[k])))),
      el('p', { class: 'caption', text: `${fit.follows === false ? 'The model does not follow these rows: its figures mean little. ' : ''}Residual ${residual.value} ${residual.unit} (root mean square${part}), ${points} points.` }));
  }

  paint() {
    if (!this.result) return;
    const solar = this.result.kind === 'solar';
    const dark = this.result.kind === 'diode' || this.result.kind === 'led';
    for (const b of this.views.children) b.hidden = (b.dataset.view === 'log' && !dark) || (['pv', 'pr'].includes(b.dataset.view) && !solar);
    const chosen = [...this.views.children].find((b) => b.dataset.view === this.view && !b.hidden) ? this.view : 'iv';
    for (const b of this.views.children) b.setAttribute('aria-pressed', String(b.dataset.view === chosen));
    this.chart.draw(chosen, this.points, this.result);
    const model = Number(this.chartBox.dataset.model) > 0;
    setText(this.key, model ? `Points: measured. Line: ${chosen === 'iv' || chosen === 'log' ? 'single-diode model' : 'interpolated'}.` : '');
  }

  theme() { this.paint(); }

  async enter() {
    const { area, irradiance } = this.form.elements;
    try {
      await change(this.bench, this.run, { area: Number(area.value) || 0, irradiance: Number(irradiance.value) || 0 });
    } catch (e) { this.bench.failed(e); }
  }

  empty() {
    if (this.none.firstChild) return;
    this.none.append(
      el('p', { text: 'No run has a voltage and a current yet. Send both in one row, once for each step of the sweep:' }),
      el('pre', {}, el('code', { text: `client.publish(b"${this.bench.name}/mcu/ina219", b'{"voltage": 5.012, "current_mA": 81.3}')` })),
      el('p', { class: 'caption', text: 'A sweep from short circuit to open circuit is found by itself and analysed here while it goes on.' }));
  }
}

// pointsOf are the rows as [V, A] in the signs of the result.
function pointsOf({ columns, rows }, r) {
  const [v, i] = [columns[r.v], columns[r.i]];
  if (!v || !i) return [];
  const fv = si(v.unit || 'V') * (r.voltage_sign ?? 1);
  const fi = si(i.unit || 'mA') * (r.current_sign ?? 1);
  const points = [];
  for (const row of rows) {
    const [a, b] = [row[r.v + 2], row[r.i + 2]];
    if (a !== null && a !== undefined && b !== null && b !== undefined) points.push([a * fv, b * fi]);
  }
  return points;
}
