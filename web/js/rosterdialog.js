// Dialogs of the roster: one person and their session, and adding somebody.
import { Refused, send, sessionPath } from './api.js';
import { $, el, sentence, setText } from './dom.js';
import { copy } from './info.js';
import { Job } from './job.js';

const one = (name) => `/api/roster/sessions/${encodeURIComponent(name)}`;
const FIELDS = [
  ['name', 'Name', 'as your list has it'],
  ['display', 'Display name', 'what the class sees in its place, in any script'],
  ['session', 'Session', 'their name (prefix); the same one as others is a team'],
  ['section', 'Section', ''],
  ['seat', 'Seat', 'or an alias, for the projector'],
];

// open fills the dialog and shows it.
function open(...content) {
  const dialog = $('#manage');
  dialog.replaceChildren(...content.filter(Boolean));
  if (!dialog.open) dialog.showModal();
  return dialog;
}

const close = () => $('#manage').close();
const closing = () => el('p', { class: 'actions end' }, el('button', { type: 'button', text: 'Close', onclick: close }));

// attempt does something and writes what went wrong beside the button.
async function attempt(node, what) {
  const error = $('.error', node);
  error.hidden = true;
  const buttons = [...node.querySelectorAll('button')].filter((b) => !b.disabled);
  for (const b of buttons) b.disabled = true;
  try {
    return await what();
  } catch (e) {
    sentence(error, e instanceof Refused ? e.message : 'The server does not answer.');
    error.hidden = false;
    return null;
  } finally {
    for (const b of buttons) b.disabled = false;
  }
}

const error = () => el('p', { class: 'error', role: 'alert', hidden: true });

function fields(person, roster) {
  const sections = el('datalist', { id: 'sections' }, ...roster.sections.map((s) => el('option', { value: s })));
  return [...FIELDS.map(([id, title, about]) => el('label', {}, el('span', { text: title }),
    el('input', { name: id, value: person[id] ?? '', autocomplete: 'off', spellcheck: 'false', maxlength: id === 'session' ? 32 : 100, required: id === 'name', list: id === 'section' && 'sections', title: about || null }),
    about && el('span', { class: 'caption', text: about }))), sections];
}

const taken = (form) => Object.fromEntries(FIELDS.map(([id]) => [id, form.elements[id].value.trim()]));

// addPerson asks for one person; without a session they get one.
export function addPerson(roster, done, session = '') {
  const form = el('form', { class: 'person', id: 'person' }, ...fields({ session }, roster), error(),
    el('p', { class: 'actions' }, el('button', { class: 'primary', text: 'Add' }), el('button', { type: 'button', text: 'Cancel', onclick: close })));
  form.elements.session.required = false;
  form.elements.session.placeholder = 'is suggested from the name';
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const made = await attempt(form, () => send('POST', '/api/roster/people', taken(form)));
    if (!made) return;
    await done();
    open(el('h2', { id: 'manage-title', text: `${taken(form).name} is in the roster` }), ...secret(made), closing());
  });
  open(el('h2', { id: 'manage-title', text: 'Add a person' }), form);
  form.elements.name.focus();
}

// secret shows a password that can be read, to be written down.
function secret({ session, password }) {
  const slip = el('a', { class: 'button', href: `/roster/slips?session=${encodeURIComponent(session)}`, text: 'Print the slip' });
  if (!password) {
    return [el('p', { text: 'The password was chosen by somebody; only its hash is kept, so nobody can read it.' }), el('p', { class: 'actions' }, slip)];
  }
  return [
    el('dl', { class: 'facts' }, el('dt', { text: 'session' }), el('dd', {}, el('code', { text: session })),
      el('dt', { text: 'password' }), el('dd', {}, el('code', { class: 'secret', id: 'secret', text: password }))),
    el('p', { class: 'actions' }, el('button', { type: 'button', text: 'Copy', onclick: (e) => copy(password, e.target) }), slip),
  ];
}

// manage is all that can be done to a person and their session.
export function manage(roster, s, person, done) {
  const title = person ? `${person.name} (${s.session})` : s.session;
  open(
    el('h2', { id: 'manage-title', text: title }),
    person && personPart(roster, person, done),
    !person && s.account && !s.simulated && el('p', { class: 'actions' }, el('button', { type: 'button', text: 'Say who this is', onclick: () => addPerson(roster, done, s.session) })),
    s.account && !s.simulated && passwordPart(s, done),
    s.account && !s.simulated && renamePart(s, done),
    s.account && !s.simulated && archivePart(s, done),
    removePart(s, done),
    closing());
}

function personPart(roster, person, done) {
  const form = el('form', { class: 'person', id: 'person' }, ...fields(person, roster), error(),
    el('p', { class: 'actions' }, el('button', { class: 'primary', text: 'Save' }),
      el('button', { type: 'button', text: 'Take off the roster', title: 'Their session and its data stay', onclick: async () => {
        if (await attempt(form, async () => { await send('DELETE', '/api/roster/people', person); return true; })) { close(); done(); }
      } })));
  form.elements.session.required = true;
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    if (await attempt(form, () => send('PUT', '/api/roster/people', { before: person, after: taken(form) }))) { close(); done(); }
  });
  return el('section', {}, el('h3', { text: 'Person' }), form);
}

function passwordPart(s, done) {
  const chosen = el('input', { name: 'password', autocomplete: 'off', spellcheck: 'false', maxlength: 128, 'aria-label': 'A password of your choice', placeholder: 'or one of your choice' });
  const form = el('form', { id: 'password' },
    el('p', { class: 'caption', text: 'The old one fails at once: boards are disconnected and browsers signed out.' }),
    el('p', { class: 'actions' }, el('button', { text: 'New password' }), chosen), error());
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const made = await attempt(form, () => send('PUT', `${one(s.session)}/password`, { password: chosen.value }));
    if (!made) return;
    done();
    open(el('h2', { id: 'manage-title', text: `${s.session} has a new password` }), ...secret(made), closing());
  });
  return el('section', {}, el('h3', { text: 'Password' }), form);
}

function renamePart(s, done) {
  const form = el('form', { id: 'rename' },
    el('p', { class: 'caption' }, 'History, runs, plots, exports and retained messages go along, and the password stays. A board that still logs in as ', el('code', { text: s.session }), ' is told the new name.'),
    el('p', { class: 'actions' }, el('label', {}, 'New name ', el('input', { name: 'name', value: s.session, maxlength: 32, required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' })), el('button', { text: 'Rename' })), error());
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    if (await attempt(form, () => send('PUT', `${one(s.session)}/name`, { name: form.elements.name.value }))) { close(); done(); }
  });
  return el('section', {}, el('h3', { text: 'Rename' }), form);
}

function archivePart(s, done) {
  const node = el('section', { id: 'archive' }, el('h3', { text: s.archived ? 'Archived' : 'Archive' }),
    el('p', { class: 'caption', text: s.archived ? 'Nobody gets in. What it recorded is here.' : 'Nobody gets in any more, and it leaves the wall. What it recorded stays, and you can bring it back.' }),
    el('p', { class: 'actions' }, el('button', { type: 'button', text: s.archived ? 'Bring back' : 'Archive', onclick: async () => {
      if (await attempt(node, async () => { await send('POST', '/api/roster/archive', { sessions: [s.session], archived: !s.archived }); return true; })) { close(); done(); }
    } })), error());
  return node;
}

// removePart deletes a session for good, after its data was saved, or is said
// not to be wanted.
function removePart(s, done) {
  const who = s.people.map((p) => p.name).join(', ');
  const go = el('button', { type: 'button', class: 'danger', id: 'delete', text: 'Delete for good', disabled: s.data });
  const job = new Job(sessionPath(s.session));
  const unwanted = el('input', { type: 'checkbox', id: 'unwanted', onchange: () => look() });
  let saved = !s.data;
  const look = () => { go.disabled = !saved && !unwanted.checked; };
  const save = el('button', { type: 'button', id: 'save', text: 'Save all its data first', onclick: () => attempt(node, async () => {
    if (!(await job.start({ format: 'csv' }))) return;
    saved = true;
    setText(save, 'Save it once more');
    look();
  }) });
  const node = el('section', { id: 'remove' }, el('h3', { text: 'Delete' }),
    el('p', { class: 'caption', text: `${who ? `${who} ${s.people.length > 1 ? 'leave' : 'leaves'} the roster. ` : ''}Account, history, runs and plots go, and cannot be brought back.` }),
    s.data && el('p', { class: 'actions' }, save),
    s.data && job.node,
    s.data && el('label', { class: 'check' }, unwanted, 'I do not need the data.'),
    el('p', { class: 'actions' }, go), error());
  go.addEventListener('click', async () => {
    const gone = await attempt(node, async () => {
      const known = s.account || s.data;
      if (known) await send('DELETE', sessionPath(s.session));
      else for (const p of s.people) await send('DELETE', '/api/roster/people', p);
      return true;
    });
    if (gone) { close(); done(); }
  });
  return node;
}
