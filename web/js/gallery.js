// The gallery: what plot_series drew and save_series kept, newest first.
import { now, send, url } from './api.js';
import { $, el, place, sentence, setText } from './dom.js';
import { age, time } from './format.js';
import { brief } from './figures.js';
import { paced } from './paced.js';
import { PlotView } from './plotview.js';
import { sure } from './sure.js';

const SHOWN = 60; // cards at once; more on request
const SHARP = 3000; // rows up to which a thumbnail is drawn as SVG
const GROWS = 3000; // ms between drawings of a chart that goes on

export const plotPath = (bench, plot) => `${bench.path}/plots/${plot.file.split('/').map(encodeURIComponent).join('/')}`;

// split gives the folder of a file, with its slash, and its name.
export function split(file) {
  const at = file.lastIndexOf('/') + 1;
  return [file.slice(0, at), file.slice(at)];
}

export class Gallery {
  constructor(node, bench) {
    this.bench = bench;
    this.list = $('#gallery', node);
    this.folders = $('#folders', node);
    this.select = $('select', this.folders);
    this.cards = new Map();
    this.most = SHOWN;
    this.view = new PlotView($('#plot'), bench, (plot) => this.remove(plot));
    this.grown = new Set(); // series with new rows
    this.grow = paced(() => this.again(), GROWS);
    this.select.addEventListener('change', () => this.show());
    setInterval(() => { if (bench.tab === 'plots') this.ages(); }, 1000);
  }

  show() {
    const { plots } = this.bench;
    this.choices(plots);
    const folder = this.select.value;
    const shown = plots.filter((p) => !folder || split(p.file)[0] === folder);
    const cards = shown.slice(0, this.most).map((p) => this.card(p));
    const kept = new Set(cards);
    for (const [id, card] of this.cards) if (!kept.has(card)) this.cards.delete(id);
    const more = shown.length > this.most && el('li', { class: 'more' }, el('button', {
      type: 'button', text: `Show ${Math.min(SHOWN, shown.length - this.most)} more`, onclick: () => { this.most += SHOWN; this.show(); },
    }));
    place(this.list, cards.length ? [...cards.map((c) => c.node), ...(more ? [more] : [])] : [this.empty()]);
    this.ages();
    this.view.news(plots);
  }

  // rows tells which series have new rows: charts that go on are drawn anew.
  rows(names) {
    for (const name of names) this.grown.add(name);
    if (this.bench.plots.some((p) => !p.last && this.grown.has(p.series))) this.grow();
    else this.grown.clear();
  }

  again() {
    for (const { plot, node } of this.cards.values()) {
      const image = $('img', node);
      if (image && !plot.last && this.grown.has(plot.series)) image.src = url(plotPath(this.bench, plot), { format: 'png', v: Date.now() });
    }
    this.view.rows([...this.grown]);
    this.grown.clear();
  }

  // choices lists the folders once there are several.
  choices(plots) {
    const folders = [...new Set(plots.map((p) => split(p.file)[0]))].sort();
    this.folders.hidden = folders.length < 2;
    const key = JSON.stringify(folders);
    if (this.select.dataset.shown === key) return;
    this.select.dataset.shown = key;
    const chosen = this.select.value;
    this.select.replaceChildren(el('option', { value: '', text: 'all' }),
      ...folders.filter(Boolean).map((f) => el('option', { value: f, text: f })));
    this.select.value = folders.includes(chosen) ? chosen : '';
  }

  card(plot) {
    const known = this.cards.get(plot.id);
    if (known) {
      this.figures(known);
      return known;
    }
    const path = plotPath(this.bench, plot);
    const [folder, name] = split(plot.file);
    const when = el('span', { class: 'age' });
    const figures = el('p', { class: 'caption figures' });
    const node = el('li', { class: 'card', 'data-file': plot.file, 'data-kind': plot.kind },
      this.picture(plot, path),
      el('h3', {}, folder && el('span', { class: 'folder', text: folder }), name),
      el('p', { class: 'caption' }, `${plot.series}, ${plot.last ? '' : 'goes on, since '}`, when),
      figures,
      plot.message && sentence(el('p', { class: 'caption' }), plot.message),
      el('p', { class: 'downloads' }, ...this.downloads(plot, path),
        this.bench.may() && el('button', { type: 'button', class: 'link', text: 'Delete', 'aria-label': `Delete ${plot.file}`, onclick: () => this.remove(plot) })));
    const card = { plot, node, when, figures };
    this.cards.set(plot.id, card);
    this.figures(card);
    return card;
  }

  picture(plot, path) {
    if (plot.kind === 'saved') {
      return el('div', { class: 'thumb file' }, el('p', { text: 'Python pickle' }),
        el('code', { text: `pickle.load(open("${split(plot.file)[1]}", "rb"))` }));
    }
    const rows = plot.last ? plot.last - plot.first + 1 : Infinity;
    const image = el('img', {
      src: url(path, { format: rows <= SHARP ? 'svg' : 'png', v: plot.id }), alt: `${plot.file}: plot of ${plot.series}`, loading: 'lazy', decoding: 'async',
    });
    const button = el('button', { type: 'button', class: 'thumb', title: 'Look closer', onclick: () => this.view.open(plot) }, image);
    image.addEventListener('error', () => button.replaceChildren(el('span', { class: 'none', text: 'This picture cannot be drawn. Open it to see why.' })));
    return button;
  }

  downloads(plot, path) {
    const [folder, name] = split(plot.file);
    const stem = name.replace(/\.[^.]*$/, '');
    const link = (text, params, file, what) => el('a', { href: url(path, params), download: file, text, 'aria-label': `Download ${folder}${stem} as ${what}` });
    if (plot.kind === 'saved') {
      return [link('pickle', {}, name, 'Python pickle'), link('CSV', { data: 'csv' }, `${stem}.csv`, 'CSV')];
    }
    return [
      ...(plot.formats ?? ['pdf', 'svg', 'png']).map((f) => link(f.toUpperCase(), { format: f }, `${stem}.${f}`, f.toUpperCase())),
      link('CSV', { data: 'csv' }, `${stem}.csv`, 'CSV, the rows behind it'),
    ];
  }

  // figures writes what the analysis read from the same rows, beside them.
  figures({ plot, figures }) {
    const run = this.bench.runs.find((r) => r.series === plot.series && r.figures && r.first <= plot.last && (!r.last || r.last >= plot.first) && r.kind === 'series')
      ?? this.bench.runs.find((r) => r.series === plot.series && r.figures && r.first >= plot.first && r.last <= plot.last);
    const text = plot.kind === 'plot' && run ? brief(run.figures) : '';
    figures.hidden = !text;
    setText(figures, text);
  }

  ages() {
    for (const { plot, when } of this.cards.values()) {
      const at = Date.parse(plot.time);
      const old = now() - at;
      setText(when, old < 3600e3 && plot.last ? `${age(old)} ago` : time(at));
    }
  }

  empty() {
    // With a series of the student's own the line works as it stands.
    const own = this.bench.series().find((s) => s.columns.length > 1 && /^[\w/ .-]+$/.test(s.name))?.name ?? 'IV';
    return el('li', { class: 'empty-text' },
      el('p', { text: 'No plot yet. This line draws one from the rows of a series:' }),
      el('pre', {}, el('code', { text: `client.publish(b"${this.bench.name}/plot_series", b'["${own}", {"format": ["o"], "title": "My first plot"}]')` })),
      sentence(el('p', { class: 'caption' }), `The series comes from \`${this.bench.name}/new_series\` and \`${this.bench.name}/data\`. The first column is x. A name such as \`lab1/IV.pdf\` in \`filename\` makes a folder.`));
  }

  async remove(plot) {
    const saved = plot.kind === 'saved';
    if (!await sure(`Delete ${plot.file}?`, `The ${saved ? 'file' : 'picture'} goes. The readings of \`${plot.series}\` stay.`, 'Delete')) return;
    try {
      await send('DELETE', plotPath(this.bench, plot));
      this.view.close();
      this.bench.drop('plots', plot.id);
    } catch (e) { this.bench.failed(e); }
  }
}
