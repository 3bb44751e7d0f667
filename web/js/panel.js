// What an instructor's page shows instead of itself to who is not signed in as
// one.
import { get } from './api.js';
import { el } from './dom.js';
import { signinForm } from './signin.js';

// signinPanel asks for the instructor's password; done is called after it. you
// is who is signed in, null for nobody, and asked for where it is missing.
export async function signinPanel(panel, done, you, why = 'Sign in with the password that you set with the first start’s link.') {
  if (you === undefined) {
    try { you = (await get('/api/info')).you; } catch { /* the form says so when it is sent */ }
  }
  panel.replaceChildren(
    el('h2', { text: 'This page is the instructor’s' }),
    el('p', { text: you && !you.instructor ? `You are signed in as ${you.session}.` : why }),
    signinForm('instructor', done),
    el('p', { class: 'caption' }, 'No password yet, or forgotten? ', el('code', { text: 'labbroker instructor-link' }), ' prints a new link where the server runs.'));
  panel.hidden = false;
}
