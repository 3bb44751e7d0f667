// The part "Start" of a session's page: what is still missing until the board's
// curve is there, the board's finished code, and the way to other devices.
import { get, send } from './api.js';
import { $, el, icon, sentence, setText } from './dom.js';
import { copy } from './info.js';
import { passwordBox } from './password.js';
import { signout } from './signin.js';
import { toast } from './units.js';

const HOW = {
  micropython: 'Save it on the board as main.py, with Thonny or mpremote, and reset the board. At its first start it fetches its modules from this server.',
  arduino: 'Open it in the Arduino IDE with an ESP32, and upload it.',
  python: 'Runs on a computer and shows what the board sends.',
};

const WORD = { done: 'done', now: 'next', problem: 'problem', later: 'later' };

export class Start {
  constructor(node, bench) {
    Object.assign(this, { node, bench, start: null, kind: 'micropython', session: null });
    this.light = el('p', { class: 'status light', id: 'light', 'data-state': 'never' },
      el('span', { class: 'shape', 'aria-hidden': 'true' }), el('span', { class: 'word', role: 'status' }));
    this.steps = el('ol', { class: 'steps', id: 'steps', 'aria-label': 'What is done and what is missing' });
    this.who = el('p', { class: 'caption', id: 'who' });
    this.body = el('div', { id: 'code-part' });
    this.devices = el('div', { class: 'devices', id: 'devices' });
    this.changer = el('button', { type: 'button', class: 'link', id: 'change-password', text: 'Change the password', onclick: () => this.change() });
    this.test = el('button', { type: 'button', id: 'test', text: 'Send a test reading', onclick: () => this.try() });
    node.replaceChildren(el('div', { class: 'pair start' },
      el('section', { 'aria-labelledby': 'start-title' },
        el('h2', { id: 'start-title', text: 'Your board' }), this.light, this.steps,
        el('p', { class: 'actions' }, this.test,
          el('button', { type: 'button', text: 'Open Live', onclick: () => bench.tabs.choose('live') })),
        el('p', { class: 'caption', text: 'The test reading comes from this page, not from a board.' })),
      el('section', { class: 'wide', 'aria-labelledby': 'board-code-title' }, el('h2', { id: 'board-code-title', text: 'Code for your board' }), this.body),
      el('section', { 'aria-labelledby': 'devices-title' },
        el('h2', { id: 'devices-title', text: 'On another device' }), this.devices, this.who)));
  }

  // state takes what the stream says of the session.
  state(session) {
    this.session = session;
    if (this.bench.tab === 'start') this.draw();
  }

  async show() {
    this.draw();
    if (!this.bench.may()) {
      this.body.replaceChildren(el('p', { class: 'none', text: 'Sign in with your name and password to see the code.' }));
      return;
    }
    try {
      const start = await get(`${this.bench.path}/start`);
      const same = JSON.stringify(start) === JSON.stringify(this.start);
      this.start = start;
      if (!same) this.code();
    } catch (e) { this.bench.failed(e); }
  }

  draw() {
    const { session: s, light } = this;
    if (!s) return;
    const here = s.clients.length > 0;
    const refused = s.steps.some((x) => x.step === 'connected' && x.state === 'problem') && !here;
    const state = here ? 'connected' : refused ? 'denied' : 'never';
    if (light.dataset.state !== state || !$('.shape svg', light)) {
      light.dataset.state = state;
      $('.shape', light).replaceChildren(icon(here ? 'publishing' : state));
    }
    setText($('.word', light), here ? 'Your board is connected' : refused ? 'Your board is not connected: see below' : 'Your board is not connected yet');
    const key = JSON.stringify(s.steps);
    if (this.steps.dataset.shown !== key) {
      this.steps.dataset.shown = key;
      this.steps.replaceChildren(...s.steps.map((x) => el('li', { 'data-step': x.step, 'data-state': x.state },
        el('span', { class: 'reached', text: WORD[x.state] }),
        el('div', {}, sentence(el('p'), x.text), x.hint ? sentence(el('p', { class: 'hint-text' }), x.hint) : null))));
    }
    this.test.hidden = !this.bench.may();
    const said = $('#hint'); // not twice
    if (!said.hidden && s.steps.some((x) => x.hint && x.hint.replaceAll('`', '') === said.textContent)) said.hidden = true;
  }

  // code writes what depends on the session's password and the class.
  code() {
    const { start } = this;
    const files = start.files;
    if (!files.some((f) => f.kind === this.kind)) this.kind = files[0].kind;
    const text = el('code', {});
    const pre = el('pre', { class: 'program', tabindex: '0', 'aria-label': 'The program' }, text);
    const how = el('p', { class: 'caption' });
    const save = el('a', { class: 'button', download: '', text: 'Download' });
    const kinds = el('div', { class: 'segments', role: 'group', 'aria-label': 'Language' }, ...files.map((f) => el('button', {
      type: 'button', 'data-kind': f.kind, text: f.title, onclick: () => { this.kind = f.kind; choose(); },
    })));
    const choose = () => {
      const file = files.find((f) => f.kind === this.kind);
      for (const b of kinds.children) b.setAttribute('aria-pressed', String(b.dataset.kind === this.kind));
      text.textContent = file.text;
      setText(how, HOW[file.kind]);
      if (save.href) URL.revokeObjectURL(save.href);
      save.href = URL.createObjectURL(new Blob([file.text], { type: 'text/plain' }));
      save.download = file.name;
      save.textContent = `Download ${file.name}`;
    };
    const copying = async (e) => {
      if (!await copy(text.textContent, e.target)) getSelection().selectAllChildren(text);
    };
    this.body.replaceChildren(...[kinds, how,
      el('p', { class: 'actions' }, el('button', { type: 'button', class: 'primary', text: 'Copy', onclick: copying }), save),
      this.secret(), start.wifi ? null : el('p', { class: 'caption', text: 'Fill in the WiFi’s name and password: the instructor has not given them to this server.' }), pre].filter(Boolean));
    choose();
    const you = start.you.instructor ? 'the instructor' : start.you.session;
    this.who.replaceChildren('You are signed in as ', el('strong', { text: you }), '. ',
      el('button', { type: 'button', class: 'link', text: 'Not you? Sign out', onclick: async () => { await signout(); location.assign('/join'); } }),
      ...(start.you.instructor || start.access === 'open' ? [] : [' · ', this.changer]));
    this.ways();
  }

  secret() {
    const { start } = this;
    const facts = el('dl', { class: 'facts' },
      el('dt', { text: 'server' }), el('dd', {}, ...start.hosts.flatMap((h, i) => [i ? ' or ' : '', el('code', { text: h })]), `, port ${start.port}`),
      el('dt', { text: 'user' }), el('dd', {}, el('code', { text: start.session })),
      el('dt', { text: 'password' }), el('dd', { id: 'password' }, start.readable ? el('code', { text: start.password })
        : sentence(el('span'), start.access === 'open' ? 'none is needed in this class' : 'somebody chose it, so it is shown nowhere: put it in the place of `your password` in the code')));
    return facts;
  }

  // ways are how to go on elsewhere.
  ways() {
    const { start } = this;
    const shown = el('div', { class: 'short', id: 'short', 'aria-live': 'polite' });
    const make = el('button', { type: 'button', id: 'make-code', text: 'Show a code' });
    make.addEventListener('click', async () => {
      make.disabled = true;
      try {
        const c = await send('POST', `${this.bench.path}/code`);
        shown.replaceChildren(picture(c.qr, 'QR code that signs in'),
          el('p', {}, el('strong', { id: 'short-code', text: c.code })),
          el('p', { class: 'caption' }, 'On the other device open ', el('code', { text: short(c.url) }),
            ` and type it, or scan. It works once, for ${Math.round(c.seconds / 60)} minutes. Show it to nobody else.`));
        make.textContent = 'Another code';
      } catch (e) { toast(e.message); }
      make.disabled = false;
    });
    this.devices.replaceChildren(
      el('div', {}, picture(start.qr, 'QR code of this page'), el('p', { class: 'caption' }, 'This page: ', el('a', { href: start.page, text: short(start.page) }))),
      el('div', {}, el('p', { text: 'A code signs another device in, without the password.' }), el('p', { class: 'actions' }, make), shown));
  }

  // change gives the session another password.
  change() {
    passwordBox({ path: this.bench.path, name: this.start.session, readable: this.start.readable }, (told) => {
      toast(told);
      this.bench.enter();
      this.show();
    });
  }

  // try publishes a reading in the session's name.
  async try() {
    this.test.disabled = true;
    try {
      const topic = `${this.bench.name}/test`;
      await send('POST', `${this.bench.path}/publish`, { topic, payload: '{"voltage": 5.012, "current_mA": 81.3}', qos: 1 });
      toast(`Sent to \`${topic}\`.`, () => this.bench.tabs.choose('live'), 'Show');
    } catch (e) { toast(e.message); }
    this.test.disabled = false;
  }
}

// short is an address as one types it.
const short = (address) => new URL(address).host + new URL(address).pathname;

// picture shows an SVG of the server's; as an image it can do nothing.
const picture = (svg, alt) => el('img', { class: 'qr', alt, src: `data:image/svg+xml,${encodeURIComponent(svg)}` });
