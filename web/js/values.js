// The newest values, large: one tile for each column of the chosen series,
// and power and resistance where voltage and current allow them.
import { el, setText } from './dom.js';
import { decimals, label, number, ohms, rank, tone, unitText } from './format.js';
import { computed } from './xychart.js';

export class Values {
  // pick(column, button) is called when somebody wants to correct a unit.
  constructor(node, pick) {
    this.node = node;
    this.pick = pick;
    this.tiles = [];
  }

  // columns builds the tiles anew; numbers come with the next draw.
  columns(columns) {
    const find = (q) => columns.findIndex((c) => c.quantity === q);
    const [v, i] = [find('voltage'), find('current')];
    const both = v >= 0 && i >= 0;
    this.tiles = columns.map((column, index) => this.tile(column, column.quantity || column.name, { index, column }));
    if (both && find('power') < 0) {
      this.tiles.push(this.tile({ quantity: 'power', name: 'power', unit: 'mW' }, 'power', { from: computed('power', v, i, columns) }, 'V·I'));
    }
    if (both && find('resistance') < 0) {
      this.tiles.push(this.tile({ quantity: 'resistance', name: 'resistance', unit: 'Ohm' }, 'resistance', { from: computed('resistance', v, i, columns) }, 'V/I'));
    }
    this.tiles.sort((a, b) => rank(a.look) - rank(b.look));
    this.node.classList.toggle('many', this.tiles.length > 8);
    this.node.replaceChildren(...this.tiles.map((t) => t.node));
  }

  tile(look, quantity, source, how = '') {
    const value = el('span', { class: 'number', text: '–' });
    const unit = source.column
      ? el('button', { type: 'button', class: look.guessed ? 'unit guessed' : look.unit ? 'unit' : 'unit unknown', text: `${unitText(look.unit) || 'set unit'}${look.guessed ? '?' : ''}`,
        title: look.guessed ? 'This unit is a guess. Correct it here.' : 'Correct the unit', onclick: (e) => this.pick(source.column, e.currentTarget) })
      : el('span', { class: 'unit', text: unitText(look.unit) });
    // A name says which one where a quantity comes twice.
    const name = label(look);
    const node = el('div', { class: 'value', 'data-quantity': quantity },
      el('div', { class: 'label' }, el('span', { class: 'what', text: name }),
        how ? el('span', { text: `(${how})` }) : look.name && look.name.toLowerCase() !== name.toLowerCase() && el('code', { class: 'what', text: look.name })),
      el('div', { class: 'reading' }, value, unit));
    node.style.setProperty('--tone', tone(look.quantity));
    return { node, value, unit, look, digits: 0, width: 0, ...source };
  }

  draw(table) {
    for (const t of this.tiles) {
      let text;
      if (t.look.quantity === 'resistance' && t.from) {
        const row = table.newest;
        const [figures, unit] = ohms(row ? t.from(row) : null);
        text = figures;
        setText(t.unit, unit);
      } else if (t.from) {
        text = number(table.newest ? t.from(table.newest) : null, 1);
      } else {
        const value = table.latest(t.index);
        const recent = table.recent(t.index, 200);
        t.digits = Math.max(t.digits, decimals(t.look, recent));
        for (const v of recent) t.width = Math.max(t.width, number(v, t.digits).length);
        // Fewer digits again only when the number has clearly grown.
        if (value !== null && Math.abs(value) >= 1e5) t.digits = Math.min(t.digits, 1);
        text = number(value, t.digits);
      }
      setText(t.value, text);
      // Numbers stand right in a width that only grows: units never jump.
      const width = Math.max(t.width, text.length, 4);
      if (width !== t.set) {
        t.width = t.set = width;
        t.value.style.minWidth = `${(width - (/[.]/.test(text) ? 0.5 : 0)).toFixed(1)}ch`;
      }
    }
  }

  stale(yes) { this.node.classList.toggle('stale', yes); }
}
