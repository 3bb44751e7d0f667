// The live stream of a session, or of the wall: one EventSource while the
// page is to be seen, opened again after every end. The server says something
// at least every 2 s, so silence is a loss too: a board's Wi-Fi, and a
// browser's, go without a word.

import { Refused } from './api.js';

const SILENCE = 7000;
const RETRY = [500, 1000, 2000, 3000, 5000];

export class Stream {
  // address() is asked before each opening; on maps event names to functions
  // of the parsed data and the event's id. ended(tries) is called when a
  // stream was lost and may return a promise that is false when trying again
  // is no use (signed out, say).
  constructor({ address, events, ended }) {
    this.address = address;
    this.events = events;
    this.ended = ended;
    this.source = null;
    this.tries = 0;
    this.wanted = false;
  }

  start() {
    this.wanted = true;
    if (!this.source) this.open();
  }

  // stop gives the connection back: a browser has six for a server, and ten
  // tabs may be open.
  stop() {
    this.wanted = false;
    this.close();
    clearTimeout(this.timer);
  }

  get live() { return this.source !== null && this.tries === 0; }

  open() {
    clearTimeout(this.timer);
    const source = new EventSource(this.address());
    this.source = source;
    for (const [name, handle] of Object.entries(this.events)) {
      source.addEventListener(name, (e) => {
        if (this.source !== source) return;
        this.tries = 0;
        this.listen();
        handle(JSON.parse(e.data), e.lastEventId);
      });
    }
    source.addEventListener('error', () => this.lost(source));
    this.listen();
  }

  listen() {
    clearTimeout(this.silence);
    const source = this.source;
    this.silence = setTimeout(() => this.lost(source), SILENCE);
  }

  async lost(source) {
    if (this.source !== source || !source) return;
    this.close();
    const wait = RETRY[Math.min(this.tries, RETRY.length - 1)];
    this.tries++;
    const again = await this.ended(this.tries);
    if (again === false || !this.wanted || this.source) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (this.wanted && !this.source) this.open(); }, wait);
  }

  close() {
    clearTimeout(this.silence);
    this.source?.close();
    this.source = null;
  }
}

// goesOn tells whether a lost stream is tried again. It does not say why it
// ended; an ordinary request, ask(), does. Where that is refused (signed out,
// say) refused() is called.
export async function goesOn(tries, ask, refused) {
  if (tries === 1) return true;
  try {
    await ask();
    return true;
  } catch (e) {
    if (!(e instanceof Refused) || e.status >= 500) return true;
    refused();
    return false;
  }
}

// whileVisible calls show when the page comes to be seen, hide when it no
// longer is, also when the browser puts it aside to come back to.
export function whileVisible(show, hide) {
  const check = () => (document.visibilityState === 'hidden' ? hide() : show());
  document.addEventListener('visibilitychange', check);
  addEventListener('pagehide', hide);
  addEventListener('pageshow', (e) => { if (e.persisted) check(); });
  check();
}
