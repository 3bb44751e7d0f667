// Exports: what, in which format, as a download or as the line that loads it
// into a program.
import { get, keyed, url } from './api.js';
import { el, sentence, setText } from './dom.js';
import { copy } from './info.js';
import { Job } from './job.js';
import { Key } from './key.js';

const FORMATS = [
  ['csv', 'CSV', 'for pandas, spreadsheets and everything else; several tables come as a zip'],
  ['json', 'JSON', 'with units, and with the figures of I-V curves'],
  ['xlsx', 'Excel', 'local time, a sheet for each table'],
  ['mat', 'MATLAB', 'a .mat file, also for Octave and SciPy'],
  ['npz', 'NumPy', 'arrays by name'],
  ['pkl', 'pickle', 'a dict of lists, as save_series made it'],
  ['ipynb', 'Notebook', 'for Jupyter: loads and plots the data, has the analysis'],
];

export class Exports {
  constructor(node, bench) {
    this.node = node;
    this.bench = bench;
    this.key = new Key(bench.name);
    this.format = 'csv';
    this.headings = '';
    this.job = new Job(bench.path);
    this.build();
  }

  build() {
    this.what = el('select', { id: 'export-what', onchange: () => this.write() });
    const buttons = (list, name, label) => el('div', { class: 'segments', role: 'group', 'aria-label': label }, ...list.map(([value, text]) => el('button', {
      type: 'button', text, 'data-value': value, 'aria-pressed': 'false', onclick: () => { this[name] = value; this.write(); },
    })));
    this.formats = buttons(FORMATS, 'format', 'Format');
    this.heads = buttons([['', 'voltage_V'], ['course', 'Voltage [V]']], 'headings', 'Headings');
    this.about = el('p', { class: 'caption' });
    this.download = el('a', { class: 'button primary', id: 'export-download', text: 'Download', onclick: (e) => this.start(e) });
    this.lines = el('div', { id: 'export-lines' });
    this.keyText = el('p', { class: 'caption' });
    this.make = el('button', { type: 'button', id: 'key-create', text: 'Create key', onclick: () => this.turn('create') });
    this.end = el('button', { type: 'button', id: 'key-revoke', text: 'Revoke key', onclick: () => this.turn('revoke') });
    this.body = el('div', { class: 'bench-pair even' },
      el('section', { class: 'box', 'aria-labelledby': 'export-title' },
        el('h2', { id: 'export-title', text: 'Export' }),
        el('div', { class: 'fields' },
          el('label', { for: 'export-what', text: 'What' }), this.what,
          el('span', { text: 'Format' }), el('div', {}, this.formats, this.about),
          el('span', { text: 'Headings' }), this.heads),
        el('p', { class: 'actions' }, this.download), this.job.node),
      el('section', { class: 'box', 'aria-labelledby': 'lines-title' },
        el('h2', { id: 'lines-title', text: 'Load it into a program' }), this.lines, this.keyText, el('p', { class: 'actions' }, this.make, this.end)));
    this.none = el('div', { class: 'empty-text', hidden: true }, el('p', { text: 'Nothing to export yet. This line sends the first reading:' }),
      el('pre', {}, el('code', { text: `client.publish(b"${this.bench.name}/mcu/ina219", b'{"voltage": 5.012, "current_mA": 81.3}')` })));
    this.node.append(this.body, this.none);
  }

  show() {
    const series = this.bench.series();
    this.body.hidden = !series.length;
    this.none.hidden = series.length > 0;
    if (!series.length) return;
    const options = [['', `all of ${this.bench.name}`], ...series.map((s) => [`series ${s.name}`, s.name]), ...this.bench.runs.slice(0, 500).map((r) => [`run ${r.id}`, r.name])];
    const key = JSON.stringify(options);
    if (this.what.dataset.shown !== key) {
      const chosen = this.chosen ?? (this.what.dataset.shown ? this.what.value : options[1][0]);
      this.what.dataset.shown = key;
      const group = (label, of) => {
        const list = options.filter(([value]) => value.startsWith(of)).map(([value, text]) => el('option', { value, text }));
        return list.length ? [el('optgroup', { label }, ...list)] : [];
      };
      this.what.replaceChildren(el('option', { value: '', text: options[0][1] }), ...group('Series', 'series '), ...group('Runs', 'run '));
      this.what.value = options.some(([value]) => value === chosen) ? chosen : '';
    }
    this.chosen = undefined;
    if (!this.checked) {
      this.checked = true;
      this.key.check().then(() => this.write());
    }
    this.write();
  }

  choose(run) {
    this.chosen = `run ${run.id}`;
    this.what.dataset.shown = '';
  }

  // params are what is to be exported, as the API takes it.
  get params() {
    const { value } = this.what;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone; // Excel has local time
    return {
      ...(value.startsWith('series ') && { series: value.slice(7) }),
      ...(value.startsWith('run ') && { run: Number(value.slice(4)) }),
      ...(this.headings && { headings: this.headings }),
      ...(zone && this.format === 'xlsx' && { tz: zone }),
    };
  }

  write() {
    const pressed = (group, chosen) => { for (const b of group.children) b.setAttribute('aria-pressed', String(b.dataset.value === chosen)); };
    pressed(this.formats, this.format);
    pressed(this.heads, this.headings);
    setText(this.about, FORMATS.find(([f]) => f === this.format)[2]);
    this.download.href = url(`${this.bench.path}/export.${this.format}`, this.params);
    this.download.toggleAttribute('download', true);
    this.ways();
    const owner = this.bench.may() && !keyed;
    this.make.hidden = !owner;
    this.end.hidden = !owner || !this.keyThere;
    setText(this.make, this.keyThere ? 'New key' : 'Create key');
    sentence(this.keyText, this.key.value
      ? 'Whoever has this line can read your data, and change nothing. A new key ends the old one.'
      : `In place of \`KEY\` the line needs a read-only key, since programs cannot sign in.${this.keyThere ? ' There is one, made in another browser; a new key ends it.' : ''}`);
  }

  // ways asks for the lines that load what is chosen, and writes those of the
  // chosen format.
  async ways() {
    const key = JSON.stringify([this.params, this.what.value === '' && this.bench.series().length]);
    if (this.asked !== key) {
      this.asked = key;
      try {
        const known = await get(`${this.bench.path}/exports`, this.params);
        if (this.asked !== key) return;
        this.known = known;
      } catch (e) {
        this.asked = null;
        this.bench.failed(e);
        return;
      }
    }
    const lines = this.known?.find((f) => f.name === this.format)?.lines ?? [];
    const shown = JSON.stringify([lines, this.key.value]);
    if (this.lines.dataset.shown === shown) return;
    this.lines.dataset.shown = shown;
    this.lines.replaceChildren(...lines.map((line) => {
      const code = this.key.value ? line.code.replace('key=KEY', `key=${this.key.value}`) : line.code;
      return el('div', { class: 'line', 'data-language': line.language },
        el('p', { class: 'caption', text: line.language }),
        el('pre', {}, el('code', { text: code })),
        el('button', { type: 'button', text: 'Copy', 'aria-label': `Copy the line for ${line.language}`, disabled: !this.key.value, onclick: (e) => copy(code, e.target) }));
    }));
  }

  // keyThere tells whether the session has a key, made here or elsewhere: what
  // was just done holds until the server has said so.
  get keyThere() {
    const told = this.bench.hasKey();
    if (told === this.turned) this.turned = undefined;
    return this.turned ?? told;
  }

  async turn(how) {
    try {
      await this.key[how]();
      this.turned = how === 'create';
      this.write();
    } catch (e) { this.bench.failed(e); }
  }

  // start lets the server prepare the file, shows how far it is, and saves it.
  // Who reads by a key has the plain link.
  start(e) {
    if (!this.bench.may()) return;
    e.preventDefault();
    this.job.start({ format: this.format, ...this.params }).catch((e2) => this.bench.failed(e2));
  }
}
