// What stands at one point of a chart, beside the pointer.
import { $, el } from './dom.js';
import { unitText } from './format.js';

export class PointTip {
  constructor() { this.node = $('#tip'); }

  // text shows a heading and lines of [number, unit].
  text(head, lines, x, y) {
    this.node.replaceChildren(el('div', { class: 'when', text: head }),
      ...lines.map(([value, unit]) => el('div', {}, value, unit && el('span', { class: 'unit', text: ` ${unitText(unit)}` }))));
    this.node.hidden = false;
    const right = x + 16 + this.node.offsetWidth > innerWidth - 8;
    const left = right ? x - 16 - this.node.offsetWidth : x + 16;
    const top = Math.min(y + 12, innerHeight - this.node.offsetHeight - 8);
    this.node.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  hide() { this.node.hidden = true; }
}
