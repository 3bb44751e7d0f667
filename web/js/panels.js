// The states that need words instead of charts, each with its way out.
import { $, el, sentence } from './dom.js';
import { time } from './format.js';
import { showAddresses, snippet } from './info.js';
import { signinForm } from './signin.js';

// Panel shows one state at a time and leaves it alone while it stays the
// same, so that a half-typed password is not lost.
export class Panel {
  constructor(node, name) {
    this.node = node;
    this.name = name;
    this.shown = null;
  }

  hide() {
    this.node.hidden = true;
    this.shown = null;
  }

  // show writes the state's words; facts is what they depend on.
  show(state, info, facts = {}) {
    const key = JSON.stringify([state, info?.access, info?.mqtt, facts.topic, facts.you, facts.end, Boolean(facts.begin)]);
    if (this.shown === key) return;
    this.shown = key;
    this.node.dataset.state = state;
    this.node.replaceChildren(...(this[state]?.(info, facts) ?? []).filter(Boolean));
    this.node.hidden = false;
  }

  connect(info) {
    const addresses = el('div', { id: 'addresses' });
    showAddresses(addresses, info?.mqtt ?? [], info?.local);
    const password = { roster: 'the one your instructor gave you', open: 'any, or none' }[info?.access]
      ?? 'of your choice, none that you use elsewhere: the first board that uses a name keeps it';
    return el('section', { id: 'connect' }, addresses,
      el('dl', { class: 'facts' },
        el('dt', { text: 'user' }), el('dd', {}, el('code', { text: this.name })),
        el('dt', { text: 'password' }), el('dd', { text: password }),
        el('dt', { text: 'topics' }), el('dd', {}, 'start with ', el('code', { text: `${this.name}/` }))),
      el('pre', {}, el('code', { text: snippet(info?.mqtt?.[0], this.name, info?.access === 'open' ? 'claim' : info?.access) })));
  }

  nosession(info, { problem }) {
    return [
      el('h2', { text: `Nobody is ${this.name} yet` }),
      sentence(el('p'), problem || `Connect a board with the user \`${this.name}\` and this page comes alive.`),
      info?.joining ? el('p', {}, 'Or ', el('a', { href: '/join', text: 'join the class' }), ' first, and get the finished code.') : null,
      this.connect(info),
    ];
  }

  // begin leads to the finished code; false for who may not see it.
  never(info, { begin }) {
    return [
      el('h2', { text: 'No board has connected yet' }),
      sentence(el('p'), `Connect with the user \`${this.name}\`, and its first reading shows here.`),
      begin && el('p', {}, 'Start has the finished code for your board, and says step by step what is missing.'),
      begin ? el('p', { class: 'actions' }, el('button', { type: 'button', class: 'primary', text: 'Open Start', onclick: begin })) : this.connect(info),
    ];
  }

  silent(info, { end }) {
    return [
      el('h2', { text: end ? 'Connected once, sent no reading' : 'Connected, no reading yet' }),
      end ? el('p', { text: end }) : sentence(el('p'), `The connection stands. Now publish to a topic that starts with \`${this.name}/\`:`),
      el('pre', {}, el('code', { text: `client.publish(b"${this.name}/mcu/ina219", b'{"voltage": 5.012, "current_mA": 81.3}')` })),
    ];
  }

  off() {
    return [
      el('h2', { text: 'Recording is off' }),
      el('p', { text: 'Messages go on, and Topics shows the last of each. Charts need recording: ask the instructor.' }),
    ];
  }

  text(info, { topic }) {
    return [
      el('h2', { text: 'Messages come, none is a number' }),
      sentence(el('p'), `What you send${topic ? ` to \`${topic}\`` : ''} stands under Topics as text. To see a chart send numbers, such as \`5.02\` or`),
      el('pre', {}, el('code', { text: '{"voltage": 5.012, "current_mA": 81.3}' })),
    ];
  }

  signin(info, { done }) {
    return [
      el('h2', { text: `Sign in to see ${this.name}` }),
      el('p', { text: info?.access === 'roster' ? 'With the name and password of the class list.' : 'With the name and password that the board uses.' }),
      signinForm(this.name, done),
      el('p', { class: 'caption' }, 'The instructor signs in as ', el('code', { text: 'instructor' }), '.'),
    ];
  }

  denied(info, { you, done, message }) {
    const own = you && !you.instructor ? you.session : null;
    return [
      el('h2', { text: 'This page is somebody else’s' }),
      el('p', {}, own ? 'You are signed in as ' : (message ?? ''), own && el('strong', { text: own }), own && '.'),
      own && el('p', { class: 'actions' }, el('a', { class: 'button primary', href: `/s/${encodeURIComponent(own)}`, text: 'Open your page' })),
      el('p', { class: 'caption', text: `Or sign in as ${this.name}:` }),
      signinForm(this.name, done),
    ];
  }
}

// showClients lists the connections of a session.
export function showClients(node, clients) {
  node.hidden = clients.length === 0;
  const summary = $('summary', node);
  const text = `${clients.length} client${clients.length === 1 ? '' : 's'}`;
  if (summary.textContent !== text) summary.textContent = text;
  const key = JSON.stringify(clients.map((c) => [c.id, c.addr, c.since]));
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  $('ul', node).replaceChildren(...clients.map((c) => el('li', {},
    el('code', { text: c.id || '(no client id)' }),
    el('div', { class: 'caption', text: `from ${c.addr}${c.via ? `, ${c.via}` : ''}, since ${time(Date.parse(c.since))}` }))));
}
