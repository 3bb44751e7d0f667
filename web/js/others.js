// A small chart for every numeric series that is not the chosen one.
import { now } from './api.js';
import { chartOptions } from './charts.js';
import { el, setText } from './dom.js';
import { age } from './format.js';
import { TimeCharts } from './timecharts.js';

const ENDED = 10000; // ms without a row
const MOST = 3; // charts in one card; the others are seen when it is chosen

export class Others {
  // choose(name) is called when a card's name is clicked.
  constructor(node, session, choose) {
    this.node = node;
    this.session = session;
    this.choose = choose;
    this.cards = new Map();
    this.seen = new IntersectionObserver((entries) => {
      for (const e of entries) {
        const card = [...this.cards.values()].find((c) => c.node === e.target);
        if (!card) continue;
        card.visible = e.isIntersecting;
        if (card.visible) this.fill(card);
      }
    }, { rootMargin: '200px' });
  }

  // show makes cards for these series, keeps those that are there.
  show(list) {
    const names = new Set(list.map((s) => s.name));
    for (const [name, card] of this.cards) {
      if (names.has(name)) continue;
      this.seen.unobserve(card.node);
      card.charts?.dispose();
      card.node.remove();
      this.cards.delete(name);
    }
    for (const s of list) {
      const shape = JSON.stringify(s.columns);
      let card = this.cards.get(s.name);
      if (!card) {
        const box = el('div');
        const old = el('span', { class: 'caption' });
        const node = el('article', { class: 'small', 'data-series': s.name },
          el('header', {}, el('button', { type: 'button', class: 'link', text: s.name, title: 'Show it large', onclick: () => this.choose(s.name) }), old), box);
        card = { name: s.name, node, box, old, visible: false };
        this.cards.set(s.name, card);
        this.node.append(node);
        this.seen.observe(node);
      }
      if (card.shape !== shape) {
        card.shape = shape;
        card.columns = s.columns;
        card.filled = false;
        // The place is kept before the charts stand in it.
        const charts = Math.min(MOST, new Set(s.columns.map((c) => `${c.quantity} ${c.unit}`)).size);
        card.box.style.minHeight = `${134 + 112 * (charts - 1)}px`;
        if (card.visible) this.fill(card);
      }
    }
    this.node.hidden = list.length === 0;
  }

  // again takes the options anew: the theme changed.
  again() {
    for (const card of this.cards.values()) {
      card.filled = false;
      if (card.visible) this.fill(card);
    }
  }

  async fill(card) {
    if (card.filled) return;
    card.filled = true;
    try {
      const { time } = await chartOptions(this.session, card.name);
      card.charts ??= new TimeCharts(card.box);
      card.charts.options(time.slice(0, MOST), card.columns);
      if (this.last) this.one(card, ...this.last); // else the axes stand empty until the next row
    } catch {
      card.filled = false; // the next showing tries again
    }
  }

  draw(tables, window) {
    this.last = [tables, window];
    for (const card of this.cards.values()) if (card.visible) this.one(card, tables, window);
  }

  // one draws a card. Where nothing is in the window it shrinks to the newest
  // values and their age: empty axes say nothing.
  one(card, tables, window) {
    const table = tables.get(card.name);
    if (!table) return;
    let [from, to] = window(table);
    const rows = table.rows.filter((r) => r[1] >= from && r[1] <= to);
    const idle = Boolean(table.newest) && !rows.length;
    // What was sent at a stretch and ended, a sweep say, gets the width for
    // itself: over minutes it would be a stroke.
    const span = rows.length > 2 ? rows.at(-1)[1] - rows[0][1] : 0;
    if (span > 0 && now() - table.arrived > ENDED && span < (to - from) / 4) [from, to] = [rows[0][1] - 0.04 * span, rows.at(-1)[1] + 0.04 * span];
    card.node.classList.toggle('idle', idle);
    setText(card.old, now() - table.arrived > ENDED ? `${age(now() - table.arrived)} ago` : '');
    card.charts?.draw(table, from, to);
  }
}
