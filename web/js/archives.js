// Zips that the server makes in the background: how far they are, a way to stop
// them, and the download. A page that is opened anew finds them again.
import { get, send } from './api.js';
import { $, el, place, setText } from './dom.js';

const POLL = 400;
const REST = 5000; // between looks while nothing is made, for another page's

export class Archives {
  // Those of labs stand in section, the class's in one of its own; changed() is
  // called where one was saved or is ready.
  constructor(section, whole, changed) {
    this.section = section;
    this.whole = whole;
    this.changed = changed;
    this.nodes = new Map();
    this.key = '';
  }

  async make(body) {
    await send('POST', '/api/archives', body);
    await this.look();
  }

  async look() {
    clearTimeout(this.timer);
    let list = [];
    try { list = await get('/api/archives'); } catch { return; }
    const key = list.map((a) => `${a.id} ${a.state} ${a.saved}`).join();
    if (key !== this.key) this.changed();
    this.key = key;
    const of = (kind) => list.filter((a) => a.kind === kind).map((a) => this.line(a));
    const labs = of('lab');
    this.section.hidden = labs.length === 0;
    place($('ul', this.section), labs);
    place(this.whole, of('class'));
    for (const id of [...this.nodes.keys()]) if (!list.some((a) => a.id === id)) this.nodes.delete(id);
    const busy = list.some((a) => a.state === 'working');
    const waiting = list.some((a) => a.state === 'ready' && !a.saved);
    if (document.visibilityState !== 'hidden') this.timer = setTimeout(() => this.look(), busy ? POLL : waiting ? 1500 : REST);
  }

  line(a) {
    let x = this.nodes.get(a.id);
    if (!x) {
      x = {
        bar: el('progress', { 'aria-label': `How far ${a.file} is` }),
        text: el('span', { role: 'status' }),
        link: el('a', { class: 'button', download: true, text: 'Download' }),
        button: el('button', { type: 'button', onclick: () => this.stop(a.id) }),
      };
      x.node = el(a.kind === 'class' ? 'p' : 'li', { class: 'job', 'data-state': '' }, el('span', { class: 'name', text: a.file }), x.bar, x.text, x.link, x.button);
      this.nodes.set(a.id, x);
    }
    const working = a.state === 'working';
    x.node.dataset.state = a.state;
    x.bar.hidden = !working;
    x.bar.max = Math.max(1, a.of);
    x.bar.value = a.done;
    x.link.hidden = a.state !== 'ready';
    x.link.classList.toggle('primary', !a.saved);
    if (a.url) x.link.href = a.url;
    setText(x.button, working ? 'Cancel' : 'Remove');
    x.button.setAttribute('aria-label', `${working ? 'Cancel' : 'Remove'} ${a.file}`);
    setText(x.text, {
      working: `${Math.floor((100 * a.done) / Math.max(1, a.of))} %`,
      ready: `${size(a.size)}, ${a.saved ? 'downloaded' : 'ready, not downloaded yet'}`,
      cancelled: 'cancelled',
    }[a.state] ?? a.error);
    return x.node;
  }

  async stop(id) {
    await send('DELETE', `/api/archives/${id}`).catch(() => {});
    await this.look();
  }
}

const size = (n) => (n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(n / 1e3))} kB`);
