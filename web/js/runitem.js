// One run in the list: what it is, and the form in which it is renamed.
import { send } from './api.js';
import { el, setText } from './dom.js';
import { brief } from './figures.js';
import { count, time } from './format.js';
import { sure } from './sure.js';

const KINDS = { series: 'new_series', sweep: 'sweep', marked: 'kept by hand' };

export class RunItem {
  constructor(bench, run, { pick }) {
    this.bench = bench;
    this.box = el('input', { type: 'checkbox', onchange: () => pick(this.box.checked) });
    this.swatch = el('i', { class: 'swatch', hidden: true });
    this.name = el('span', { class: 'name' });
    this.badge = el('span', { class: 'badge' });
    this.about = el('p', { class: 'caption' });
    this.said = el('p', { class: 'caption figures' });
    this.noted = el('p', { class: 'note' });
    this.actions = el('div', { class: 'run-actions' });
    this.node = el('li', { class: 'run', 'data-run': run.id, 'data-session': run.session },
      el('label', {}, this.box, this.name, this.swatch, this.badge), this.actions, this.about, this.said, this.noted);
  }

  update(run) {
    this.run = run;
    const key = JSON.stringify(run) + this.bench.may();
    if (this.shown === key) return;
    this.shown = key;
    const own = !run.session;
    setText(this.name, own ? run.name : `${run.session}: ${run.name}`);
    this.box.setAttribute('aria-label', `${run.name} in the chart`);
    const kind = [own && KINDS[run.kind], own && run.shared && 'shared'].filter(Boolean).join(', ');
    setText(this.badge, kind);
    this.badge.hidden = !kind;
    const began = run.started ? time(Date.parse(run.started)) : '';
    setText(this.about, [run.series, count(run.rows ?? 0, 'row'), began, run.ended || !own ? '' : 'goes on'].filter(Boolean).join(' · '));
    setText(this.said, brief(run.figures));
    this.said.hidden = !this.said.textContent;
    setText(this.noted, run.note ?? '');
    this.noted.hidden = !run.note;
    this.actions.replaceChildren(...(own ? [
      run.iv && this.button('I-V', `Analysis of ${run.name}`, () => this.bench.open('iv', run)),
      this.button('Export', `Export ${run.name}`, () => this.bench.open('export', run)),
      this.bench.may() && (this.editButton = this.button('Edit', `Edit ${run.name}`, () => this.edit())),
    ].filter(Boolean) : []));
    this.editButton?.setAttribute('aria-expanded', String(Boolean(this.form)));
  }

  button(text, label, act) { return el('button', { type: 'button', class: 'link', text, 'aria-label': label, onclick: act }); }

  // look colours the run as in the chart; null where it is not in it.
  look(style) {
    this.box.checked = style !== null;
    this.swatch.hidden = style === null;
    if (!style) return;
    this.swatch.style.setProperty('--tone', style.colour);
    this.swatch.style.setProperty('--line', style.line);
  }

  edit() {
    if (this.form) { this.close(); return; }
    const { run } = this;
    const input = (label, name, value, more = {}) => el('label', {}, label, el('input', { name, value, autocomplete: 'off', ...more }));
    this.form = el('form', { class: 'edit' },
      input('Name', 'name', run.name, { maxlength: 100, required: true }),
      input('Note', 'note', run.note ?? '', { maxlength: 2000, placeholder: 'lamp, distance, temperature ...' }),
      el('label', { class: 'check' }, el('input', { type: 'checkbox', name: 'shared', checked: run.shared }), 'Classmates may lay it over theirs'),
      el('p', { class: 'actions' },
        el('button', { class: 'primary', text: 'Save' }),
        el('button', { type: 'button', text: 'Cancel', onclick: () => this.close() }),
        el('button', { type: 'button', class: 'link danger', text: 'Delete', onclick: () => this.remove() })));
    this.form.addEventListener('submit', (e) => { e.preventDefault(); this.save(); });
    this.form.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.close(); });
    this.node.append(this.form);
    this.editButton?.setAttribute('aria-expanded', 'true');
    this.form.elements.name.select();
  }

  close() {
    this.form?.remove();
    this.form = null;
    this.editButton?.setAttribute('aria-expanded', 'false');
    this.editButton?.focus();
  }

  async save() {
    const { name, note, shared } = this.form.elements;
    try {
      await change(this.bench, this.run, { name: name.value.trim(), note: note.value.trim(), shared: shared.checked });
      this.close();
    } catch (e) { this.bench.failed(e); }
  }

  async remove() {
    const { bench, run } = this;
    if (!await sure(`Delete ${run.name}?`, `The run goes, with its note. The readings of \`${run.series}\` stay.`, 'Delete')) return;
    try {
      await send('DELETE', `${bench.path}/runs/${run.id}`);
      bench.drop('runs', run.id);
    } catch (e) { bench.failed(e); }
  }
}

// change sends what people say about a run; what is left out stays.
export async function change(bench, run, changes) {
  bench.change('runs', await send('PUT', `${bench.path}/runs/${run.id}`, changes));
}
