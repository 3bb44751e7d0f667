// The bench: plots, runs, I-V analysis and exports of the session, each a part
// of the page. This module knows the lists and hands each part its news.
import { get } from './api.js';
import { $, sentence } from './dom.js';
import { Analysis } from './analysis.js';
import { Exports } from './exports.js';
import { Gallery } from './gallery.js';
import { Packets } from './packets.js';
import { Runs } from './runs.js';
import { Start } from './start.js';
import { Tabs } from './tabs.js';
import { Talk } from './talk.js';
import { toast } from './units.js';

const MOST = 500; // runs or plots that the stream tells; older ones are asked for

export class Bench {
  // may() tells whether the visitor may change things here; hasKey() whether
  // there is a read-only key; series() gives the list of series; failed(error)
  // shows what went wrong; topics() are the session's topics by name, notices()
  // its problems, instructor() whether it is they who look; enter() finds out anew who may
  // see what.
  constructor(name, path, { may, hasKey, series, failed, tab, topics, notices, instructor, enter }) {
    Object.assign(this, { name, path, may, hasKey, series, failed, topics, notices, instructor, enter });
    this.runs = []; // newest first
    this.plots = []; // newest first
    this.tabs = new Tabs($('#tabs'), () => { tab(); this.show(); });
    this.parts = {
      plots: new Gallery($('#pane-plots'), this),
      runs: new Runs($('#pane-runs'), this),
      iv: new Analysis($('#pane-iv'), this),
      export: new Exports($('#pane-export'), this),
      start: new Start($('#pane-start'), this),
      publish: new Talk($('#pane-publish'), this),
      packets: new Packets($('#pane-packets'), this),
    };
  }

  get tab() { return this.tabs.name; }

  // news takes what the stream says of runs or plots: all of them (the newest
  // 500) when whole, else those that changed.
  news(what, list, whole) {
    const rest = new Map((whole ? [] : this[what]).map((x) => [x.id, x]));
    for (const x of list) if (x.removed) rest.delete(x.id); else rest.set(x.id, x);
    const fresh = whole ? null : list.find((x) => !x.removed && !this[what].some((y) => y.id === x.id));
    this.set(what, [...rest.values()]);
    if (what === 'plots' && fresh && this.tab !== 'plots') this.tell(fresh);
    if (whole && list.length >= MOST) this.all(what);
  }

  async all(what) {
    try {
      this.set(what, await get(`${this.path}/${what}`));
    } catch (e) { this.failed(e); }
  }

  set(what, list) {
    this[what] = list.sort((a, b) => at(b) - at(a) || b.id - a.id);
    this.tabs.count(what, list.length);
    this.show();
  }

  // tell says that a plot came, where the gallery is not to be seen.
  tell(plot) {
    const what = { saved: 'is saved', chart: 'goes on as a chart' }[plot.kind] ?? 'is drawn';
    toast(`\`${plot.file}\` ${what}.`, () => this.tabs.choose('plots'), 'Show');
  }

  // kept takes a run that was just made by hand.
  kept(run) {
    this.set('runs', [run, ...this.runs.filter((r) => r.id !== run.id)]);
    toast(`Kept as \`${run.name}\`.`, () => this.tabs.choose('runs'), 'Show');
  }

  // change puts a run, or a plot, as it is now in place of what it was.
  change(what, item) { this.set(what, this[what].map((x) => (x.id === item.id ? item : x))); }

  drop(what, id) { this.set(what, this[what].filter((x) => x.id !== id)); }

  // show draws the part that is to be seen; the others draw when they are.
  show() {
    const seen = this.tabs.node.hidden ? '' : this.tab;
    for (const [name, part] of Object.entries(this.parts)) if (name !== seen) part.hide?.();
    this.parts[seen]?.show();
  }

  // rows tells which series have new rows.
  rows(names) { this.parts[this.tab]?.rows?.(names); }

  // curve takes the figures of the sweep that goes on.
  curve(figures) { this.parts.iv.live(figures); }

  theme() { this.parts[this.tab]?.theme?.(); }

  // open shows a run in the analysis, or in the exports.
  open(tab, run) {
    this.parts[tab].choose(run);
    this.tabs.choose(tab);
    $('#tabs').scrollIntoView({ block: 'nearest' });
  }

  // hint shows a new problem where the list of problems is not to be seen.
  hint(notice) {
    const node = $('#hint');
    node.hidden = !notice || this.tab === 'live';
    if (!node.hidden) sentence(node, notice.text);
    if (this.tab === 'start') this.parts.start.draw(); // which may have said it
  }
}

// at is when a plot was asked for: those of one moment are kept in any order.
const at = (x) => Date.parse(x.time) || 0;
