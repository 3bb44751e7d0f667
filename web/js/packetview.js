// One packet in detail: what it is for, its exchange, its bytes as text, hex
// and reading.
import { el, icon, sentence } from './dom.js';
import { bytesOf, clock, flags, granted, hex, payload, text, way, who } from './packetfacts.js';
import { sequence } from './sequence.js';
import { unitText } from './format.js';

const figure = (n, word) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;

// packetView fills a section with a packet of an exchange (or null).
export function packetView(node, item, close) {
  const { p, x } = item;
  const bytes = bytesOf(p);
  const parts = [
    el('header', {}, el('h2', { id: 'packet-title', text: p.type === 'END' ? 'End of the connection' : `${p.type || 'Unreadable'}${p.id ? ` ${p.id}` : ''}` }),
      el('button', { type: 'button', text: 'Close', onclick: close })),
    p.hint && hint(p), sentence(el('p', {}), p.what), x && sequence(x), facts(p),
    ...said(p, bytes), ...reading(p), ...dump(p, bytes), ...overHTTP(p, x),
  ];
  node.replaceChildren(...parts.filter(Boolean));
}

function hint(p) {
  const mark = el('span', { class: p.refused ? 'mark refused' : 'mark' }, icon(p.refused ? 'denied' : 'lost'), p.refused ? 'refused' : 'hint');
  const words = el('span');
  return el('p', { class: 'packet-hint' }, mark, ' ', sentence(words, p.hint));
}

function facts(p) {
  const list = [['Time', clock(p, 6)], ['Client', `${who(p)}, ${p.addr}${p.via === 'tcp' ? '' : ` (${p.via})`}`]];
  if (p.type !== 'END') list.push(['Direction', `${p.out ? '←' : '→'} ${way(p)}`]);
  if (flags(p)) list.push(['Flags', flags(p)]);
  if (p.id) list.push(['Packet id', String(p.id)]);
  if (p.type === 'PUBLISH') list.push(['Topic', el('code', { text: p.topic })]);
  if (p.filters) list.push(['Filters', el('ul', {}, ...p.filters.map((f) => el('li', {}, el('code', { text: f.filter }), p.type === 'SUBSCRIBE' ? ` at QoS ${f.qos}` : '')))]);
  if (p.type === 'SUBACK') list.push(['Answers', (p.codes ?? []).map(granted).join(', ')]);
  if (p.connect) list.push(...connect(p.connect));
  if (p.size) list.push(['Size', size(p)]);
  return el('dl', { class: 'facts' }, ...list.flatMap(([name, value]) => [el('dt', { text: name }), el('dd', {}, value)]));
}

function connect(c) {
  const list = [['Client id', c.id || 'none'], ['User name', c.has_user ? c.user : 'none'], ['Password', c.has_password ? 'there is one; it is never shown' : 'none'],
    ['Session', c.clean ? 'clean' : 'kept'], ['Keepalive', c.keepalive ? `${c.keepalive} s` : 'none'], ['Protocol', `${c.protocol}, level ${c.level}`]];
  if (c.will) {
    list.push(['Last will', el('span', {}, el('code', { text: c.will.topic }), `: ${c.will.binary ? figure(c.will.size, 'byte') : c.will.text} (QoS ${c.will.qos}${c.will.retain ? ', RETAIN' : ''})`)]);
  }
  return c.level === 3 || c.level === 4 ? list : list.slice(-1);
}

// size says what is payload and what the protocol adds.
function size(p) {
  if (p.type !== 'PUBLISH' || !p.payload_at) return `${figure(p.size, 'byte')}, ${p.head} of them the fixed header`;
  const id = p.qos ? 2 : 0;
  const topic = p.payload_at - p.head - 2 - id;
  return `${figure(p.size, 'byte')}: ${p.head} fixed header + 2 length of the topic + ${topic} topic${id ? ' + 2 packet id' : ''} + ${p.payload} payload (${Math.round((100 * p.payload) / p.size)} %)`;
}

function said(p, bytes) {
  if (p.type !== 'PUBLISH' || !p.payload_at) return [];
  const words = payload(p);
  const cut = bytes.length < p.size;
  const head = el('h3', { text: 'Payload' });
  if (!p.payload) return [head, el('p', { class: 'caption', text: p.retain && !p.out ? 'Empty: it clears the retained message.' : 'Empty.' })];
  if (words === null) return [head, el('p', { class: 'caption', text: `${figure(p.payload, 'byte')} that are no text: see the bytes.` })];
  return [head, el('pre', { class: 'payload', tabindex: '0', text: words }), cut && el('p', { class: 'caption', text: `The first ${figure(bytes.length - p.payload_at, 'byte')} of ${figure(p.payload, 'byte')}.` })];
}

const round = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(6))) : '–');

// heading is a column's declared title without its unit, which stands beside
// the number as it is shown here, else its name.
const heading = (v) => v.title?.replace(/\s*[[(][^\])]*[\])]\s*$/, '') || v.name;

function reading(p) {
  if (p.type !== 'PUBLISH') return [];
  const r = p.reading;
  const head = el('h3', { text: 'As a reading' });
  if (!r) return [head, el('p', { class: 'caption', text: p.payload ? 'No number: it is passed on and shown as text.' : 'Nothing to read.' })];
  if (r.command) return [head, sentence(el('p', { class: 'caption' }), `A command of iot-plot, \`${r.command}\`: no reading.`)];
  const table = el('table', { class: 'figures' }, el('tbody', {}, ...r.rows.flatMap((row) => row.values.map((v) => el('tr', {},
    el('th', { scope: 'row' }, el('code', { text: row.series }), ` ${heading(v)}`),
    el('td', { class: 'number', text: v.value === null ? 'a gap' : round(v.value) }),
    el('td', { class: 'unit', text: unitText(v.unit) + (v.guessed ? ' ?' : '') }))))));
  const notes = [
    p.refused && 'It was refused, so it is in no series.', p.out && 'It was read when it came to the broker.',
    r.joins && 'One number: it joins those of its neighbouring topics to a row.',
    r.rows.some((row) => row.values.some((v) => v.guessed)) && '? The unit is a guess: set it at the topic if it is wrong.', r.more && 'There is more in it.',
  ].filter(Boolean);
  return [head, table, notes.length > 0 && el('p', { class: 'caption', text: notes.join(' ') })];
}

function dump(p, bytes) {
  if (!p.size) return [];
  const more = p.size - bytes.length;
  const narrow = matchMedia('(max-width: 560px)').matches;
  return [el('h3', { text: 'Bytes' }), el('pre', { class: 'hex', tabindex: '0', 'aria-label': 'Bytes in hexadecimal', text: hex(bytes, narrow ? 8 : 16) }),
    more > 0 && el('p', { class: 'caption', text: p.type === 'CONNECT' ? `${figure(more, 'byte')} more: the password, which is never shown.` : `${figure(more, 'byte')} more.` })];
}

// overHTTP counts what the same message would be as the smallest POST.
function overHTTP(p, x) {
  if (p.type !== 'PUBLISH' || p.out || !p.payload_at) return [];
  const request = `POST /${p.topic} HTTP/1.1\r\nHost: ${location.host}\r\nContent-Length: ${p.payload}\r\n\r\n`;
  const ask = new TextEncoder().encode(request).length + p.payload;
  const answer = 'HTTP/1.1 204 No Content\r\n\r\n'.length;
  const mqtt = x ? x.bytes : p.size;
  return [el('h3', { text: 'Over HTTP' }), el('p', { class: 'caption', text: `In MQTT ${x ? 'this exchange has' : 'it has'} ${figure(mqtt, 'byte')}. The smallest HTTP POST with the same payload has ${figure(ask + answer, 'byte')} (${ask} and ${answer} for the answer), and often a TCP connection of its own.` })];
}

// preview is a packet's topic and payload, or what it is about, in a line.
export function preview(p) {
  if (p.type !== 'PUBLISH') return '';
  if (!p.payload) return 'empty';
  const all = bytesOf(p);
  const words = text(all.subarray(p.payload_at, p.payload_at + 120), true);
  return words === null ? figure(p.payload, 'byte') : words.replace(/\s+/g, ' ');
}
