// Which packets belong together: a message at QoS 1 or 2 with its
// acknowledgements, a question with its answer. An exchange belongs to one
// connection and, where there is one, to a packet id and the side that began.
import { micros } from './packetfacts.js';

const BEGINS = ['CONNECT', 'PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PINGREQ'];
const ANSWERS = { CONNECT: 'CONNACK', SUBSCRIBE: 'SUBACK', UNSUBSCRIBE: 'UNSUBACK', PINGREQ: 'PINGRESP' };
const ENDS = ['PUBACK', 'PUBCOMP', ...Object.values(ANSWERS)];

// keyOf is the same for all packets of an exchange, '' for those that stand
// alone.
function keyOf(p) {
  switch (p.type) {
    case 'CONNECT': case 'CONNACK': return `${p.conn} connect`;
    case 'SUBSCRIBE': case 'SUBACK': return `${p.conn} subscribe ${p.id}`;
    case 'UNSUBSCRIBE': case 'UNSUBACK': return `${p.conn} unsubscribe ${p.id}`;
    case 'PINGREQ': case 'PINGRESP': return `${p.conn} ping`;
    case 'PUBLISH': return p.qos ? `${p.conn} ${p.out} ${p.id}` : '';
    case 'PUBREL': return `${p.conn} ${p.out} ${p.id}`;
    case 'PUBACK': case 'PUBREC': case 'PUBCOMP': return `${p.conn} ${!p.out} ${p.id}`;
  }
  return '';
}

// Exchange is a list of packets in their order.
class Exchange {
  constructor(key) {
    this.key = key;
    this.packets = [];
    this.left = 0; // packets of it that are still listed
  }

  get first() { return this.packets[0]; }

  get whole() { return BEGINS.includes(this.first.type); }

  get done() { return this.packets.some((p) => ENDS.includes(p.type)); }

  // next is what is to come still: [type, from the broker], or null.
  get next() {
    if (this.done || !this.whole) return null;
    const { type, qos, out } = this.first;
    if (ANSWERS[type]) return [ANSWERS[type], true];
    if (qos === 1) return ['PUBACK', !out];
    switch (this.packets.at(-1).type) {
      case 'PUBREC': return ['PUBREL', out];
      case 'PUBREL': return ['PUBCOMP', !out];
    }
    return ['PUBREC', !out];
  }

  get micros() { return micros(this.packets.at(-1)) - micros(this.first); }

  get bytes() { return this.packets.reduce((n, p) => n + p.size, 0); }
}

export class Exchanges {
  constructor() { this.open = new Map(); }

  // add finds a packet's exchange, or begins one; null where it stands alone.
  add(p) {
    const key = keyOf(p);
    if (!key) return null;
    let x = this.open.get(key);
    const begins = BEGINS.includes(p.type) && !(p.dup && x && !x.done);
    if (!x || begins || x.done) {
      x = new Exchange(key);
      this.open.set(key, x);
    }
    x.packets.push(p);
    x.left++;
    return x;
  }

  // drop forgets one packet's hold of its exchange.
  drop(x) {
    if (x && --x.left === 0 && this.open.get(x.key) === x) this.open.delete(x.key);
  }

  clear() { this.open.clear(); }
}
