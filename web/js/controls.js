// Buttons, switches, sliders and values that are pinned to topics. The server
// keeps them for the session, so that another device has them too.
import { get, now, send } from './api.js';
import { el, place, setText } from './dom.js';
import { age } from './format.js';
import { ControlForm } from './controlform.js';
import { clock, showOutcome } from './publishform.js';
import { below, say } from './saying.js';
import { sure } from './sure.js';

const MOST = 50;
const EVERY = 200; // ms between two values of a slider that moves

export class Controls {
  constructor(bench, talk) {
    Object.assign(this, { bench, talk, list: [], cards: new Map(), arranging: false });
    this.form = new ControlForm(bench, (control) => this.keep(control));
    this.grid = el('ul', { class: 'controls', id: 'controls' });
    this.none = el('p', { class: 'caption', id: 'controls-none', text: 'Nothing is pinned yet. Add a switch for an LED, a button for a command, a slider for a brightness or a value to watch: the other devices that you sign in on have it too.' });
    this.arrange = el('button', { type: 'button', id: 'controls-arrange', text: 'Arrange', 'aria-pressed': 'false', onclick: () => this.turn(!this.arranging) });
    this.add = el('button', { type: 'button', id: 'controls-add', text: 'Add control', onclick: () => this.form.open(null) });
    this.problem = el('p', { class: 'outcome', role: 'status', hidden: true });
    this.node = el('section', { class: 'box', 'aria-labelledby': 'controls-title' },
      el('h2', {}, el('span', { id: 'controls-title', text: 'Controls' }), el('span', { class: 'tools' }, this.arrange, this.add)),
      this.none, this.grid, this.problem, this.form.node);
  }

  async load() {
    try { this.set(await get(`${this.bench.path}/controls`)); } catch (e) { this.failed(e); }
  }

  failed(e) { showOutcome(this.problem, e.message, 'bad'); }

  set(list) {
    this.list = list;
    this.problem.hidden = true;
    this.none.hidden = list.length > 0;
    this.arrange.hidden = !list.length;
    if (!list.length) this.arranging = false;
    this.add.disabled = list.length >= MOST;
    for (const id of this.cards.keys()) if (!list.some((c) => c.id === id)) this.cards.delete(id);
    place(this.grid, list.map((c) => {
      const old = this.cards.get(c.id);
      if (old && JSON.stringify(old.control) === JSON.stringify(c)) return old.node;
      const card = new Card(c, this);
      this.cards.set(c.id, card);
      return card.node;
    }));
    this.turn(this.arranging);
    this.talk.listening.also(list.map((c) => c.topic));
    this.write();
  }

  // write shows the last values.
  write() { for (const card of this.cards.values()) card.write(); }

  turn(on) {
    this.arranging = on;
    this.arrange.setAttribute('aria-pressed', String(on));
    setText(this.arrange, on ? 'Done' : 'Arrange');
    for (const card of this.cards.values()) card.tools.hidden = !on;
  }

  async keep(control) {
    const path = control.id ? `${this.bench.path}/controls/${control.id}` : `${this.bench.path}/controls`;
    const kept = await send(control.id ? 'PUT' : 'POST', path, control);
    this.set(control.id ? this.list.map((c) => (c.id === kept.id ? kept : c)) : [...this.list, kept]);
    if (!control.id) this.cards.get(kept.id).focus();
  }

  async move(id, by) {
    const ids = this.list.map((c) => c.id);
    const at = ids.indexOf(id);
    const to = at + by;
    if (to < 0 || to >= ids.length) return;
    [ids[at], ids[to]] = [ids[to], ids[at]];
    try {
      this.set(await send('PUT', `${this.bench.path}/controls`, { order: ids }));
      this.cards.get(id)?.tools.querySelector(by < 0 ? '.back' : '.on').focus();
    } catch (e) { this.failed(e); }
  }

  async remove(control) {
    if (!await sure('Remove the control?', `\`${title(control, this.bench.name)}\` goes from all your devices. Messages and readings stay.`, 'Remove')) return;
    try {
      await send('DELETE', `${this.bench.path}/controls/${control.id}`);
      this.set(this.list.filter((c) => c.id !== control.id));
      this.add.focus();
    } catch (e) { this.failed(e); }
  }
}

const title = (c, name) => c.label || below(name, c.topic);

// Card is one control.
class Card {
  constructor(control, controls) {
    Object.assign(this, { control, controls, name: controls.bench.name });
    this.result = el('p', { class: 'outcome', role: 'status', hidden: true });
    const text = title(control, this.name);
    const tool = (cls, word, label, act) => el('button', { type: 'button', class: `link ${cls}`, text: word, 'aria-label': `${label} ${text}`, onclick: act });
    this.tools = el('p', { class: 'run-actions', hidden: true },
      tool('back', 'Earlier', 'Move earlier:', () => controls.move(control.id, -1)),
      tool('on', 'Later', 'Move later:', () => controls.move(control.id, 1)),
      tool('', 'Edit', 'Edit', () => controls.form.open(control)),
      tool('danger', 'Remove', 'Remove', () => controls.remove(control)));
    this.node = el('li', { class: `control kind-${control.kind}`, 'data-id': control.id },
      el('p', { class: 'label' }, el('span', { id: `control-${control.id}`, text }), el('code', { text: control.topic })),
      this.widget(text), this.result, this.tools);
  }

  focus() { this.node.querySelector('button, input')?.focus(); }

  widget(text) {
    const c = this.control;
    switch (c.kind) {
      case 'button':
        return el('button', { type: 'button', class: 'act', text, title: `Sends ${c.payload || 'an empty message'}`, onclick: () => this.send(c.payload ?? '') });
      case 'switch':
        this.knob = el('button', { type: 'button', class: 'act switch', role: 'switch', 'aria-checked': 'false', 'aria-labelledby': `control-${c.id}`, onclick: () => this.send(this.isOn ? c.off ?? '' : c.on ?? '') },
          el('i', { 'aria-hidden': 'true' }), this.word = el('span', { text: 'unknown' }));
        return this.knob;
      case 'slider':
        this.range = el('input', { type: 'range', min: c.min, max: c.max, step: c.step, 'aria-labelledby': `control-${c.id}`, oninput: () => this.slide(), onchange: () => this.slide() });
        this.shown = el('output', { text: '?' });
        return el('div', { class: 'slide' }, this.range, this.shown);
    }
    this.shown = el('output', { class: 'last', text: '?' });
    this.when = el('span', { class: 'meta' });
    return el('div', { class: 'watched' }, this.shown, this.when);
  }

  // slide sends the newest value at most five times a second, and always the
  // last one.
  slide() {
    setText(this.shown, this.range.value);
    this.next = this.range.value;
    if (this.timer) return;
    const go = () => {
      this.timer = null;
      if (this.next === undefined) return;
      const value = this.next;
      this.next = undefined;
      this.timer = setTimeout(go, EVERY);
      if (value !== this.sentValue) this.send((this.control.template || '{value}').replaceAll('{value}', value));
      this.sentValue = value;
    };
    go();
  }

  async send(payload) {
    const c = this.control;
    const mine = this.sending = {};
    try {
      await say(this.controls.bench.path, { topic: c.topic, payload, qos: c.qos, retain: c.retain }, (text, state) => {
        if (this.sending === mine) showOutcome(this.result, text, state);
      });
      this.controls.talk.heard({ topic: c.topic, text: payload, time: new Date(now()).toISOString() });
    } catch (e) {
      if (this.sending === mine) showOutcome(this.result, e.message, 'bad');
    }
  }

  write() {
    const c = this.control;
    const last = this.controls.talk.value(c.topic);
    if (c.kind === 'switch') {
      const state = last?.text === (c.on ?? '') ? 'on' : last?.text === (c.off ?? '') ? 'off' : 'unknown';
      this.isOn = state === 'on';
      this.knob.setAttribute('aria-checked', String(this.isOn));
      this.knob.dataset.state = state;
      setText(this.word, state === 'unknown' && last?.text ? `unknown: ${last.text.slice(0, 30)}` : state);
    } else if (c.kind === 'slider') {
      const value = last && number(c.template || '{value}', last.text ?? '');
      if (value === undefined || value === null || document.activeElement === this.range && this.timer) return;
      this.range.value = value;
      setText(this.shown, String(value));
      this.sentValue = this.range.value;
    } else if (c.kind === 'value') {
      this.shown.classList.toggle('long', (last?.text ?? '').length > 10);
      setText(this.shown, !last ? 'nothing yet' : last.text === null ? 'bytes' : last.text === '' ? '(empty)' : last.text);
      setText(this.when, last ? clock(last.time) : '');
      this.when.title = last ? `${age(now() - Date.parse(last.time))} ago` : '';
    }
  }
}

// number finds the value in a payload that a template made, null where it was
// not made so.
function number(template, text) {
  const [before, ...after] = template.split('{value}');
  const rest = after.at(-1) ?? '';
  if (!text.startsWith(before) || !text.endsWith(rest) || text.length < before.length + rest.length) return null;
  const inner = text.slice(before.length, text.length - rest.length);
  const value = Number(inner);
  return inner.trim() !== '' && Number.isFinite(value) ? value : null;
}
