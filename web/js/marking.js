// Keeping a stretch of what the live charts show as a run: its ends are set
// with two sliders, so that it works without a mouse, and show as a band.
import { send } from './api.js';
import { $, el, setText } from './dom.js';
import { count, time } from './format.js';

export class Marking {
  // bench gets the new run; plots has the rows and the charts; hold(yes) lets
  // them stand still, or go on.
  constructor(bench, plots, hold) {
    Object.assign(this, { bench, plots, hold });
    this.form = $('#marking');
    this.button = $('#mark');
    this.button.addEventListener('click', () => (this.form.hidden ? this.open() : this.close()));
    const slider = (label) => el('input', { type: 'range', min: 0, step: 1, 'aria-label': label, oninput: () => this.moved() });
    [this.from, this.to] = [slider('First row'), slider('Last row')];
    this.name = el('input', { name: 'name', maxlength: 100, autocomplete: 'off', placeholder: 'name, such as lamp 30 cm', 'aria-label': 'Name of the run' });
    this.said = el('p', { class: 'caption', role: 'status' });
    this.form.append(this.name, el('label', {}, 'from ', this.from), el('label', {}, 'to ', this.to), this.said,
      el('p', { class: 'actions' }, el('button', { class: 'primary', text: 'Keep' }), el('button', { type: 'button', text: 'Cancel', onclick: () => this.close() })));
    this.form.addEventListener('submit', (e) => { e.preventDefault(); this.keep(); });
    this.form.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.close(); });
  }

  open() {
    const { table } = this.plots;
    if (!table) return;
    const [from, to] = this.plots.shown(table);
    this.rows = table.rows.filter((r) => r[1] >= from && r[1] <= to);
    this.series = this.plots.series;
    if (!this.rows.length) return;
    for (const s of [this.from, this.to]) s.max = this.rows.length - 1;
    this.from.value = 0;
    this.to.value = this.rows.length - 1;
    this.form.hidden = false;
    this.hold(true);
    this.plots.grab = (a, b) => this.dragged(a, b);
    this.moved();
    this.name.focus();
  }

  get ends() {
    const [a, b] = [Number(this.from.value), Number(this.to.value)];
    return [this.rows[Math.min(a, b)], this.rows[Math.max(a, b)]];
  }

  moved() {
    const [first, last] = this.ends;
    this.plots.time.mark(first[1], last[1]);
    const rows = this.rows.filter((r) => r[0] >= first[0] && r[0] <= last[0]).length;
    setText(this.said, `${time(first[1], true)} to ${time(last[1], true)}, ${count(rows, 'point')} of the chart`);
  }

  // dragged takes a stretch of time from the charts.
  dragged(from, to) {
    const first = this.rows.findIndex((r) => r[1] >= from);
    const last = this.rows.findLastIndex((r) => r[1] <= to);
    if (first < 0 || last < first) return;
    this.from.value = first;
    this.to.value = last;
    this.moved();
  }

  close() {
    if (this.form.hidden) return;
    this.form.hidden = true;
    this.plots.time.mark(null);
    this.plots.grab = null;
    this.hold(false);
    this.button.focus();
  }

  async keep() {
    const [first, last] = this.ends;
    try {
      const run = await send('POST', `${this.bench.path}/runs`, { series: this.series, first: first[0], last: last[0], name: this.name.value.trim() });
      this.name.value = '';
      this.close();
      this.bench.kept(run);
    } catch (e) { this.bench.failed(e); }
  }
}
