// Uploading a class list: what it would change, mistakes by line, then doing
// it.
import { $, el, setText } from './dom.js';
import { count } from './format.js';

const DOES = { new: 'new', changed: 'changed', same: 'as before', moves: 'moves', leaves: 'leaves the roster' };
const PASSWORDS = { generated: 'is made', given: 'from the list', kept: 'stays' };
const MOST = 200; // lines that are shown of what changes

export class Upload {
  constructor(node, roster, done) {
    this.node = node;
    this.roster = roster;
    this.done = done;
    this.preview = $('#preview', node);
    $('#file', node).addEventListener('change', (e) => {
      const [file] = e.target.files;
      if (file) this.look(file, file.name);
      e.target.value = ''; // the same file again is a change, too
    });
    $('#look', node).addEventListener('click', () => this.look($('#paste', node).value, 'The list'));
    const drop = $('#drop', node);
    for (const name of ['dragenter', 'dragover']) {
      drop.addEventListener(name, (e) => { e.preventDefault(); drop.classList.add('over'); });
    }
    for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
    drop.addEventListener('drop', (e) => {
      e.preventDefault();
      const [file] = e.dataTransfer.files;
      if (file) this.look(file, file.name);
      else this.look(e.dataTransfer.getData('text'), 'The list');
    });
  }

  // look asks what the list would change. The file goes as it is: which
  // letters its bytes are is the server's to find.
  async look(body, name) {
    this.body = body;
    this.name = name;
    this.whole = false;
    await this.ask();
  }

  async ask() {
    const mine = this.asked = {};
    this.say('Looking at the list.');
    try {
      const plan = await this.send('');
      if (this.asked === mine) this.show(plan);
    } catch (e) {
      if (this.asked === mine) this.say(e.message, true);
    }
  }

  async send(apply) {
    const query = new URLSearchParams();
    if (this.whole) query.set('whole', '1');
    if (apply) query.set('apply', apply);
    let answer;
    try {
      answer = await fetch(`/api/roster/list?${query}`, {
        method: 'POST', body: this.body, credentials: 'same-origin',
        headers: { 'Content-Type': 'text/csv', Accept: 'application/json', 'X-Requested-With': 'labbroker' },
      });
    } catch {
      throw new Error('The server does not answer.');
    }
    const value = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(value?.error ?? `The server answered ${answer.status}.`);
    return value;
  }

  say(text, wrong = false) {
    this.preview.hidden = false;
    this.preview.replaceChildren(el('p', { class: wrong ? 'error' : 'caption', role: wrong ? 'alert' : 'status', text }));
  }

  cancel() {
    this.asked = null;
    this.preview.hidden = true;
    this.preview.replaceChildren();
  }

  show(plan) {
    const parts = [el('h3', { text: this.name })];
    if (plan.problems.length) {
      parts.push(
        el('p', { class: 'error', role: 'alert', text: `${count(plan.problems.length, 'mistake')}. Nothing was changed. Correct the list and upload it again.` }),
        lines('mistakes', plan.problems), lines('hints', plan.hints),
        el('p', { class: 'actions' }, el('button', { type: 'button', text: 'Close', onclick: () => this.cancel() })));
      this.preview.replaceChildren(...parts.filter(Boolean));
      return;
    }
    const n = (does) => plan.lines.filter((l) => l.does === does).length;
    const sums = [
      [n('new'), 'new'], [n('changed'), 'changed'], [n('moves'), 'to another session'], [n('same'), 'as before'], [n('leaves'), 'leaving the roster'],
      [plan.made, `session${plan.made === 1 ? '' : 's'} made`],
    ].filter(([k]) => k > 0).map(([k, text]) => `${k} ${text}`);
    const work = plan.lines.some((l) => l.does !== 'same' || l.password !== 'kept');
    this.apply = el('button', { type: 'button', class: 'primary', id: 'apply', text: 'Apply', disabled: !work, onclick: () => this.bring(plan) });
    const whole = el('input', { type: 'checkbox', id: 'whole', onchange: (e) => { this.whole = e.target.checked; this.ask(); } });
    whole.checked = this.whole;
    parts.push(
      el('p', { id: 'sums', text: work ? `${sums.join(', ')}. Nothing is changed before you apply it.` : 'The roster is already as the list says.' }),
      lines('hints', plan.hints),
      el('label', { class: 'check' }, whole, 'The list is the whole class: who is not in it leaves the roster. Their sessions and data stay.'),
      table(plan),
      el('p', { class: 'actions' }, this.apply, el('button', { type: 'button', text: 'Cancel', onclick: () => this.cancel() })));
    this.preview.hidden = false;
    this.preview.replaceChildren(...parts.filter(Boolean));
  }

  async bring(plan) {
    this.apply.disabled = true;
    setText(this.apply, 'Applying');
    try {
      await this.send(plan.plan);
      this.say(`${this.name}: done. Print slips, or export the roster, to hand out passwords.`);
      await this.done();
    } catch (e) {
      this.say(e.message, true);
    }
  }
}

function lines(name, list) {
  if (!list.length) return null;
  return el('ul', { class: name, 'aria-label': name === 'hints' ? 'Hints' : 'Mistakes by line' }, ...list.map((p) => el('li', {},
    p.line > 0 && el('span', { class: 'line', text: `Line ${p.line}` }), el('span', { text: p.text }))));
}

function table(plan) {
  const rows = plan.lines.filter((l) => l.does !== 'same' || l.password !== 'kept');
  if (!rows.length) return null;
  return el('div', { class: 'wide' }, el('table', { class: 'plan', id: 'plan' },
    el('thead', {}, el('tr', {}, ...['Line', 'Name', 'Session', 'Section', 'What', 'Password'].map((text) => el('th', { scope: 'col', text })))),
    el('tbody', {}, ...rows.slice(0, MOST).map((l) => el('tr', { class: l.does },
      el('td', { 'data-label': 'Line', text: l.line || '–' }),
      el('th', { scope: 'row' }, l.person.name, l.person.display && el('span', { class: 'caption display', text: l.person.display })),
      el('td', { 'data-label': 'Session' }, el('code', { text: l.person.session }), l.team && el('span', { class: 'badge', text: 'team' })),
      el('td', { 'data-label': 'Section', text: l.person.section || '–' }),
      el('td', { 'data-label': 'What', text: l.does === 'moves' ? `moves from ${l.before}` : DOES[l.does] }),
      el('td', { 'data-label': 'Password', text: PASSWORDS[l.password] }))))),
  rows.length > MOST && el('p', { class: 'caption', text: `and ${rows.length - MOST} more` }));
}
