// The instructor's roster: the class list, its sessions, and what is done to
// them.
import { get, now, Refused, send, setServerTime } from './api.js';
import { $, el, icon, setText } from './dom.js';
import { age, count } from './format.js';
import { showBanner, watchInfo } from './info.js';
import { listenKeys } from './keys.js';
import { addPerson, manage } from './rosterdialog.js';
import { Upload } from './rosterlist.js';
import { signinForm, signout } from './signin.js';
import { sure } from './sure.js';
import { wordOf } from './states.js';

const COLUMNS = [
  ['name', 'Name', (r) => r.person?.name ?? (r.s.simulated ? '\uffff1' : '\uffff0')], // at the end
  ['session', 'Session', (r) => r.s.session],
  ['section', 'Section', (r) => r.section],
  ['seat', 'Seat', (r) => r.person?.seat ?? ''],
  ['state', 'State', (r) => (r.s.archived ? 'archived' : r.s.state)],
  ['seen', 'Last seen', (r) => -(r.s.last_seen ? Date.parse(r.s.last_seen) : 0)],
  ['password', 'Password', (r) => r.s.password],
];
const PASSWORDS = { generated: 'generated', chosen: 'chosen', none: 'none yet' };

let roster = null;
let info = null;
let order = { by: 'name', down: false };
let phase = 'loading';

// rows are people; a session that has none is a row of its own.
function rows() {
  const out = [];
  for (const s of roster.sessions) {
    if (s.people.length === 0) out.push({ s, person: null, section: '' });
    for (const person of s.people) out.push({ s, person, section: person.section ?? '' });
  }
  return out;
}

function shown() {
  const wanted = $('#search').value.trim().toLowerCase();
  const section = $('#section').value;
  const which = $('#which').value;
  const key = COLUMNS.find(([id]) => id === order.by)[2];
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)];
    const found = typeof x === 'number' ? x - y : x.localeCompare(y, undefined, { numeric: true, sensitivity: 'base' });
    return (order.down ? -found : found) || a.s.session.localeCompare(b.s.session);
  };
  return rows().filter((r) => (!which || (which === 'archived') === r.s.archived)
    && (!section || (section === '-' ? !r.section : r.section === section))
    && [r.person?.name, r.person?.display, r.s.session, r.person?.seat].some((t) => t?.toLowerCase().includes(wanted))).sort(compare);
}

function state(s) {
  const word = s.archived ? 'archived' : wordOf(s.state);
  const node = el('span', { class: 'status', 'data-state': s.archived ? 'paused' : s.state }, el('span', { class: 'shape', 'aria-hidden': 'true' }, icon(s.archived ? 'paused' : s.state)), el('span', { class: 'word', text: word }));
  if (s.state_text && !s.archived) node.title = s.state_text;
  return node;
}

function line(r) {
  const { s, person } = r;
  const cell = (label, ...content) => el('td', { 'data-label': label }, ...content);
  const team = s.people.length > 1 && el('span', { class: 'badge', text: `team of ${s.people.length}` });
  const name = person ? person.name : s.simulated ? 'simulated board' : 'nobody in the list';
  return el('tr', { 'data-session': s.session, class: s.archived && 'archived' },
    el('th', { scope: 'row' }, el('span', { class: person ? '' : 'none', text: name }), person?.display && el('span', { class: 'caption display', text: person.display }), person?.joined && el('span', { class: 'badge', title: 'Typed this name at Join; no class list has it yet', text: 'joined' })),
    cell('Session', s.account ? el('a', { href: `/s/${encodeURIComponent(s.session)}` }, el('code', { text: s.session })) : el('code', { text: s.session }), team),
    cell('Section', r.section || '–'),
    cell('Seat', person?.seat || '–'),
    cell('State', state(s)),
    cell('Last seen', s.last_seen ? `${age(now() - Date.parse(s.last_seen))} ago` : 'never'),
    cell('Password', s.simulated ? '–' : PASSWORDS[s.password]),
    el('td', { class: 'act' }, el('button', { type: 'button', text: 'Manage', 'aria-label': `Manage ${person ? `${person.name}, ` : ''}${s.session}`, onclick: () => manage(roster, s, person, load) })));
}

function heads() {
  $('#heads').replaceChildren(...COLUMNS.map(([id, title]) => el('th', { scope: 'col', 'aria-sort': order.by === id ? (order.down ? 'descending' : 'ascending') : 'none' },
    el('button', { type: 'button', class: 'link', text: title, 'data-by': id, onclick: () => {
      order = { by: id, down: order.by === id && !order.down };
      show();
      $(`#heads [data-by="${id}"]`).focus();
    } }))), el('th', {}, el('span', { class: 'offscreen', text: 'Actions' })));
}

function options() {
  const select = $('#section');
  const list = [['', 'all'], ...roster.sections.map((s) => [s, s]), ['-', 'none']];
  const key = JSON.stringify(list);
  if (select.dataset.shown === key) return;
  const chosen = select.value;
  select.dataset.shown = key;
  select.replaceChildren(...list.map(([value, text]) => el('option', { value, text })));
  select.value = list.some(([value]) => value === chosen) ? chosen : '';
}

function show() {
  const ok = phase === 'ok';
  $('#roster').hidden = !ok;
  $('#signout').hidden = !ok;
  showBanner([phase === 'lost' && 'The server does not answer. Trying again.', info?.recording?.text, info?.clock]);
  signin();
  if (!ok) return;
  options();
  heads();
  const all = rows();
  const list = shown();
  const people = all.filter((r) => r.person && !r.s.archived).length;
  const archived = roster.sessions.filter((s) => s.archived).length;
  setText($('#summary'), [`${people === 1 ? '1 person' : `${people} people`}`, count(roster.sessions.length - archived, 'session'), archived && `${archived} archived`].filter(Boolean).join(', '));
  $('#people').hidden = !list.length;
  $('#people tbody').replaceChildren(...list.map(line));
  $('#empty').hidden = list.length > 0;
  setText($('#empty'), all.length ? 'Nobody fits. Clear the search, or choose another section.'
    : 'Nobody is in the class yet. Upload a class list above, add a person, or let students join by themselves.');
  const none = roster.sessions.filter((s) => s.password === 'none' && !s.simulated && !s.archived).length;
  $('#make').hidden = !none;
  setText($('#make'), `Make passwords for ${none} without`);
  tools(list);
}

function tools(list) {
  const section = $('#section').value;
  const query = section && section !== '-' ? `?section=${encodeURIComponent(section)}` : '';
  $('#slips').href = `/roster/slips${query}`;
  $('#export').href = `/api/roster.csv${query}`;
  const button = $('#archive-section');
  const archived = $('#which').value === 'archived';
  const names = [...new Set(list.filter((r) => r.s.account && !r.s.simulated && r.s.archived === archived).map((r) => r.s.session))];
  button.hidden = !section || !names.length || $('#which').value === '';
  const what = section === '-' ? 'those without a section' : `section ${section}`;
  setText(button, archived ? `Bring back ${what}` : `Archive ${what}`);
  button.onclick = () => archive(names, !archived, what);
}

async function archive(names, on, what) {
  const text = on
    ? `${count(names.length, 'session')}: nobody gets in, and they leave the wall. What they recorded stays, and you can bring them back.`
    : `${count(names.length, 'session')}: they get in again with their passwords.`;
  if (!(await sure(`${on ? 'Archive' : 'Bring back'} ${what}?`, text, on ? 'Archive' : 'Bring back'))) return;
  await act(() => send('POST', '/api/roster/archive', { sessions: names, archived: on }));
}

// act does something, says what went wrong, and shows the roster anew.
async function act(what) {
  try {
    await what();
  } catch (e) {
    toast(e instanceof Refused ? e.message : 'The server does not answer.');
  }
  await load();
}

let toasted;
export function toast(text) {
  const node = $('#toast');
  setText(node, text);
  node.hidden = false;
  clearTimeout(toasted);
  toasted = setTimeout(() => { node.hidden = true; }, 8000);
}

function signin() {
  const panel = $('#panel');
  if (phase !== 'signin') {
    panel.hidden = true;
    panel.replaceChildren();
    return;
  }
  if (panel.firstChild) return;
  const other = info?.you && !info.you.instructor;
  panel.replaceChildren(
    el('h2', { text: 'The roster is the instructor’s' }),
    el('p', { text: other ? `You are signed in as ${info.you.session}.` : 'Sign in with the instructor’s password.' }),
    signinForm('instructor', () => load()));
  panel.hidden = false;
}

async function load() {
  try {
    info = await get('/api/info');
    if (info.now) setServerTime(info.now);
    if (!info.you?.instructor) {
      phase = 'signin';
    } else {
      roster = await get('/api/roster');
      phase = 'ok';
    }
  } catch (e) {
    if (e instanceof Refused && e.status < 500) phase = 'signin';
    else {
      phase = 'lost';
      setTimeout(load, 2000);
    }
  }
  show();
}

$('#theme').replaceChildren(icon('theme'));
for (const id of ['#search', '#section', '#which']) $(id).addEventListener('input', show);
$('#signout').addEventListener('click', async () => { await signout(); location.assign('/'); });
$('#add').addEventListener('click', () => addPerson(roster, load));
$('#make').addEventListener('click', () => act(async () => {
  const { made } = await send('POST', '/api/roster/passwords', {});
  toast(`${count(made, 'password')} made. Print slips, or export the roster, to hand them out.`);
}));
listenKeys({ search: () => $('#search').focus() });
new Upload($('#upload'), () => roster, load);

// What others do is seen too: states, who joined. Not while something is being
// typed or chosen, and not under the pointer.
watchInfo((i) => {
  info = i;
  if (phase === 'ok' && !document.querySelector('dialog[open]') && !$('#people').matches(':hover') && !$('#people').contains(document.activeElement)) load();
}, () => {});
load();
