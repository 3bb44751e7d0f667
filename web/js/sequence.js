// An exchange drawn as the sequence that it is: two lifelines, an arrow for
// each packet, the time between them.
import { el } from './dom.js';
import { micros, span, who } from './packetfacts.js';

const LEFT = 56;
const RIGHT = 284;
const STEP = 46;
const TOP = 60;

function svg(tag, attributes, text) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const short = (s, n) => (s.length > n ? `${s.slice(0, n - 1)}…` : s);

// arrow draws one packet at height y; from is true for one of the broker's.
function arrow(y, fromBroker, label, { time = '', kind = '' } = {}) {
  const [a, b] = fromBroker ? [RIGHT, LEFT] : [LEFT, RIGHT];
  const turn = fromBroker ? 1 : -1;
  const g = svg('g', { class: `packet ${kind}` });
  g.append(
    svg('line', { x1: a, y1: y, x2: b + turn * 6, y2: y }),
    svg('path', { d: `M${b} ${y}l${turn * 9} -5v10Z` }),
    svg('text', { x: (LEFT + RIGHT) / 2, y: y - 7, 'text-anchor': 'middle' }, label),
  );
  if (time) g.append(svg('text', { class: 'time', x: (LEFT + RIGHT) / 2, y: y + 15, 'text-anchor': 'middle' }, time));
  return g;
}

const label = (p) => [p.refused && '■ refused:', p.type, p.id || '', p.type === 'PUBLISH' && p.dup && 'DUP'].filter(Boolean).join(' ');

// sequence draws an exchange. Its words say the same for who does not see it.
export function sequence(x) {
  const missing = x.next;
  const rows = x.packets.length + (missing ? 1 : 0);
  const height = TOP + rows * STEP;
  const said = x.packets.map((p, i) => `${p.out ? 'from the broker' : 'to the broker'} ${label(p)}${i ? ` after ${span(micros(p) - micros(x.packets[i - 1]))}` : ''}`);
  const picture = svg('svg', {
    class: 'sequence', viewBox: `0 0 340 ${height}`, role: 'img',
    'aria-label': `${said.join(', then ')}${missing ? `; ${missing[0]} has not come` : ''}.`,
  });
  for (const [at, name] of [[LEFT, short(who(x.first), 15)], [RIGHT, 'broker']]) {
    picture.append(
      svg('rect', { x: at - 54, y: 4, width: 108, height: 24, rx: 4 }),
      svg('text', { class: 'name', x: at, y: 20, 'text-anchor': 'middle' }, name),
      svg('line', { class: 'life', x1: at, y1: 28, x2: at, y2: height - 6 }),
    );
  }
  x.packets.forEach((p, i) => picture.append(arrow(TOP + i * STEP, p.out, label(p), {
    time: i ? `+ ${span(micros(p) - micros(x.packets[i - 1]))}` : '', kind: p.refused ? 'refused' : '',
  })));
  if (missing) picture.append(arrow(TOP + x.packets.length * STEP, missing[1], `${missing[0]} has not come`, { kind: 'missing' }));
  return el('figure', { class: 'exchange' }, picture, el('figcaption', { class: 'caption', text: caption(x, missing) }));
}

function caption(x, missing) {
  if (!x.whole) return 'It began before you opened this.';
  if (missing) return missing[1] ? 'The broker has not answered yet.' : 'The client has not answered yet. Does its loop call check_msg()?';
  if (x.first.refused && x.first.type === 'PUBLISH') return 'It goes nowhere. It is acknowledged all the same, so that the client does not send it for ever.';
  const one = x.first.type === 'PUBLISH' ? ['', 'At QoS 1: at least once.', 'At QoS 2: exactly once.'][x.first.qos] : '';
  return `${one} ${span(x.micros)} from the first to the last, as the broker saw it.`.trim();
}
