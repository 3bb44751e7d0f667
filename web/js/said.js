// What the instructor says, on a student's page: it stays until it is put away.
import { el } from './dom.js';
import { time } from './format.js';

export class Said {
  constructor(node, name) {
    this.node = node;
    this.key = `labbroker-said-${name.toLowerCase()}`;
    this.away = 0;
    try { this.away = Number(localStorage.getItem(this.key)) || 0; } catch { /* private window: not remembered */ }
    this.shown = '';
  }

  // show lists messages that were not put away, the newest first.
  show(messages) {
    const list = (messages ?? []).filter((m) => m.id > this.away);
    const key = list.map((m) => m.id).join();
    if (key === this.shown) return;
    this.shown = key;
    this.node.hidden = !list.length;
    this.node.replaceChildren(el('div', {}, ...list.map((m) => el('div', { class: 'saying', 'data-id': m.id },
      el('p', { class: 'text', text: m.text }),
      el('span', { class: 'caption', text: `Your instructor${m.to === 'all' ? ', to everyone' : m.to === 'section' ? `, to section ${m.name}` : ''}, ${time(Date.parse(m.time))}` })))),
    list.length ? el('button', { type: 'button', text: 'Put away', onclick: () => this.put(list[0].id, messages) }) : '');
  }

  put(id, messages) {
    this.away = id;
    try { localStorage.setItem(this.key, String(id)); } catch { /* holds for this page only */ }
    this.show(messages);
  }
}
