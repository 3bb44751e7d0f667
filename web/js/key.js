// The read-only key that programs load data with. The server keeps only its
// fingerprint, so this browser remembers the key itself.
import { keyed, send, sessionPath } from './api.js';

const place = (session) => `labbroker-key-${session.toLowerCase()}`;

export class Key {
  constructor(session) {
    this.session = session;
    this.value = new URLSearchParams(location.search).get('key');
    if (keyed) return;
    try { this.value = localStorage.getItem(place(session)); } catch { /* private window */ }
  }

  // check forgets a key that was revoked elsewhere. It tells whether one is
  // left.
  async check() {
    if (!this.value || keyed) return Boolean(this.value);
    const answer = await fetch(`${sessionPath(this.session)}/series?key=${encodeURIComponent(this.value)}`, {
      credentials: 'omit', headers: { 'X-Requested-With': 'labbroker' },
    }).catch(() => null);
    if (answer && (answer.status === 401 || answer.status === 403)) this.keep(null);
    return Boolean(this.value);
  }

  async create() { this.keep((await send('POST', `${sessionPath(this.session)}/key`)).key); }

  async revoke() {
    await send('DELETE', `${sessionPath(this.session)}/key`);
    this.keep(null);
  }

  keep(value) {
    this.value = value;
    try {
      if (value) localStorage.setItem(place(this.session), value); else localStorage.removeItem(place(this.session));
    } catch { /* holds for this page only */ }
  }
}
