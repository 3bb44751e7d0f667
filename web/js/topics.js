// The tree of topics with last values, retained marks and text messages.
import { now } from './api.js';
import { $, el, setText } from './dom.js';
import { age, count } from './format.js';

const SHOWN = 400;

export class Topics {
  // The server's topics stand below the session's prefix; here they are whole.
  constructor(node, session) {
    this.session = session;
    this.list = $('ul', node);
    this.count = $('.count', node);
    this.search = $('input', node);
    this.topics = new Map();
    this.items = new Map();
    this.search.addEventListener('input', () => this.build());
    this.search.addEventListener('keydown', (e) => {
      if (e.key !== 'Escape') return;
      this.search.value = '';
      this.build();
      this.search.blur();
    });
    this.build(); // the stream says nothing where there is none
  }

  // update takes topics that changed; whole says that there are no others.
  update(below, whole = false) {
    const topics = below.map((t) => ({ ...t, topic: t.topic === '' ? this.session : `${this.session}/${t.topic}` }));
    let grown = whole && topics.length !== this.topics.size;
    if (whole) {
      const names = new Set(topics.map((t) => t.topic));
      for (const name of this.topics.keys()) if (!names.has(name)) { this.topics.delete(name); grown = true; }
    }
    for (const t of topics) {
      grown ||= !this.topics.has(t.topic);
      this.topics.set(t.topic, t);
    }
    if (grown) this.build();
    else for (const t of topics) this.write(t);
  }

  get size() { return this.topics.size; }

  // numeric tells whether any topic's last message was a number.
  get numeric() { return [...this.topics.values()].some((t) => t.numeric); }

  // newest is the topic that a message came on last, null for none.
  get newest() {
    let best = null;
    for (const t of this.topics.values()) if (!best || t.time > best.time) best = t;
    return best;
  }

  build() {
    const wanted = this.search.value.trim().toLowerCase();
    const all = [...this.topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
    const found = wanted ? all.filter((t) => t.topic.toLowerCase().includes(wanted) || (t.text ?? '').toLowerCase().includes(wanted)) : all;
    this.count.textContent = this.topics.size ? `(${wanted ? `${found.length} of ` : ''}${this.topics.size})` : '';
    this.items.clear();
    const rows = [];
    let path = [];
    for (const t of found.slice(0, SHOWN)) {
      const levels = t.topic.split('/');
      let same = 0;
      while (same < path.length && same < levels.length - 1 && path[same] === levels[same]) same++;
      for (let depth = same; depth < levels.length - 1; depth++) {
        rows.push(line(depth, `${levels[depth]}/`, { class: 'branch' }));
      }
      path = levels.slice(0, -1);
      const text = el('button', { type: 'button', class: 'text', onclick: () => text.classList.toggle('open') });
      const badge = el('span', { class: 'badge', text: 'retained', title: 'Kept by the broker for who subscribes later' });
      const when = el('span');
      const item = line(levels.length - 1, levels[levels.length - 1] || '(empty)', { title: t.topic, 'data-topic': t.topic }, text, el('span', { class: 'meta' }, badge, when));
      this.items.set(t.topic, { text, badge, when });
      rows.push(item);
    }
    if (!rows.length) rows.push(el('li', { class: 'none', text: wanted ? 'No topic has this.' : 'Nothing was published yet. Start your board, or send a test reading from Start.' }));
    if (found.length > SHOWN) rows.push(el('li', { class: 'none', text: `${found.length - SHOWN} more: search for them.` }));
    this.list.replaceChildren(...rows);
    for (const t of found.slice(0, SHOWN)) this.write(t);
  }

  write(t) {
    const item = this.items.get(t.topic);
    if (!item) return;
    const text = t.binary ? `${count(t.size, 'byte')}, not text` : t.text === '' ? '(empty message)' : t.text;
    const cut = !t.binary && new TextEncoder().encode(t.text).length < t.size;
    setText(item.text, cut ? `${text} …` : text);
    item.text.title = t.numeric ? '' : 'A text: not drawn';
    item.badge.hidden = !t.retained;
    this.age(t, item);
  }

  age(t, item) {
    setText(item.when, `${t.count > 1 ? `${t.count}× ` : ''}${age(now() - Date.parse(t.time))}`);
    item.when.title = `QoS ${t.qos}, ${count(t.count, 'message')}`;
  }

  ages() {
    for (const [name, item] of this.items) this.age(this.topics.get(name), item);
  }
}

function line(depth, key, props, ...rest) {
  const node = el('li', props, el('span', { class: 'key', text: key }), ...rest);
  node.style.setProperty('--depth', depth);
  return node;
}
