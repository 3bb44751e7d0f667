// Publish one message: topic, payload, QoS, retain, what became of it, and what
// was sent before.
import { now } from './api.js';
import { el, sentence, setText } from './dom.js';
import { below, say, softly } from './saying.js';

const KEPT = 50; // messages in the history
// Slides that count the levels of QoS from 1 call them by the second number.
const QOS = [
  ['0', 'At most once (level 1 in slides that count from 1): sent and forgotten.'],
  ['1', 'At least once (level 2 in slides that count from 1): repeated until acknowledged, so it may come twice.'],
  ['2', 'Exactly once (level 3 in slides that count from 1): four packets make sure of it.'],
];

export class PublishForm {
  // said(message) is called with each message that was published.
  constructor(bench, said) {
    Object.assign(this, { bench, said, qos: '0' });
    this.key = `labbroker:said:${bench.name}`;
    this.past = read(this.key);
    this.build();
    this.list();
  }

  build() {
    this.topic = el('input', { id: 'publish-topic', list: 'publish-topics', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 500, placeholder: 'led', 'aria-describedby': 'publish-prefix' });
    this.topic.addEventListener('change', () => { this.topic.value = below(this.bench.name, this.topic.value.trim()); });
    this.known = el('datalist', { id: 'publish-topics' });
    this.payload = el('textarea', { id: 'publish-payload', rows: 2, spellcheck: 'false', maxlength: 12000, placeholder: 'on', oninput: () => this.soft() });
    this.softly = el('p', { class: 'caption', role: 'status', hidden: true });
    this.levels = el('div', { class: 'segments', role: 'group', 'aria-label': 'QoS', id: 'publish-qos' }, ...QOS.map(([q]) => el('button', {
      type: 'button', text: q, 'data-qos': q, 'aria-pressed': String(q === this.qos), onclick: () => this.level(q),
    })));
    this.about = el('p', { class: 'caption', text: QOS[0][1] });
    this.retain = el('input', { type: 'checkbox', id: 'publish-retain' });
    this.result = el('p', { class: 'outcome', id: 'publish-outcome', role: 'status', hidden: true });
    this.button = el('button', { class: 'primary', id: 'publish-send', text: 'Publish' });
    const form = el('form', { class: 'fields', onsubmit: (e) => { e.preventDefault(); this.send(this.message()); } },
      el('label', { for: 'publish-topic', text: 'Topic' }),
      el('div', {}, el('div', { class: 'prefixed' }, el('code', { id: 'publish-prefix', text: `${this.bench.name}/` }), this.topic), this.known),
      el('label', { for: 'publish-payload', text: 'Payload' }), el('div', {}, this.payload, this.softly),
      el('span', { text: 'QoS' }), el('div', {}, this.levels, this.about),
      el('span', { text: 'Retain' }), el('label', { class: 'tick' }, this.retain, el('span', { text: 'keep it for who subscribes later' })),
      el('p', { class: 'actions' }, this.button,
        el('button', { type: 'button', id: 'publish-clear', text: 'Clear retained', title: 'Send an empty payload with retain', onclick: () => this.clear() })));
    this.items = el('ul', { class: 'sent', id: 'publish-said' });
    this.node = el('section', { class: 'box', 'aria-labelledby': 'publish-title' },
      el('h2', { id: 'publish-title', text: 'Publish' }), form, this.result,
      el('h3', { text: 'Sent from this browser' }), this.items);
  }

  // show renews the suggestions.
  show() {
    const topics = [...this.bench.topics().keys()].filter((t) => t.startsWith(`${this.bench.name}/`) && !/\/(errors|throttle)$/.test(t)).sort().slice(0, 200);
    const key = topics.join('\n');
    if (this.known.dataset.shown === key) return;
    this.known.dataset.shown = key;
    this.known.replaceChildren(...topics.map((t) => el('option', { value: below(this.bench.name, t) })));
  }

  level(q) {
    this.qos = q;
    for (const b of this.levels.children) b.setAttribute('aria-pressed', String(b.dataset.qos === q));
    setText(this.about, QOS[q][1]);
  }

  soft() {
    const text = softly(this.payload.value);
    this.softly.hidden = !text;
    setText(this.softly, text);
  }

  message() {
    return { topic: `${this.bench.name}/${below(this.bench.name, this.topic.value.trim())}`, payload: this.payload.value, qos: Number(this.qos), retain: this.retain.checked };
  }

  clear() { this.send({ ...this.message(), payload: '', retain: true }); }

  async send(message) {
    const mine = this.sending = {};
    if (message.topic === `${this.bench.name}/`) {
      this.tell('Name a topic, such as `led`.', 'bad');
      this.topic.focus();
      return;
    }
    try {
      await say(this.bench.path, message, (text, state) => { if (this.sending === mine) this.tell(text, state); });
    } catch (e) {
      this.tell(e.message, 'bad');
      return;
    }
    const time = new Date(now()).toISOString();
    this.said({ topic: message.topic, text: message.payload, time });
    this.past = [{ ...message, time }, ...this.past].slice(0, KEPT);
    keep(this.key, this.past);
    this.list();
  }

  tell(text, state) { showOutcome(this.result, text, state); }

  list() {
    if (!this.past.length) {
      this.items.replaceChildren(el('li', { class: 'none', text: 'Nothing yet. What you publish stands here, to be sent again.' }));
      return;
    }
    this.items.replaceChildren(...this.past.map((m) => {
      const name = below(this.bench.name, m.topic);
      return el('li', {},
        el('button', { type: 'button', class: 'link what', title: 'Fill the form with it', onclick: () => this.fill(m) },
          el('span', { class: 'topic', text: name }), ' ', el('code', { text: m.payload === '' ? '(empty)' : m.payload.slice(0, 120) })),
        el('span', { class: 'meta', text: [`QoS ${m.qos}`, m.retain && 'retain', clock(m.time)].filter(Boolean).join(', ') }),
        el('button', { type: 'button', text: 'Resend', 'aria-label': `Resend ${m.payload.slice(0, 40)} on ${name}`, onclick: () => this.send({ topic: m.topic, payload: m.payload, qos: m.qos, retain: m.retain }) }));
    }));
  }

  fill(m) {
    this.topic.value = below(this.bench.name, m.topic);
    this.payload.value = m.payload;
    this.retain.checked = m.retain;
    this.level(String(m.qos));
    this.soft();
    this.button.focus();
  }
}

// showOutcome writes what became of a message: a word before it says how that
// is, not the colour alone.
export function showOutcome(node, text, state) {
  node.hidden = false;
  node.dataset.state = state;
  sentence(node, text);
}

export const clock = (time) => new Date(time).toLocaleTimeString([], { hour12: false });

function read(key) {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? '[]');
    return list.filter((m) => typeof m.topic === 'string' && typeof m.payload === 'string' && [0, 1, 2].includes(m.qos)).slice(0, KEPT);
  } catch { return []; }
}

function keep(key, list) {
  try { localStorage.setItem(key, JSON.stringify(list)); } catch { /* the browser keeps nothing; the page still does */ }
}
