// The instructor's wall: all sessions as equal tiles, who needs help first.
import { get, Refused } from './api.js';
import { Choice } from './choice.js';
import { $, icon, setState, setText } from './dom.js';
import { age } from './format.js';
import { showBanner, showRefused, watchInfo } from './info.js';
import { listenKeys } from './keys.js';
import { signinPanel } from './panel.js';
import { signout } from './signin.js';
import { sessionMenu } from './orders.js';
import { speak } from './speak.js';
import { goesOn, Stream, whileVisible } from './stream.js';
import { Tile } from './tile.js';

const statusLine = $('#status');
const list = $('#tiles');
const tiles = new Map();
let phase = 'loading';
let lost = false;
let heard = 0;
let visible = false;
let info = null;
let fresh = false;

const choice = new Choice(() => order(true));

const menu = (button, tile) => sessionMenu(button, tile.s, {
  sections: choice.sections,
  more: [{ text: choice.pinned(tile.s.session) ? 'Unpin' : 'Pin to the front', run: () => choice.pin(tile.s.session) }],
});

document.addEventListener('theme', () => {
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

new ResizeObserver(() => {
  for (const t of tiles.values()) t.width = 0;
}).observe(list);

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
      tile = new Tile(s, menu);
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
  const all = [...tiles.values()];
  choice.count(all.map((t) => t.s));
  let shown = 0;
  for (const t of all) {
    t.node.hidden = !choice.shows(t.s);
    t.hold(choice.pinned(t.s.session));
    if (!t.node.hidden) shown++;
  }
  $('#nomatch').hidden = shown > 0 || !all.length;
  if (!now && (Date.now() - ordered < 3000 || list.matches(':hover') || list.contains(document.activeElement))) return;
  ordered = Date.now();
  all.sort((a, b) => choice.compare(a.s, b.s));
  all.forEach((t, i) => { if (list.children[i] !== t.node) list.insertBefore(t.node, list.children[i] ?? null); });
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
  ended: (tries) => {
    lost = fresh = true;
    show();
    return goesOn(tries, () => get('/api/sessions'), enter);
  },
});

async function enter() {
  stream.stop();
  try {
    info = await get('/api/info');
    if (!info.you?.instructor) { // nothing is asked that would be refused
      phase = 'signin';
      lost = false;
      show();
      return;
    }
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
    ok && info?.alone, info?.recording?.text, info?.clock,
  ]);
  for (const id of ['#choices', '#summary', '#speak', '#projector', '#signout']) $(id).hidden = !ok;
  $('#refused').hidden = !info?.refused?.length;
  $('#empty').hidden = !ok || n > 0;
  if (!n) setText($('#empty'), nobody());
  const panel = $('#panel');
  if (phase !== 'signin') {
    panel.hidden = true;
    panel.replaceChildren();
  } else if (!panel.firstChild) {
    signinPanel(panel, enter, info?.you ?? null);
  }
}

$('#theme').replaceChildren(icon('theme'));
$('#speak').addEventListener('click', () => speak(choice.sections));
$('#nomatch button').addEventListener('click', () => choice.all());
$('#signout').addEventListener('click', async () => { await signout(); location.assign('/'); });
// nobody says how the first ones come.
function nobody() {
  const at = info?.http?.[0] ?? '';
  return `Nobody has connected yet. Students ${info?.joining ? `join at ${at}/join` : `find at ${at}/ how to connect a board`}, or you upload a class list on the roster. Each session gets a tile here.`;
}

listenKeys({ search: () => $('#search').focus() });

watchInfo((i) => {
  info = i;
  showRefused($('#refused .refusals'), i.refused);
  show();
}, () => {});

setInterval(() => {
  if (!visible) return;
  for (const t of tiles.values()) if (t.visible) t.age();
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
