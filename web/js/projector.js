// The class as everybody in the room may see it: a seat or an alias, and a
// state, to be read from the last row. The server sends nothing else.
import { get, url } from './api.js';
import { $, el, icon, place, setState, setText } from './dom.js';
import { signinPanel } from './panel.js';
import { WORDS, wordOf } from './states.js';
import { goesOn, Stream, whileVisible } from './stream.js';

const list = $('#seats');
const seats = new Map(); // by id
let phase = 'loading';
let lost = false;
let fresh = true;
let visible = false;

// LONGEST is how many letters the longest word has, with its shape: a state of
// two words takes two lines.
const LONGEST = Math.max(...Object.values(WORDS).flatMap((text) => text.split(' ')).map((word) => word.length)) + 2.5;

const label = (s) => s.name || s.seat || s.id;

function take(changed) {
  if (fresh) { // all of them
    fresh = false;
    const ids = new Set(changed.map((s) => s.id));
    for (const id of [...seats.keys()]) if (!ids.has(id)) seats.delete(id);
  }
  for (const s of changed) {
    if (s.removed) { seats.delete(s.id); continue; }
    let seat = seats.get(s.id);
    if (!seat) {
      seat = { node: el('li', { class: 'seat status' }, el('span', { class: 'label' }), el('span', { class: 'shape', 'aria-hidden': 'true' }), el('span', { class: 'word' })) };
      seats.set(s.id, seat);
    }
    seat.s = s;
    setText($('.label', seat.node), label(s));
    setState(seat.node, s.state, wordOf(s.state));
  }
  const sorted = [...seats.values()].sort((a, b) => Number(!a.s.seat) - Number(!b.s.seat)
    || label(a.s).localeCompare(label(b.s), undefined, { numeric: true }));
  place(list, sorted.map((seat) => seat.node));
  fit();
}

// fit makes the fields as large as the window allows, and the letters as large
// as the fields and the longest label allow.
function fit() {
  const n = seats.size;
  if (!n) return;
  const box = $('#room').getBoundingClientRect();
  const [width, height] = [box.width, innerHeight - box.top];
  let best = null;
  for (let columns = 1; columns <= n; columns++) {
    const [w, h] = [width / columns, height / Math.ceil(n / columns)];
    const size = Math.min(w / 6, h / 3.6);
    if (!best || size > best.size) best = { columns, size };
  }
  // A field's width without border, padding and gap, and its letters' mean width.
  const room = width / best.columns - 48;
  const longest = Math.max(...[...seats.values()].map((seat) => label(seat.s).length), 6);
  const letters = (size, n) => Math.max(12, Math.min(size, room / (n * 0.66)));
  list.style.setProperty('--columns', best.columns);
  list.style.setProperty('--label', `${letters(best.size, longest)}px`);
  list.style.setProperty('--word', `${letters(best.size * 0.62, LONGEST)}px`);
}

const stream = new Stream({
  address: () => url('/api/projector/stream', { names: $('#names').checked ? '1' : '' }),
  events: {
    wall: (changed) => { lost = false; take(changed); show(); },
  },
  ended: (tries) => {
    lost = fresh = true;
    show();
    return goesOn(tries, () => get('/api/class/messages'), enter);
  },
});

async function enter() {
  stream.stop();
  try {
    const info = await get('/api/info');
    phase = info.you?.instructor ? 'ok' : 'signin';
    lost = false;
    fresh = true;
    if (phase === 'ok' && visible) stream.start();
    if (phase === 'signin' && !$('#panel').firstChild) {
      signinPanel($('#panel'), () => { $('#panel').replaceChildren(); enter(); }, info.you ?? null, 'Sign in once; the room sees seats and states, no names.');
    }
  } catch {
    lost = true;
    setTimeout(enter, 2000);
  }
  show();
}

function show() {
  const ok = phase === 'ok';
  $('#panel').hidden = phase !== 'signin';
  $('#empty').hidden = !ok || seats.size > 0 || fresh;
  list.hidden = !ok;
  if (lost) setState($('#status'), 'lost', 'server lost', 'retrying');
  else if (!ok) setState($('#status'), phase, phase === 'signin' ? 'sign-in needed' : 'loading');
  else setState($('#status'), seats.size ? 'publishing' : 'connected', seats.size === 1 ? '1 board' : `${seats.size} boards`);
  const count = {};
  for (const { s } of seats.values()) count[s.state] = (count[s.state] ?? 0) + 1;
  setText($('#summary'), ok ? Object.entries(WORDS).filter(([k]) => count[k]).map(([k, word]) => `${count[k]} ${word}`).join(', ') : '');
}

$('#theme').replaceChildren(icon('theme'));
$('#names').addEventListener('change', () => {
  stream.stop();
  seats.clear();
  list.replaceChildren();
  fresh = true;
  if (phase === 'ok') stream.start();
});
addEventListener('resize', fit);

whileVisible(() => {
  if (visible) return;
  visible = true;
  if (phase === 'ok') stream.start(); else enter();
}, () => {
  visible = false;
  stream.stop();
  fresh = true;
});
