// Who has done what: a line for each session, a column for each step.
import { el, icon, place, setText } from './dom.js';

const time = (iso) => new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

export class Matrix {
  // tick(session, step, done) is called where the instructor ticks.
  constructor(table, tick) {
    this.table = table;
    this.tick = tick;
    this.id = null;
    this.rows = [];
    this.section = '*';
    this.nodes = new Map();
    this.head = el('thead');
    this.body = el('tbody');
    table.append(el('caption', { class: 'offscreen', text: 'Sessions and the steps that they have done' }), this.head, this.body);
  }

  show({ lab, sessions }) {
    if (this.id !== lab.id) {
      this.id = lab.id;
      this.nodes.clear();
      this.steps = lab.steps;
      this.counts = lab.steps.map(() => el('span', { class: 'count' }));
      this.head.replaceChildren(el('tr', {}, el('th', { scope: 'col', text: 'Session' }),
        ...lab.steps.map((s, i) => el('th', { scope: 'col' }, s.title, this.counts[i]))));
    }
    this.rows = sessions;
    this.write();
  }

  filter(section) {
    this.section = section;
    if (this.id !== null) this.write();
  }

  wanted() { return this.rows.filter((r) => this.section === '*' || `=${r.section}` === this.section); }

  empty() { return this.wanted().length === 0; }

  write() {
    const rows = this.wanted();
    this.counts.forEach((node, i) => setText(node, `${rows.filter((r) => r.ticks[i]).length} of ${rows.length}`));
    place(this.body, rows.map((r) => this.line(r)));
  }

  // line is a session's row, made anew only where it changed, so that the focus
  // stays.
  line(r) {
    const key = JSON.stringify(r);
    let known = this.nodes.get(r.session);
    if (!known) {
      known = { node: el('tr'), key: '' };
      this.nodes.set(r.session, known);
    }
    if (known.key === key) return known.node;
    known.key = key;
    const beside = [r.people.join(', '), r.section, r.seat && `seat ${r.seat}`, r.archived && 'archived'].filter(Boolean).join(' · ');
    const focus = known.node.contains(document.activeElement) ? [...known.node.children].findIndex((c) => c.contains(document.activeElement)) : -1;
    known.node.replaceChildren(
      el('th', { scope: 'row' }, el('a', { href: `/s/${encodeURIComponent(r.session)}`, text: r.session }), beside && el('span', { class: 'people', text: beside })),
      ...r.ticks.map((t, i) => this.cell(r, t, i)));
    if (focus >= 0) known.node.children[focus]?.querySelector('input, a')?.focus();
    return known.node;
  }

  cell(r, t, i) {
    const step = this.steps[i];
    if (step.kind === 'manual' && !r.archived) {
      const box = el('input', { type: 'checkbox', 'aria-label': `${step.title}: ${r.session}`, onchange: (e) => this.tick(r.session, i, e.target.checked) });
      box.checked = Boolean(t);
      return el('td', {}, el('span', { class: t ? 'cell done' : 'cell open' }, box, t ? time(t.at) : 'not yet'));
    }
    if (!t) return el('td', {}, el('span', { class: 'cell open' }, shape('never'), 'not yet'));
    const day = new Date(t.at);
    return el('td', { title: `${day.toLocaleString()}: ${t.by}` }, el('span', { class: 'cell done' }, shape('finished'), time(t.at)),
      el('span', { class: 'by', text: t.by }));
  }
}

const shape = (name) => {
  const node = el('span', { class: 'shape', 'aria-hidden': 'true' });
  node.append(icon(name));
  return node;
};
