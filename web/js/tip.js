// What a moment measured: all quantities of one row beside the pointer.
import { $, el } from './dom.js';
import { decimals, label, number, ohms, rank, time, tone, unitText } from './format.js';
import { computed } from './xychart.js';

export class Tip {
  constructor() {
    this.node = $('#tip');
    this.list = [];
  }

  columns(columns) {
    this.list = columns.map((column, i) => ({ column, name: label(column), at: (row) => row[i + 2] }));
    const find = (q) => columns.findIndex((c) => c.quantity === q);
    const [v, i] = [find('voltage'), find('current')];
    if (v >= 0 && i >= 0) {
      if (find('power') < 0) this.list.push({ column: { quantity: 'power', unit: 'mW' }, name: 'Power (V·I)', at: computed('power', v, i, columns), digits: 1 });
      if (find('resistance') < 0) this.list.push({ column: { quantity: 'resistance' }, name: 'Resistance (V/I)', at: computed('resistance', v, i, columns), ohms: true });
    }
    this.list.sort((a, b) => rank(a.column) - rank(b.column));
  }

  // show writes the row's numbers near the pointer; no row hides them.
  show(row, x, y) {
    this.node.hidden = !row;
    if (!row) return;
    const lines = [];
    for (const item of this.list) {
      const value = item.at(row);
      if (value === null || value === undefined) continue;
      const [text, unit] = item.ohms ? ohms(value) : [number(value, item.digits ?? decimals(item.column, [value])), unitText(item.column.unit)];
      const name = el('dt', { text: item.name });
      name.style.borderLeft = `3px solid ${tone(item.column.quantity)}`;
      name.style.paddingLeft = '6px';
      lines.push(name, el('dd', { text }), el('dd', { text: unit }));
    }
    this.node.replaceChildren(el('div', { class: 'when', text: time(row[1], true) }), el('dl', {}, ...lines));
    const right = x + 16 + this.node.offsetWidth > innerWidth - 8;
    const left = right ? x - 16 - this.node.offsetWidth : x + 16;
    const top = Math.min(y + 12, innerHeight - this.node.offsetHeight - 8);
    this.node.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }
}
