// The live page of one session: it signs in, loads what was recorded, follows
// the stream, and says at any time which state it is in.
import { says } from './address.js';
import { get, keyed, now, Refused, sessionPath, setServerTime, url } from './api.js';
import { Bench } from './bench.js';
import { $, icon, setState, setText } from './dom.js';
import { age, count, rate } from './format.js';
import { showBanner, watchInfo } from './info.js';
import { Marking } from './marking.js';
import { Notices } from './notices.js';
import { Panel, showClients } from './panels.js';
import { Plots } from './plots.js';
import { listenKeys } from './keys.js';
import { LabList } from './lablist.js';
import { status } from './states.js';
import { Said } from './said.js';
import { sessionMenu } from './orders.js';
import { goesOn, Stream, whileVisible } from './stream.js';
import { Topics } from './topics.js';
import { toast, unitMenu } from './units.js';

const name = document.body.dataset.session;
const path = sessionPath(name);
const statusLine = $('#status');
const panel = new Panel($('#panel'), name);
const notices = new Notices($('#notices'));
const topics = new Topics($('#topics'), name);
const lab = new LabList($('#lab'), name);
const said = new Said($('#said'), name);

let phase = 'loading'; // then nosession, signin, denied or ok
let session = null; // as the server says it
let info = null;
let cursor = 0; // the greatest seq that the page has
let heard = 0; // when the server last said something, by the browser's clock
let lost = false;
let whole = false; // the next topics are all topics
let refused = ''; // the server's sentence
let visible = false;

// owner tells whether the visitor may change things here.
const owner = () => Boolean(info?.you && (info.you.instructor || same(info.you.session)));

const plots = new Plots(name, path, {
  may: owner,
  pick: (column, button) => unitMenu(name, plots.series, column, button, () => refresh()),
  failed: (e) => (e instanceof Refused && e.status < 500 && e.status !== 404 ? enter() : toast(e.message)),
});

const bench = new Bench(name, path, {
  may: owner,
  hasKey: () => Boolean(session?.has_key),
  series: () => plots.sets,
  topics: () => topics.topics,
  notices: () => notices.entries.map((e) => e.n),
  instructor: () => Boolean(info?.you?.instructor),
  failed: (e) => (e instanceof Refused && e.status === 401 ? enter() : toast(e.message)),
  enter: () => enter(),
  tab: () => { plots.leave(bench.tab !== 'live'); bench.hint(null); show(); },
});

plots.away = bench.tab !== 'live';

const stream = new Stream({
  address: () => url(`${path}/stream`, { after: cursor }),
  events: {
    hello: (h) => {
      setServerTime(h.now);
      found();
      whole = unheard.runs = unheard.plots = true;
    },
    rows: (r, id) => {
      found();
      plots.append(r.series);
      bench.rows(r.series.map((s) => s.name));
      if ($('#live').hidden) show();
      cursor = Math.max(cursor, Number(id) || 0);
    },
    series: (list) => { plots.update(list); show(); },
    state: (s) => {
      found();
      setServerTime(s.now);
      const turned = session?.has_key !== s.has_key;
      session = s;
      bench.parts.start.state(s);
      lab.told(s.lab);
      if (turned && bench.tab === 'export') bench.show();
      show();
    },
    topics: (list) => { topics.update(list, whole); whole = false; bench.parts[bench.tab]?.topics?.(); show(); },
    notices: (list) => {
      bench.hint(notices.show(list));
      setText($('#problems'), count(list.length, 'problem'));
    },
    runs: (list) => told('runs', list),
    plots: (list) => told('plots', list),
    iv: (figures) => bench.curve(figures),
    reset: () => reload(),
  },
  ended: (tries) => {
    lose();
    return goesOn(tries, () => get(path), enter);
  },
});

// told hands a list on. The first after hello is whole, the others say what
// changed.
const unheard = { runs: true, plots: true };
let ready = '';
function told(what, list) {
  bench.news(what, list, unheard[what]);
  unheard[what] = false;
  if (!ready && !unheard.runs && !unheard.plots) performance.mark(ready = 'ready'); // for whoever measures the page
}

function found() {
  heard = Date.now();
  lost = false;
}

function lose() {
  lost = true;
  show();
}

// enter finds out who may see what, and goes on from there.
let entering = null;
function enter() {
  entering ??= attempt().finally(() => { entering = null; });
  return entering;
}

async function attempt() {
  stream.stop();
  try {
    info = await get('/api/info');
    found(); // it answers
    const next = await may();
    if (next !== 'ok') {
      phase = next;
    } else {
      const [state, series] = await Promise.all([get(path), get(`${path}/series`)]);
      [phase, session] = [next, state]; // together: who is ok has a session
      bench.parts.start.state(state);
      setServerTime(session.now);
      found();
      cursor = session.seq;
      plots.forget();
      plots.update(series);
      await plots.load();
      if (visible) stream.start();
    }
  } catch (e) {
    if (e instanceof Refused && e.status < 500) {
      refused = e.message;
      document.body.dataset.known = 'false'; // to be asked again
      phase = { 401: 'signin', 403: 'denied' }[e.status] ?? 'nosession';
    } else {
      lost = true;
      setTimeout(enter, 2000);
    }
  }
  show();
}

// may says which of the phases the visitor is in, before anything is asked
// that would be refused.
async function may() {
  if (!await known()) return 'nosession';
  if (keyed) return 'ok';
  if (!info.you) return 'signin';
  return info.you.instructor || same(info.you.session) ? 'ok' : 'denied';
}

const same = (other) => other.toLowerCase() === name.toLowerCase();

// known tells whether somebody is this name by now: the page itself says so
// to everybody, the API only to who signed in.
async function known() {
  if (document.body.dataset.known === 'true') return true;
  const shell = await (await fetch(location.pathname)).text();
  document.body.dataset.known = new DOMParser().parseFromString(shell, 'text/html').body.dataset.known;
  return document.body.dataset.known === 'true';
}

// reload takes everything anew: the page was away too long to catch up.
const reload = () => enter();

// refresh takes the series' descriptions and rows anew: a unit changed.
async function refresh() {
  try {
    plots.update(await get(`${path}/series`));
  } catch (e) { toast(e.message); }
}

// show writes the state: the status line, the banner, and charts or panel.
function show() {
  const ok = phase === 'ok' && session;
  const empty = ok && plots.empty;
  for (const id of ['#ranges', '#pause', '#csv']) $(id).hidden = !ok || empty || bench.tab !== 'live';
  if ($('#tabs').hidden === Boolean(ok)) {
    $('#tabs').hidden = !ok;
    if (!ok) bench.tabs.choose('live');
    else if (empty && owner() && !says('tab') && session.recording?.state !== 'off') bench.tabs.choose('start'); // nothing is to be seen elsewhere yet
    bench.tabs.write();
    bench.show();
  }
  $('#lists').hidden = !ok;
  $('#live').hidden = $('#further').hidden = !ok || empty;
  $('#problems').hidden = !ok || !notices.entries.length;
  if (!ok) showClients($('#clients'), []);
  said.show(ok ? session.messages : []);
  $('#orders').hidden = !ok || !info?.you?.instructor;
  $('#seat').hidden = !ok || !session.seat || Boolean(info?.you?.instructor);
  if (ok) setText($('#seat'), `projector: ${session.seat}`);
  showBanner([
    lost && !heard && 'The server does not answer. Trying again.',
    ok && session.recording?.text, ok && session.clock,
    ok && !empty && textOnly(),
  ]);
  if (!ok) {
    if (phase === 'loading') {
      setState(statusLine, lost ? 'lost' : 'loading', lost ? 'server lost' : 'loading', lost ? 'retrying' : '');
      return;
    }
    const [state, word] = { nosession: ['never', 'no session yet'], signin: ['signin', 'sign-in needed'], denied: ['denied', 'not yours'] }[phase];
    setState(statusLine, lost ? 'lost' : state, lost ? 'server lost' : word);
    panel.show(phase, info, { done: signedIn, you: info?.you, message: refused });
    return;
  }
  showClients($('#clients'), session.clients ?? []);
  $('#name').dataset.simulated = String(Boolean(session.simulated));
  if (lost) setState(statusLine, 'lost', 'server lost', `data ${age(Date.now() - heard)} old, retrying`);
  else if (plots.paused) setState(statusLine, 'paused', 'paused', rate(session.rate));
  else setState(statusLine, ...status(session, rate(session.rate)));
  if (!empty) panel.hide();
  else if (session.recording?.state === 'off') panel.show('off', info);
  else if (topics.size && !topics.numeric) panel.show('text', info, { topic: topics.newest?.topic });
  else if (session.state === 'never' || (session.state === 'refused' && !session.ended_at)) panel.show('never', info, { begin: owner() && (() => bench.tabs.choose('start')) });
  else panel.show('silent', info, { end: session.clients?.length ? '' : session.last_end || 'The connection ended.' });
  plots.lost = lost;
  plots.touch();
}

// textOnly says that what comes now is no number, though readings came before.
function textOnly() {
  const reading = session.last_reading ? now() - Date.parse(session.last_reading) : Infinity;
  const newest = topics.newest;
  if (session.state !== 'publishing' || reading < 10000 || !newest || newest.numeric) return '';
  return `Messages come on \`${newest.topic}\` as text, none is a number: see Topics.`;
}

function signedIn(who) {
  if (who.instructor || same(who.session)) {
    panel.hide();
    enter();
  } else location.assign(`/s/${encodeURIComponent(who.session)}`);
}

$('#theme').replaceChildren(icon('theme'));
$('#problems').addEventListener('click', () => {
  bench.tabs.choose('live');
  $('#notices').scrollIntoView({ block: 'start' });
});
$('#orders').addEventListener('click', (e) => sessionMenu(e.currentTarget, session, { inside: true }));
const pause = $('#pause');
const setPause = (yes) => {
  plots.pause(yes);
  pause.setAttribute('aria-pressed', String(yes));
  pause.setAttribute('aria-label', yes ? 'Go on' : 'Pause');
  pause.replaceChildren(icon(yes ? 'play' : 'pause'));
  if (session) show();
};
setPause(false);
pause.addEventListener('click', () => setPause(!plots.paused));
let held = false; // paused already before a stretch was marked
new Marking(bench, plots, (yes) => {
  if (yes) held = plots.paused;
  setPause(yes || held);
});
document.addEventListener('theme', () => { plots.theme(); bench.theme(); });
listenKeys({
  pause: () => phase === 'ok' && (bench.tab === 'live' ? setPause(!plots.paused) : bench.tab === 'packets' && bench.parts.packets.toggle()),
  view: (n) => bench.tab === 'live' && plots.view(n),
  search: () => ({ runs: $('#pane-runs input'), packets: $('#packets-search') }[bench.tab] ?? topics.search).focus(),
});

setInterval(() => {
  if (!visible) return;
  notices.ages();
  topics.ages();
  show();
}, 1000);

watchInfo((i) => {
  info = i;
  if (phase === 'nosession' || phase === 'signin' || phase === 'denied') show();
  if (phase === 'nosession') enter(); // somebody may be it by now
});

whileVisible(() => {
  if (visible) return;
  visible = true;
  // The stream goes on after the cursor; what was missed comes with it.
  if (phase === 'ok') stream.start();
  else enter();
}, () => {
  visible = false;
  stream.stop();
});
