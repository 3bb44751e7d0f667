// The running lab's checklist on a student's page: what is ticked, what is not.
import { get, sessionPath } from './api.js';
import { el, icon } from './dom.js';

const time = (iso) => new Date(iso).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

export class LabList {
  constructor(node, session) {
    this.node = node;
    this.path = `${sessionPath(session)}/lab`;
    this.key = 'null';
  }

  // told takes how far the session is, null where no lab runs; the list is asked
  // for only when that changed.
  async told(progress) {
    const key = JSON.stringify(progress ?? null);
    if (key === this.key) return;
    this.key = key;
    if (!progress) { this.node.hidden = true; return; }
    try {
      const answer = await get(this.path);
      if (this.key === key) this.show(answer);
    } catch { this.key = 'asked again with the next state'; }
  }

  show(answer) {
    this.node.hidden = !answer.lab;
    if (!answer.lab) return;
    this.node.replaceChildren(
      el('h2', { id: 'lab-title' }, answer.lab.name, el('span', { class: 'count', text: ` ${answer.done} of ${answer.lab.steps.length}` })),
      el('ul', {}, ...answer.lab.steps.map((s, i) => {
        const t = answer.ticks[i];
        const shape = el('span', { class: 'shape', 'aria-hidden': 'true' });
        shape.append(icon(t ? 'finished' : 'never'));
        return el('li', { class: t ? 'done' : 'open', title: t?.by }, shape, el('span', { text: s.title }),
          el('span', { class: 'when', text: t ? time(t.at) : 'not yet' }));
      })));
  }
}
