// The parts of the page: one is to be seen, the others keep what they have.
// The choice stands in the address, beside what the charts keep there.
import { $ } from './dom.js';
import { says, write } from './address.js';

export class Tabs {
  // changed(name) is called after every change, also the first.
  constructor(node, changed) {
    this.node = node;
    this.changed = changed;
    this.buttons = [...node.querySelectorAll('[role="tab"]')];
    this.name = this.buttons.some((b) => b.dataset.tab === says('tab')) ? says('tab') : 'live';
    node.addEventListener('click', (e) => {
      const button = e.target.closest('[role="tab"]');
      if (button) this.choose(button.dataset.tab);
    });
    node.addEventListener('keydown', (e) => {
      const at = this.buttons.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[e.key];
      if (at < 0 || to === undefined) return;
      e.preventDefault();
      const next = this.buttons.at(to % this.buttons.length);
      this.choose(next.dataset.tab);
      next.focus();
    });
    addEventListener('hashchange', () => this.choose(says('tab') || 'live'));
    this.write();
  }

  choose(name) {
    if (name === this.name || !this.buttons.some((b) => b.dataset.tab === name)) return;
    this.name = name;
    write({ tab: name === 'live' ? '' : name });
    this.write();
    this.changed(name);
  }

  write() {
    for (const b of this.buttons) {
      const on = b.dataset.tab === this.name;
      b.setAttribute('aria-selected', String(on));
      b.tabIndex = on ? 0 : -1;
      document.getElementById(b.getAttribute('aria-controls')).hidden = !on;
      // A phone's bar scrolls: the one that was chosen is to be seen.
      if (on && this.node.scrollWidth > this.node.clientWidth) this.node.scrollLeft = b.offsetLeft - this.node.offsetLeft - 40;
    }
  }

  // count writes a number beside a tab's name; 0 writes none.
  count(name, n) {
    const node = $('.count', this.buttons.find((b) => b.dataset.tab === name));
    const text = n ? String(n) : '';
    if (node.textContent !== text) node.textContent = text;
  }
}
