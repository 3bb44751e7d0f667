// The form that makes a control or changes it.
import { el, setText } from './dom.js';
import { showOutcome } from './publishform.js';
import { below } from './saying.js';

const KINDS = [
  ['switch', 'Switch', 'sends one payload for on and another for off, and shows the last one'],
  ['button', 'Button', 'sends one payload'],
  ['slider', 'Slider', 'sends a number while it moves, at most five a second, and always the last'],
  ['value', 'Value', 'shows the last message of a topic'],
];

export class ControlForm {
  // keep(control) keeps it; it throws what the server refuses.
  constructor(bench, keep) {
    Object.assign(this, { bench, keep, kind: 'switch' });
    this.build();
  }

  build() {
    const input = (id, props = {}) => el('input', { id: `control-${id}`, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 500, ...props });
    this.kinds = el('div', { class: 'segments', role: 'group', 'aria-label': 'Kind' }, ...KINDS.map(([kind, text]) => el('button', {
      type: 'button', text, 'data-kind': kind, 'aria-pressed': 'false', onclick: () => { this.kind = kind; this.write(); },
    })));
    this.about = el('p', { class: 'caption' });
    this.fields = {
      label: input('label', { maxlength: 40, placeholder: 'Red LED' }),
      topic: input('topic', { list: 'publish-topics', placeholder: 'led' }),
      payload: input('payload', { placeholder: 'toggle' }),
      on: input('on', { placeholder: 'on' }),
      off: input('off', { placeholder: 'off' }),
      min: input('min', { type: 'number', step: 'any', value: 0 }),
      max: input('max', { type: 'number', step: 'any', value: 100 }),
      step: input('step', { type: 'number', step: 'any', value: 1, min: 0 }),
      template: input('template', { placeholder: '{value}' }),
    };
    this.prefix = el('code', { text: `${this.bench.name}/` });
    this.qos = el('select', { id: 'control-qos' }, ...[0, 1, 2].map((q) => el('option', { value: q, text: `QoS ${q}` })));
    this.retain = el('input', { type: 'checkbox', id: 'control-retain' });
    const field = (id, text, node, ...kinds) => [el('label', { for: `control-${id}`, text, 'data-kinds': kinds.join(' ') }), el('div', { 'data-kinds': kinds.join(' ') }, node)];
    const f = this.fields;
    const all = ['button', 'switch', 'slider', 'value'];
    const talks = ['button', 'switch', 'slider'];
    this.title = el('h2', { id: 'control-title' });
    this.problem = el('p', { class: 'outcome', role: 'status', hidden: true });
    this.save = el('button', { class: 'primary', id: 'control-save' });
    this.form = el('form', { onsubmit: (e) => { e.preventDefault(); this.submit(); } }, this.title, this.kinds, this.about,
      el('div', { class: 'fields' },
        ...field('label', 'Name', f.label, ...all),
        ...field('topic', 'Topic', el('div', { class: 'prefixed' }, this.prefix, f.topic), ...all),
        ...field('payload', 'Payload', f.payload, 'button'),
        ...field('on', 'On sends', f.on, 'switch'), ...field('off', 'Off sends', f.off, 'switch'),
        ...field('min', 'From', f.min, 'slider'), ...field('max', 'To', f.max, 'slider'), ...field('step', 'In steps of', f.step, 'slider'),
        ...field('template', 'Sends', f.template, 'slider'),
        ...field('qos', 'QoS', this.qos, ...talks),
        ...field('retain', 'Retain', el('label', { class: 'tick' }, this.retain, el('span', { text: 'a board that connects later gets the last one' })), ...talks)),
      this.problem, el('p', { class: 'actions' }, this.save, el('button', { type: 'button', text: 'Cancel', onclick: () => this.node.close() })));
    this.node = el('dialog', { class: 'control-form', id: 'control-form', 'aria-labelledby': 'control-title' }, this.form);
  }

  // open asks for a new control (null), or for changes to one.
  open(control) {
    this.control = control;
    this.kind = control?.kind ?? 'switch';
    const defaults = { on: 'on', off: 'off', min: 0, max: 100, step: 1 };
    for (const [id, node] of Object.entries(this.fields)) node.value = control && (control.kind === 'slider' || !['min', 'max', 'step'].includes(id)) ? control[id] ?? '' : defaults[id] ?? '';
    if (control) this.fields.topic.value = this.within(control.topic) ? below(this.bench.name, control.topic) : control.topic;
    this.qos.value = String(control?.qos ?? 0);
    this.retain.checked = Boolean(control?.retain);
    this.problem.hidden = true;
    setText(this.title, control ? 'Change the control' : 'Add a control');
    setText(this.save, control ? 'Keep' : 'Add');
    this.write();
    this.node.showModal();
    this.fields.label.focus();
  }

  within(topic) { return topic.startsWith(`${this.bench.name}/`); }

  write() {
    for (const b of this.kinds.children) b.setAttribute('aria-pressed', String(b.dataset.kind === this.kind));
    setText(this.about, KINDS.find(([k]) => k === this.kind)[2]);
    for (const node of this.form.querySelectorAll('[data-kinds]')) node.hidden = !node.dataset.kinds.split(' ').includes(this.kind);
    // Only what is watched may be another's.
    const any = this.kind === 'value';
    this.prefix.hidden = any;
    const { topic } = this.fields;
    topic.placeholder = any ? `${this.bench.name}/led or class/message` : 'led';
    if (any && topic.value && !topic.value.includes('/')) topic.value = `${this.bench.name}/${topic.value}`;
    if (!any) topic.value = below(this.bench.name, topic.value);
  }

  async submit() {
    const f = this.fields;
    const text = f.topic.value.trim();
    const talks = this.kind !== 'value';
    const control = {
      id: this.control?.id ?? 0, kind: this.kind, label: f.label.value.trim(),
      topic: !text ? '' : talks ? `${this.bench.name}/${below(this.bench.name, text)}` : text,
      qos: talks ? Number(this.qos.value) : 0, retain: talks && this.retain.checked,
      ...(this.kind === 'button' && { payload: f.payload.value }),
      ...(this.kind === 'switch' && { on: f.on.value, off: f.off.value }),
      ...(this.kind === 'slider' && { min: Number(f.min.value), max: Number(f.max.value), step: Number(f.step.value), template: f.template.value }),
    };
    if (this.kind === 'slider' && f.template.value && !f.template.value.includes('{value}')) {
      showOutcome(this.problem, 'What a slider sends has `{value}` in it, where the number goes.', 'bad');
      return;
    }
    try {
      await this.keep(control);
      this.node.close();
    } catch (e) {
      showOutcome(this.problem, e.message, 'bad');
    }
  }
}
