// A small chart for every numeric series that is not the chosen one.
import { chartOptions } from './charts.js';
import { el, setText } from './dom.js';
import { decimals, label, number, unitText } from './format.js';
import { TimeCharts } from './timecharts.js';

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
        const now = el('span', { class: 'now' });
        const box = el('div');
        const node = el('article', { class: 'small', 'data-series': s.name },
          el('header', {}, el('button', { type: 'button', class: 'link', text: s.name, title: 'Show it large', onclick: () => this.choose(s.name) }), now), box);
        card = { name: s.name, node, box, now, visible: false };
        this.cards.set(s.name, card);
        this.node.append(node);
        this.seen.observe(node);
      }
      if (card.shape !== shape) {
        card.shape = shape;
        card.columns = s.columns;
        card.filled = false;
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
      if (card.drawn) card.charts.draw(...card.drawn);
    } catch {
      card.filled = false; // the next showing tries again
    }
  }

  draw(tables, window) {
    for (const card of this.cards.values()) {
      const table = tables.get(card.name);
      if (!table || !card.visible) continue;
      const text = card.columns.slice(0, MOST).map((c, i) => {
        const value = number(table.latest(i), decimals(c, table.recent(i)));
        return `${card.columns.length > 1 ? `${label(c)} ` : ''}${value} ${unitText(c.unit)}`;
      }).join('  ');
      setText(card.now, text);
      card.drawn = [table, ...window(table)];
      card.charts?.draw(...card.drawn);
    }
  }
}
