// The instructor says something to all, a section or a session; what was said
// lately stands below.
import { get, send } from './api.js';
import { openBox } from './box.js';
import { el } from './dom.js';
import { time } from './format.js';

const toWhom = (m) => ({ all: 'everyone', section: `section ${m.name}`, session: m.name })[m.to];

// speak opens the dialog. sections are names; to is {to, name} that is chosen
// first.
export function speak(sections, to = { to: 'all', name: '' }) {
  const choices = [{ to: 'all', name: '' }, ...sections.map((name) => ({ to: 'section', name }))];
  if (to.to === 'session') choices.push(to);
  const at = choices.findIndex((c) => c.to === to.to && c.name === to.name);
  const select = el('select', { id: 'speak-to' }, ...choices.map((c, i) => el('option', { value: i, text: toWhom(c), selected: i === at })));
  const text = el('textarea', { id: 'speak-text', maxlength: 500, rows: 3, required: true, 'data-first': true });
  const list = el('ul', { class: 'said', 'aria-label': 'Said lately' });
  const show = (said) => list.replaceChildren(...(said.length ? said : [null]).map((m) => (m
    ? el('li', {}, el('span', { class: 'caption', text: `${time(Date.parse(m.time))} to ${toWhom(m)}` }), el('p', { text: m.text }))
    : el('li', { class: 'none', text: 'Nothing said yet. Messages stand on the students’ pages, and boards get them by MQTT.' }))));
  openBox('Message', [
    el('label', { for: 'speak-to', text: 'To' }), select,
    el('label', { for: 'speak-text', text: 'Text' }), text,
    el('h3', { text: 'Said lately' }), list,
  ], ['Send', async () => {
    const { to: kind, name } = choices[Number(select.value)];
    await send('POST', '/api/class/messages', { to: kind, name, text: text.value });
    text.value = '';
    show(await get('/api/class/messages'));
    text.focus();
    return false;
  }, 'primary']);
  get('/api/class/messages').then(show, () => {});
}
