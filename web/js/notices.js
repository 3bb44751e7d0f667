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

  // show lists them. It gives the one that is newer than all that were listed
  // before, null for none and at first.
  show(notices) {
    const newest = notices.reduce((a, n) => (!a || Date.parse(n.last) > Date.parse(a.last) ? n : a), null);
    const fresh = this.last !== undefined && newest && Date.parse(newest.last) > this.last ? newest : null;
    this.last = newest ? Date.parse(newest.last) : 0;
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
    return fresh;
  }

  ages() {
    for (const { n, when } of this.entries) {
      const text = `${n.count > 1 ? `${n.count} times, last ` : ''}${age(now() - Date.parse(n.last))} ago`;
      if (when.textContent !== text) when.textContent = text;
    }
  }
}
