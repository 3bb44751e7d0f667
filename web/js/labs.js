// The instructor's labs: start one, see who has done what, take it with you.
import { get, Refused, send } from './api.js';
import { Archives } from './archives.js';
import { $, el, icon, place, setState, setText } from './dom.js';
import { age } from './format.js';
import { showBanner, watchInfo } from './info.js';
import { startForm } from './labform.js';
import { Matrix } from './labmatrix.js';
import { signinPanel } from './panel.js';
import { signout } from './signin.js';
import { whileVisible } from './stream.js';
import { sure } from './sure.js';
import { Term } from './term.js';

const POLL = 1500;
let version = null;
let labs = [];
let chosen = null; // the lab that is shown, by number; null = the running one, else the newest
let offset = 0;
let timer = null;
let visible = false;
let ended = false;

const when = (iso) => new Date(iso).toLocaleString([], { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const running = () => labs.find((l) => !l.ended);
const shown = () => labs.find((l) => l.id === chosen) ?? running() ?? labs[0];

function wrong(e) {
  showBanner([e instanceof Refused ? e.message : 'The server does not answer. Trying again.']);
}

// act runs what a button does and then looks anew; what is refused stands in
// the banner.
async function act(work) {
  try {
    await work();
    showBanner([]);
  } catch (e) { wrong(e); }
  await look(true);
}

const matrix = new Matrix($('#matrix'), (session, step, done) => act(() => send('PUT', `/api/labs/${shown().id}/ticks`, { session, step, done })));
const archives = new Archives($('#archives'), $('#all-job'), () => term.look());
const term = new Term($('#empty'), $('#emptying'), () => { version = null; chosen = null; look(true); archives.look(); });
const form = startForm($('#start'), async (lab) => {
  chosen = null;
  const made = await send('POST', '/api/labs', lab);
  await look(true);
  $('#current-title').scrollIntoView({ block: 'nearest' });
  return made;
});

function signIn() {
  $('#labs').hidden = true;
  $('#signout').hidden = true;
  if ($('#panel').hidden) signinPanel($('#panel'), enter);
}

// look asks for the small list, and for the matrix where something changed.
async function look(now = false) {
  clearTimeout(timer);
  try {
    const answer = await get('/api/labs');
    offset = Date.parse(answer.now) - Date.now();
    labs = answer.labs;
    const lab = shown();
    if (lab && (now || answer.version !== version || matrix.id !== lab.id)) {
      const full = await get(`/api/labs/${lab.id}`);
      matrix.show(full);
      fillSections(full.sessions);
    }
    if (ended) showBanner([]);
    ended = false;
    version = answer.version;
    $('#panel').hidden = true;
    $('#labs').hidden = false;
    $('#signout').hidden = false;
    show();
  } catch (e) {
    if (e instanceof Refused && (e.status === 401 || e.status === 403)) {
      signIn();
      return;
    }
    ended = true;
    wrong(e);
  }
  if (visible) timer = setTimeout(look, POLL);
}

function show() {
  const lab = shown();
  $('#start').hidden = Boolean(running());
  if (!running()) form.suggest(labs.length + 1);
  $('#current').hidden = !lab;
  $('#older .none').hidden = labs.length > 0;
  if (lab) {
    setText($('#current-title'), lab.name);
    const began = Date.now() + offset - Date.parse(lab.started);
    if (lab.ended) setState($('#state'), 'finished', 'ended', `${when(lab.started)} to ${when(lab.ended)}`);
    else setState($('#state'), 'publishing', 'running', `for ${age(began)}`);
    $('#end').hidden = Boolean(lab.ended);
    $('#book').href = `/api/labs/${lab.id}/gradebook.csv`;
    const none = matrix.empty();
    $('#nobody').hidden = !none;
    $('#scroll').hidden = none;
    setText($('#nobody'), lab.ended ? 'Nobody took part.' : 'Nobody is in the class yet. As soon as a board connects, or the roster is uploaded, each session has a line here.');
  }
  place($('#older ul'), labs.map(item));
}

const items = new Map();
function item(lab) {
  const key = `${lab.id} ${lab.ended} ${lab.id === shown()?.id}`;
  const old = items.get(lab.id);
  if (old?.dataset.key === key) return old;
  const open = el('button', { type: 'button', text: 'Show', 'aria-label': `Show ${lab.name}`, onclick: () => { chosen = lab.id; look(true); $('#current').scrollIntoView({ block: 'start' }); } });
  const node = el('li', { 'data-key': key },
    el('span', { class: 'name', text: lab.name }),
    el('span', { class: 'when', text: lab.ended ? `${when(lab.started)} to ${when(lab.ended)}` : `running since ${when(lab.started)}` }),
    el('span', { class: 'actions' },
      lab.id === shown()?.id ? el('span', { class: 'caption', text: 'shown above' }) : open,
      el('a', { class: 'button', href: `/api/labs/${lab.id}/gradebook.csv`, download: true, text: 'Grade book', 'aria-label': `Grade book of ${lab.name}` }),
      lab.ended && el('button', { type: 'button', text: 'Remove', 'aria-label': `Remove ${lab.name}`, onclick: () => remove(lab) })));
  items.set(lab.id, node);
  return node;
}

async function remove(lab) {
  if (!await sure(`Remove ${lab.name}?`, 'Its ticks and its grade book go for good. The sessions’ readings and plots stay.', 'Remove')) return;
  if (chosen === lab.id) chosen = null;
  act(() => send('DELETE', `/api/labs/${lab.id}`));
}

// fillSections offers the sections there are.
function fillSections(rows) {
  const names = [...new Set(rows.map((r) => r.section))].sort();
  const select = $('#section');
  $('#section-label').hidden = names.filter(Boolean).length === 0;
  const key = JSON.stringify(names);
  if (select.dataset.key === key) return;
  select.dataset.key = key;
  const before = select.value;
  select.replaceChildren(el('option', { value: '*', text: 'all' }),
    ...names.map((n) => el('option', { value: `=${n}`, text: n || 'none' })));
  select.value = [...select.options].some((o) => o.value === before) ? before : '*';
  matrix.filter(select.value);
}

// enter asks for nothing that would be refused.
async function enter() {
  clearTimeout(timer);
  try {
    if (!(await get('/api/info')).you?.instructor) { signIn(); return; }
  } catch (e) {
    wrong(e);
    if (visible) timer = setTimeout(enter, POLL);
    return;
  }
  $('#panel').hidden = true;
  showBanner([]);
  look(true);
  archives.look();
  term.look();
}

$('#section').addEventListener('change', (e) => { matrix.filter(e.target.value); show(); });
$('#end').addEventListener('click', async () => {
  const lab = shown();
  if (!await sure(`End ${lab.name}?`, 'Nothing ticks it from now on. The grade book and the zip stay.', 'End the lab')) return;
  chosen = lab.id;
  act(() => send('POST', `/api/labs/${lab.id}/end`));
});
$('#zip').addEventListener('click', () => act(() => archives.make({ kind: 'lab', lab: shown().id, span: $('#span').value })));
$('#all').addEventListener('click', () => act(() => archives.make({ kind: 'class' })));
$('#theme').replaceChildren(icon('theme'));
$('#signout').addEventListener('click', async () => { await signout(); location.assign('/'); });
watchInfo((info) => { if (!ended && !$('#banner').dataset.text) showBanner([info.recording?.text, info.clock]); }, () => {});

whileVisible(() => {
  if (visible) return;
  visible = true;
  enter();
}, () => {
  visible = false;
  clearTimeout(timer);
});

