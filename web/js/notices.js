// Problems and hints: sentences, newest first, repeats counted.
import { now } from './api.js';
import { $, el, sentence } from './dom.js';
import { age } from './format.js';

export class Notices {
  constructor(node) {
    this.count = $('.count', node);
    this.list = $('ul', node);
    this.entries = [];
  }

  show(notices) {
    this.entries = notices.map((n) => {
      const when = el('span', { class: 'age' });
      const item = el('li', { class: 'problem', 'data-code': n.code }, sentence(el('span', { class: 'text' }), n.text), ' ', when);
      return { n, when, item };
    });
    this.count.textContent = notices.length ? `(${notices.length})` : '';
    this.list.replaceChildren(...(this.entries.length
      ? this.entries.map((e) => e.item)
      : [el('li', { class: 'none', text: 'None. What goes wrong is explained here.' })]));
    this.ages();
  }

  ages() {
    for (const { n, when } of this.entries) {
      const text = `${n.count > 1 ? `${n.count} times, last ` : ''}${age(now() - Date.parse(n.last))} ago`;
      if (when.textContent !== text) when.textContent = text;
    }
  }
}
