// The instructor's wall: all sessions as equal tiles, who needs help first.
import { get, now, Refused } from './api.js';
import { $, el, icon, setState, setText } from './dom.js';
import { age, colour, decimals, number, rate, rank, unitText } from './format.js';
import { showBanner, showRefused, watchInfo } from './info.js';
import { listenKeys } from './keys.js';
import { signinForm, signout } from './signin.js';
import { Stream, whileVisible } from './stream.js';

const statusLine = $('#status');
const list = $('#tiles');
const tiles = new Map();
let phase = 'loading';
let lost = false;
let heard = 0;
let visible = false;
let info = null;
let fresh = false;

// need orders sessions: what an instructor would walk to comes first.
function need(s) {
  const trouble = s.problems > 0;
  if (s.simulated) return 9;
  if (s.state === 'publishing' && !s.last_reading) return 0; // it sends, and nothing is understood
  if (s.state === 'connected') return 1;
  if (s.state === 'quiet') return trouble ? 1 : 3;
  if (s.state === 'gone') return 2;
  if (s.state === 'never') return 4;
  return trouble ? 5 : 6;
}

function word(s) {
  switch (s.state) {
    case 'publishing': return s.last_reading ? 'publishing' : 'publishing, no number';
    case 'quiet': return 'quiet';
    case 'connected': return 'connected, nothing sent';
    case 'gone': return 'disconnected';
    default: return 'never connected';
  }
}

// beside is the rate while messages come, else the age of the last reading.
function beside(s) {
  const old = s.last_reading ? now() - Date.parse(s.last_reading) : null;
  if (s.state === 'publishing' && (old === null || old < 10000)) return rate(s.rate);
  return old === null ? '' : `${age(old)} ago`;
}

class Tile {
  constructor(s) {
    this.name = el('span', { class: 'name' });
    this.badge = el('span', { class: 'badge', text: 'simulated', hidden: true });
    this.problems = el('span', { class: 'problems' });
    this.status = el('div', { class: 'status', 'data-state': '' }, el('span', { class: 'shape', 'aria-hidden': 'true' }), el('span', { class: 'word' }), el('span', { class: 'rate', title: 'Messages a second, or the age of the last reading' }));
    this.latest = el('div', { class: 'latest' });
    this.canvas = el('canvas', { 'aria-hidden': 'true' });
    this.node = el('li', { class: 'tile', 'data-session': s.session }, el('a', { href: `/s/${encodeURIComponent(s.session)}` },
      el('div', { class: 'who' }, this.name, this.badge, this.problems), this.status, this.latest, this.canvas));
    setText(this.name, s.session);
    this.visible = false;
  }

  update(s) {
    this.s = s;
    this.badge.hidden = !s.simulated;
    setText(this.problems, s.problems ? `${s.problems} problem${s.problems === 1 ? '' : 's'}` : '');
    if (this.visible) this.paint();
  }

  paint() {
    const s = this.s;
    setState(this.status, s.state, word(s), beside(s));
    this.node.classList.toggle('stale', s.state !== 'publishing');
    const latest = [...(s.latest ?? [])].sort((a, b) => rank({ ...a, name: a.column }) - rank({ ...b, name: b.column })).slice(0, 3);
    while (this.latest.children.length > latest.length) this.latest.lastChild.remove();
    latest.forEach((l, i) => {
      const at = this.latest.children[i] ?? this.latest.appendChild(el('span', {}, el('span'), el('span', { class: 'unit' })));
      setText(at.firstChild, number(l.value, decimals(l, [l.value])));
      setText(at.lastChild, unitText(l.unit));
      at.title = `${l.series} ${l.column}`;
    });
    const main = ['power', 'current', 'voltage'].find((q) => (s.latest ?? []).some((l) => l.quantity === q));
    spark(this.canvas, s.spark ?? [], main);
  }
}

// spark draws a line without axes, on the canvas alone.
function spark(canvas, values, quantity) {
  const ratio = devicePixelRatio || 1;
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  if (!w) return;
  if (canvas.width !== Math.round(w * ratio)) {
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, w, h);
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const size = high - low || Math.abs(high) * 0.1 || 1;
  pen.strokeStyle = colours[quantity] ?? colours.other;
  pen.lineWidth = 1.5;
  pen.beginPath();
  let down = false;
  values.forEach((v, i) => {
    if (v === null) { down = false; return; }
    const x = 1 + (i / Math.max(1, values.length - 1)) * (w - 2);
    const y = h - 3 - ((v - (high === low ? low - size / 2 : low)) / size) * (h - 6);
    if (down) pen.lineTo(x, y); else pen.moveTo(x, y);
    down = true;
  });
  pen.stroke();
}

let colours = {};
function readColours() {
  for (const q of ['voltage', 'current', 'power', 'resistance', 'other']) colours[q] = colour(q);
}
readColours();
document.addEventListener('theme', () => {
  readColours();
  for (const t of tiles.values()) if (t.visible) t.paint();
});

const seen = new IntersectionObserver((entries) => {
  for (const e of entries) {
    const tile = tiles.get(e.target.dataset.session);
    if (!tile) continue;
    tile.visible = e.isIntersecting;
    if (tile.visible) tile.paint();
  }
}, { rootMargin: '100px' });

function take(changed) {
  if (fresh) { // the first list after a connection is the whole class
    fresh = false;
    const names = new Set(changed.map((s) => s.session));
    for (const name of [...tiles.keys()]) if (!names.has(name)) drop(name);
  }
  for (const s of changed) {
    if (s.removed) { drop(s.session); continue; }
    let tile = tiles.get(s.session);
    if (!tile) {
      tile = new Tile(s);
      tiles.set(s.session, tile);
      list.append(tile.node);
      seen.observe(tile.node);
    }
    tile.update(s);
  }
  order();
}

function drop(name) {
  const tile = tiles.get(name);
  if (!tile) return;
  seen.unobserve(tile.node);
  tile.node.remove();
  tiles.delete(name);
}

// order moves tiles at most every 3 s, so that one can be clicked, and never
// while the pointer or the focus is on one.
let ordered = 0;
function order(now = false) {
  const wanted = $('#search').value.trim().toLowerCase();
  for (const [name, t] of tiles) t.node.hidden = !name.toLowerCase().includes(wanted);
  summary();
  if (!now && (Date.now() - ordered < 3000 || list.matches(':hover') || list.contains(document.activeElement))) return;
  ordered = Date.now();
  const sorted = [...tiles.values()].sort((a, b) => need(a.s) - need(b.s) || b.s.problems - a.s.problems || (a.s.session.toLowerCase() < b.s.session.toLowerCase() ? -1 : 1));
  sorted.forEach((t, i) => { if (list.children[i] !== t.node) list.insertBefore(t.node, list.children[i] ?? null); });
}

function summary() {
  const states = { publishing: 0, connected: 0, quiet: 0, gone: 0, never: 0 };
  for (const t of tiles.values()) states[t.s.state]++;
  const words = { publishing: 'publishing', connected: 'connected', quiet: 'quiet', gone: 'disconnected', never: 'never connected' };
  setText($('#summary'), Object.entries(states).filter(([, n]) => n).map(([k, n]) => `${n} ${words[k]}`).join(', '));
}

const stream = new Stream({
  address: () => '/api/wall/stream',
  events: {
    wall: (changed) => {
      heard = Date.now();
      lost = false;
      take(changed);
      show();
    },
  },
  ended: async (tries) => {
    lost = true;
    fresh = true;
    show();
    if (tries === 1) return true;
    try {
      await get('/api/sessions');
      return true;
    } catch (e) {
      if (!(e instanceof Refused) || e.status >= 500) return true;
      enter();
      return false;
    }
  },
});

async function enter() {
  stream.stop();
  try {
    take(await get('/api/sessions'));
    phase = 'ok';
    fresh = true;
    lost = false;
    heard = Date.now();
    order(true);
    if (visible) stream.start();
  } catch (e) {
    if (e instanceof Refused && e.status < 500) phase = 'signin';
    else {
      lost = true;
      setTimeout(enter, 2000);
    }
  }
  show();
}

function show() {
  const ok = phase === 'ok';
  const n = tiles.size;
  if (lost) setState(statusLine, 'lost', 'server lost', heard ? `data ${age(Date.now() - heard)} old, retrying` : 'retrying');
  else if (ok) setState(statusLine, n ? 'publishing' : 'connected', n === 1 ? '1 session' : `${n} sessions`);
  else setState(statusLine, phase === 'signin' ? 'signin' : 'loading', phase === 'signin' ? 'sign-in needed' : 'loading');
  showBanner([
    lost && !heard && 'The server does not answer. Trying again.',
    info?.recording?.text, info?.clock,
  ]);
  $('#search').hidden = !ok;
  $('#signout').hidden = !ok;
  $('#refused').hidden = !info?.refused?.length;
  $('#empty').hidden = !ok || n > 0;
  setText($('#empty'), 'Nobody has connected yet. Each board’s session gets a tile here.');
  const panel = $('#panel');
  if (phase !== 'signin') {
    panel.hidden = true;
    panel.replaceChildren();
  } else if (!panel.firstChild) {
    const other = info?.you && !info.you.instructor;
    panel.replaceChildren(
      el('h2', { text: 'The wall is the instructor’s' }),
      el('p', { text: other ? `You are signed in as ${info.you.session}.` : 'The password was printed when the server started first.' }),
      signinForm('instructor', () => enter()));
    panel.hidden = false;
  }
}

$('#theme').replaceChildren(icon('theme'));
$('#search').addEventListener('input', () => order(true));
$('#signout').addEventListener('click', async () => { await signout(); location.assign('/'); });
listenKeys({ search: () => $('#search').focus() });

watchInfo((i) => {
  info = i;
  showRefused($('#refused .refusals'), i.refused);
  show();
}, () => {});

setInterval(() => {
  if (!visible) return;
  for (const t of tiles.values()) if (t.visible) setText($('.rate', t.status), beside(t.s));
  if (lost) show();
}, 1000);

whileVisible(() => {
  if (visible) return;
  visible = true;
  if (phase === 'ok') stream.start();
  else enter();
}, () => {
  visible = false;
  stream.stop();
});
