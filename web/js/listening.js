// The page's own live log: what comes on some filters, retained messages first.
import { el, sentence, setText } from './dom.js';
import { count } from './format.js';
import { clock } from './publishform.js';
import { Stream } from './stream.js';

const SHOWN = 200; // messages
const FILTERS = 8;

export class Listening {
  // heard(message) is called with each message.
  constructor(bench, heard) {
    Object.assign(this, { bench, heard, held: false, waiting: [], seen: new Map() });
    this.filters = [`${bench.name}/#`];
    this.extra = []; // of controls that show other sessions' topics
    this.stream = new Stream({
      address: () => `${bench.path}/listen?${new URLSearchParams(this.wanted().map((f) => ['filter', f]))}`,
      events: {
        hello: (h) => { this.begin(); this.hints(h); },
        messages: (m) => this.take(m),
        still: () => {},
        refused: (r) => { this.stream.stop(); this.tell(r.error, 'bad'); },
      },
      ended: async (tries) => {
        if (tries > 1) this.tell('The server does not answer. Trying again.', 'bad');
        return true;
      },
    });
    this.build();
  }

  wanted() { return [...new Set([...this.filters, ...this.extra])].slice(0, FILTERS); }

  build() {
    this.input = el('input', { id: 'listen-filter', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 500, placeholder: 'class/#' });
    this.chips = el('ul', { class: 'filters', 'aria-label': 'Filters' });
    this.result = el('p', { class: 'outcome', id: 'listen-outcome', role: 'status', hidden: true });
    this.log = el('ul', { class: 'heard', id: 'listen-log', tabindex: 0, 'aria-label': 'Messages, newest first' });
    this.pause = el('button', { type: 'button', text: 'Pause', 'aria-pressed': 'false', onclick: () => this.hold(!this.held) });
    const form = el('form', { class: 'adding', onsubmit: (e) => { e.preventDefault(); this.add(this.input.value.trim()); } },
      el('label', { for: 'listen-filter', text: 'Filter' }), this.input, el('button', { id: 'listen-add', text: 'Listen' }));
    this.node = el('section', { class: 'box', 'aria-labelledby': 'listen-title' },
      el('h2', {}, el('span', { id: 'listen-title', text: 'Subscribe' }), el('span', { class: 'tools' }, this.pause,
        el('button', { type: 'button', text: 'Clear', onclick: () => this.log.replaceChildren(this.nothing()) }))),
      form, this.chips, this.result, this.log);
    this.log.append(this.nothing());
    this.write();
  }

  nothing() {
    return el('li', { class: 'none' }, sentence(el('span'), this.begun ? `Nothing came yet. Publish to \`${this.bench.name}/hello\` and it stands here.` : 'Starting to listen.'));
  }

  // begin says that the server listens from now on: what was published before
  // is not heard.
  begin() {
    this.begun = true;
    this.log.querySelector('.none')?.replaceWith(this.nothing());
  }

  start() { if (this.wanted().length) this.stream.start(); }

  stop() { this.stream.stop(); }

  restart() {
    this.stream.stop();
    this.result.hidden = true;
    this.start();
  }

  add(filter) {
    if (!filter) return;
    if (this.filters.includes(filter)) { this.tell(`You listen to \`${filter}\` already.`, 'waiting'); return; }
    if (this.filters.length >= FILTERS) { this.tell(`A page listens to at most ${FILTERS} filters. Remove one first.`, 'bad'); return; }
    this.filters.push(filter);
    this.input.value = '';
    this.write();
    this.restart();
  }

  remove(filter) {
    this.filters = this.filters.filter((f) => f !== filter);
    this.write();
    this.restart();
    this.input.focus();
  }

  // also listens to topics that controls show.
  also(topics) {
    const extra = topics.filter((t) => !t.startsWith(`${this.bench.name}/`));
    if (extra.join('\n') === this.extra.join('\n')) return;
    this.extra = extra;
    if (this.stream.wanted) this.restart();
  }

  write() {
    this.chips.replaceChildren(...this.filters.map((f) => el('li', { 'data-filter': f }, el('code', { text: f }),
      el('button', { type: 'button', class: 'link', text: 'Remove', 'aria-label': `Stop listening to ${f}`, onclick: () => this.remove(f) }))));
  }

  // hints tells of filters that were refused, or that nothing will come on.
  hints({ filters, hints }) {
    const refused = this.filters.filter((f) => !filters.includes(f));
    this.filters = this.filters.filter((f) => !refused.includes(f));
    if (refused.length) this.write();
    if (hints.length) this.tell(hints.join(' '), 'bad');
    else if (this.result.dataset.state === 'bad') this.result.hidden = true;
  }

  tell(text, state) {
    this.result.hidden = false;
    this.result.dataset.state = state;
    sentence(this.result, text);
  }

  take({ messages, dropped }) {
    // After a reconnect the retained ones come again.
    messages = messages.filter((m) => !m.kept || this.seen.get(m.topic) !== m.text);
    for (const m of messages) {
      this.seen.delete(m.topic);
      this.seen.set(m.topic, m.text);
      if (this.seen.size > 1000) this.seen.delete(this.seen.keys().next().value);
      this.heard(m);
    }
    if (dropped) messages.push({ dropped });
    this.waiting.push(...messages);
    if (this.waiting.length > SHOWN) this.waiting = this.waiting.slice(-SHOWN);
    if (!this.held) this.flush();
    else setText(this.pause, `Go on (${count(this.waiting.length, 'message')})`);
  }

  hold(yes) {
    this.held = yes;
    this.pause.setAttribute('aria-pressed', String(yes));
    setText(this.pause, yes ? 'Go on' : 'Pause');
    if (!yes) this.flush();
  }

  flush() {
    if (!this.waiting.length) return;
    this.log.querySelector('.none')?.remove();
    this.log.prepend(...this.waiting.reverse().map(line));
    this.waiting = [];
    while (this.log.children.length > SHOWN) this.log.lastChild.remove();
  }
}

function line(m) {
  if (m.topic === undefined) return el('li', { class: 'lost', text: `${count(m.dropped, 'message')} came faster than a page can show.` });
  const text = m.size === 0 ? '(empty)' : m.binary ? `${m.text}${m.cut ? ' …' : ''} (${count(m.size, 'byte')}, hex)` : `${m.text}${m.cut ? ' …' : ''}`;
  const badge = m.kept ? 'retained' : m.retain ? 'retain' : '';
  return el('li', { 'data-topic': m.topic },
    el('span', { class: 'topic', text: m.topic }),
    el('span', { class: 'meta' }, badge && el('span', { class: 'badge', text: badge, title: m.kept ? 'It was there before you listened' : 'It was published with retain' }), ` QoS ${m.qos} · ${clock(m.time)}`),
    el('code', { class: 'text', text }));
}
