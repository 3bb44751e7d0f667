// Packets: the session's MQTT packets as they pass, newest at the bottom. The
// stream is open only while this is to be seen.
import { keyed } from './api.js';
import { $, el, icon, sentence, setText } from './dom.js';
import { Exchanges } from './exchanges.js';
import { count } from './format.js';
import { clock, file, flags, subject, way, who } from './packetfacts.js';
import { packetView, preview } from './packetview.js';
import { Stream, whileVisible } from './stream.js';

const MOST = 1000; // packets that are listed

const KINDS = {
  all: ['all packets', () => true],
  messages: ['messages (PUBLISH)', (p) => p.type === 'PUBLISH'],
  acks: ['acknowledgements', (p) => /^PUB(ACK|REC|REL|COMP)$/.test(p.type)],
  subscriptions: ['subscriptions', (p) => /SUB/.test(p.type)],
  connections: ['connections', (p) => /^(CONN|DISCONN|END)/.test(p.type)],
  pings: ['pings', (p) => /^PING/.test(p.type)],
  hints: ['refused and hints', (p) => p.refused || p.hint],
};

export class Packets {
  // bench has the session's name and path, and empty(), where it has one, says
  // what to do while nothing passes.
  constructor(node, bench) {
    Object.assign(this, { node, bench });
    this.items = []; // {p, x (its exchange), row}, oldest first
    this.held = []; // packets that came while paused
    this.lost = 0; // that came while paused and are in held no more
    this.exchanges = new Exchanges();
    this.paused = false;
    this.open = null; // the item whose details are shown
    this.waiting = []; // to be written in the next frame
    this.kind = 'all';
    this.state = 'Opening the stream of packets.'; // why nothing comes, '' = it would
    this.shown = false;
    this.build();
    this.stream = new Stream({
      address: () => `${bench.path}/packets`,
      events: { hello: () => this.say(''), beat: () => {}, packets: (e) => this.came(e) },
      ended: (tries) => this.ended(tries),
    });
    whileVisible(() => this.watch(), () => this.watch());
  }

  build() {
    const button = (text, onclick) => el('button', { type: 'button', text, onclick });
    this.pauser = el('button', { type: 'button', id: 'packets-pause', 'aria-pressed': 'false', onclick: () => this.pause(!this.paused) }, icon('pause'), el('span', { text: 'Pause' }));
    this.kinds = el('select', { 'aria-label': 'Which packets', id: 'packets-kind', onchange: () => { this.kind = this.kinds.value; this.filter(); } },
      ...Object.entries(KINDS).map(([value, [text]]) => el('option', { value, text })));
    this.clients = el('select', { 'aria-label': 'Of which client', id: 'packets-client', onchange: () => this.filter() }, el('option', { value: '', text: 'all clients' }));
    this.search = el('input', { type: 'search', id: 'packets-search', placeholder: 'Topic or payload ( / )', 'aria-label': 'Text in topic or payload', oninput: () => this.filter() });
    this.total = el('p', { class: 'caption', id: 'packets-total', role: 'status' });
    this.grid = el('div', { class: 'wire', role: 'grid', 'aria-label': 'Packets, newest last', 'aria-rowcount': '-1' });
    this.body = el('div', { class: 'wire-rows', role: 'rowgroup' });
    this.grid.append(el('div', { class: 'wire-head', role: 'rowgroup' }, el('div', { class: 'wire-row', role: 'row' },
      ...['Time', 'Way', 'Client', 'Type', 'Flags', 'Id', 'Topic and payload', 'Bytes'].map((text) => el('span', { role: 'columnheader', text })))), this.body);
    this.none = el('div', { class: 'empty-text wire-none' });
    this.newest = el('button', { type: 'button', class: 'wire-newest', text: 'Newest', hidden: true, onclick: () => this.follow() });
    this.details = el('section', { class: 'box packet', 'aria-labelledby': 'packet-title', hidden: true });
    this.details.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.close(); });
    this.grid.addEventListener('click', (e) => this.pick(e.target.closest('.wire-rows .wire-row')));
    this.grid.addEventListener('keydown', (e) => this.key(e));
    this.grid.addEventListener('scroll', () => { this.newest.hidden = this.atEnd; }, { passive: true });
    this.node.append(
      el('div', { class: 'chooser wire-tools' }, this.pauser, this.kinds, this.clients, this.search, el('span', { class: 'spacer' }), button('Clear', () => this.clear()), button('Save as text', () => this.save())),
      el('div', { class: 'wire-pair' }, el('div', { class: 'wire-box' }, this.grid, this.none, this.newest), this.details), this.total);
    this.count();
  }

  // show and hide are the tab's.
  show() {
    if (this.shown) return;
    this.shown = true;
    this.watch();
    this.count();
  }

  hide() {
    if (!this.shown) return;
    this.shown = false;
    this.watch();
  }

  // watch opens the stream while somebody can see it.
  watch() {
    if (keyed) return;
    if (this.shown && document.visibilityState !== 'hidden') this.stream?.start();
    else this.stream?.stop();
  }

  async ended(tries) {
    if (tries === 1) return true;
    let status = 0;
    try {
      ({ status } = await fetch(`${this.bench.path}/packets`, { method: 'HEAD', headers: { 'X-Requested-With': 'labbroker' } }));
    } catch { /* the server does not answer: the page says so */ }
    this.say(status === 503 ? 'As many watch packets already as may: 8 of a session, 64 in all. Close Packets in another tab.'
      : status === 401 || status === 403 ? 'Sign in again to see packets.' : 'The stream of packets broke off. Trying again.');
    return status !== 401 && status !== 403;
  }

  // say tells why nothing comes, '' for no reason.
  say(why) {
    this.state = why;
    this.count();
  }

  came({ packets, left }) {
    if (left) packets.push({ type: 'LEFT', left });
    if (this.paused) {
      this.held.push(...packets);
      this.lost += Math.max(0, this.held.length - MOST);
      this.held = this.held.slice(-MOST);
      this.count();
      return;
    }
    this.waiting.push(...packets);
    this.frame ??= requestAnimationFrame(() => this.write());
  }

  // write lists what came since the last frame, and lets the oldest go.
  write() {
    this.frame = null;
    const end = this.atEnd;
    const fresh = this.waiting.slice(-MOST).map((p) => this.item(p));
    this.waiting = [];
    this.items.push(...fresh);
    this.body.append(...fresh.map((i) => i.row));
    for (const gone of this.items.splice(0, Math.max(0, this.items.length - MOST))) this.drop(gone);
    if (!this.body.querySelector('[tabindex="0"]')) this.items[0]?.row.setAttribute('tabindex', '0');
    if (end) this.grid.scrollTop = this.grid.scrollHeight;
    if (this.open?.x && fresh.some((i) => i.x === this.open.x)) this.view();
    this.newest.hidden = this.atEnd;
    this.count();
  }

  item(p) {
    const item = { p, x: p.type === 'LEFT' ? null : this.exchanges.add(p) };
    item.row = row(p);
    item.row.hidden = !this.fits(item);
    if (p.type !== 'LEFT') this.meet(p);
    return item;
  }

  drop(item) {
    item.row.remove();
    this.exchanges.drop(item.x);
  }

  // meet adds a client to the choice of clients.
  meet(p) {
    const value = `${p.client}`;
    if ([...this.clients.options].slice(1).some((o) => o.dataset.id === value) || this.clients.options.length > 100) return;
    const option = el('option', { value: `c${value}`, text: who(p) });
    option.dataset.id = value;
    this.clients.append(option);
  }

  fits({ p }) {
    if (p.type === 'LEFT') return this.kind === 'all' && !this.clients.value && !this.search.value;
    if (!KINDS[this.kind][1](p)) return false;
    if (this.clients.value && this.clients.value !== `c${p.client}`) return false;
    const words = this.search.value.trim().toLowerCase();
    if (!words) return true;
    p.words ??= `${p.topic} ${subject(p)} ${preview(p)} ${p.hint ?? ''}`.toLowerCase();
    return p.words.includes(words);
  }

  filter() {
    for (const item of this.items) item.row.hidden = !this.fits(item);
    this.follow();
    this.count();
  }

  get atEnd() { return this.grid.scrollHeight - this.grid.scrollTop - this.grid.clientHeight < 40; }

  follow() {
    this.grid.scrollTop = this.grid.scrollHeight;
    this.newest.hidden = true;
  }

  pause(yes) {
    this.paused = yes;
    this.pauser.setAttribute('aria-pressed', String(yes));
    this.pauser.replaceChildren(icon(yes ? 'play' : 'pause'), el('span', { text: yes ? 'Go on' : 'Pause' }));
    if (!yes) {
      const held = this.lost ? [{ type: 'LEFT', left: this.lost }, ...this.held] : this.held;
      this.held = [];
      this.lost = 0;
      this.waiting.push(...held);
      this.write();
    }
    this.count();
  }

  toggle() { this.pause(!this.paused); }

  clear() {
    this.items.forEach((i) => i.row.remove());
    this.items = [];
    this.held = [];
    this.lost = 0;
    this.exchanges.clear();
    this.close(false);
    this.count();
  }

  // count writes how much is listed, and what to do when nothing is.
  count() {
    const shown = this.items.filter((i) => i.p.type !== 'LEFT' && !i.row.hidden);
    const bytes = shown.reduce((n, i) => n + i.p.size, 0);
    const inside = shown.reduce((n, i) => n + (i.p.payload ?? 0), 0);
    const held = this.held.length + this.lost;
    setText(this.total, [
      shown.length > 0 && this.state,
      shown.length && `${count(shown.length, 'packet')}, ${bytes.toLocaleString('en')} bytes, ${inside.toLocaleString('en')} of them payload.`,
      this.items.length >= MOST && `The newest ${MOST.toLocaleString('en')} are kept.`,
      this.paused && `Paused: ${held ? `${held} came since.` : 'nothing came since.'}`,
    ].filter(Boolean).join(' '));
    this.none.hidden = shown.length > 0;
    if (this.none.hidden) return;
    const text = keyed ? 'Packets are not shown by a read-only key. Sign in to see them.'
      : this.state || (this.items.length ? 'No packet fits this choice.'
        : this.bench.empty?.() ?? 'Nothing has passed since you opened this. Send something from your board, or press the test button on Start.');
    if (this.none.textContent !== text) this.none.replaceChildren(sentence(el('p'), text));
  }

  pick(node) {
    const item = node && this.items.find((i) => i.row === node);
    if (!item || item.p.type === 'LEFT') return;
    this.focus(item.row, false);
    this.open = item;
    this.view();
    if (matchMedia('(max-width: 900px)').matches) this.details.scrollIntoView({ block: 'nearest' });
  }

  view() {
    this.details.hidden = false;
    const { scrollTop } = this.details;
    packetView(this.details, this.open, () => this.close());
    this.details.scrollTop = scrollTop;
    for (const i of this.items) {
      i.row.setAttribute('aria-selected', String(i === this.open));
      i.row.classList.toggle('peer', Boolean(this.open.x) && i.x === this.open.x);
    }
  }

  close(back = true) {
    const was = this.open;
    this.open = null;
    this.details.hidden = true;
    this.details.replaceChildren();
    for (const i of this.items) {
      i.row.setAttribute('aria-selected', 'false');
      i.row.classList.remove('peer');
    }
    if (back && was?.row.isConnected) was.row.focus();
  }

  // focus moves the one row that the keyboard reaches.
  focus(node, really = true) {
    $('[tabindex="0"]', this.body)?.setAttribute('tabindex', '-1');
    node.setAttribute('tabindex', '0');
    if (really) node.focus();
  }

  key(e) {
    if (e.key === 'Escape' && this.open) return this.close();
    const at = e.target.closest('.wire-rows .wire-row');
    if (!at) return undefined;
    if (e.key === 'Enter') return this.pick(at);
    const rows = this.items.map((i) => i.row).filter((r) => !r.hidden);
    const to = { ArrowDown: rows.indexOf(at) + 1, ArrowUp: rows.indexOf(at) - 1, Home: 0, End: rows.length - 1 }[e.key];
    if (to === undefined || !rows[to]) return undefined;
    e.preventDefault();
    this.focus(rows[to]);
    return undefined;
  }

  save() {
    const list = this.items.filter((i) => i.p.type !== 'LEFT' && !i.row.hidden).map((i) => i.p);
    const filter = [this.kind !== 'all' && KINDS[this.kind][0], this.clients.value && `client ${this.clients.selectedOptions[0].textContent}`, this.search.value.trim() && `text ${this.search.value.trim()}`].filter(Boolean).join(', ');
    const name = `${this.bench.name}-packets-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}.txt`;
    const href = URL.createObjectURL(new Blob([file(this.bench.name, list, filter)], { type: 'text/plain' }));
    el('a', { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  }
}

// row is one line of the list.
function row(p) {
  if (p.type === 'LEFT') {
    return el('div', { class: 'wire-row left', role: 'row', tabindex: '-1' }, el('span', { role: 'gridcell', text: `${count(p.left, 'packet')} left out: more came than are shown.` }));
  }
  const cell = (name, ...children) => el('span', { class: name, role: 'gridcell' }, ...children);
  const mark = p.refused ? el('span', { class: 'mark refused' }, icon('denied'), 'refused') : p.hint && p.type !== 'END' ? el('span', { class: 'mark' }, icon('lost'), 'hint') : null;
  const words = preview(p);
  return el('div', { class: 'wire-row', role: 'row', tabindex: '-1', 'aria-selected': 'false', 'data-type': p.type },
    cell('time', clock(p)),
    cell('way', el('span', { 'aria-hidden': 'true', text: p.out ? '← ' : '→ ' }), el('span', { class: 'words', text: way(p) })),
    cell('client', who(p)),
    cell('type', p.type === 'END' ? 'connection ended' : p.type || 'unreadable', mark),
    cell('flags', flags(p)),
    cell('id', p.id ? String(p.id) : ''),
    cell('about', p.type === 'PUBLISH' ? el('code', { text: p.topic }) : subject(p), words && ' ', words && el('span', { class: 'meaning', text: words })),
    cell('size', p.size ? String(p.size) : ''));
}
