// Signing in, in place: the page stays and goes on where it was.
import { get, send } from './api.js';
import { $, el, sentence } from './dom.js';

// signinForm makes the form; done is called with {session, instructor}.
export function signinForm(name, done) {
  const form = el('form', { class: 'signin', id: 'signin', method: 'post', action: '/api/signin' },
    el('label', {}, name === 'instructor' ? 'User' : 'Your name',
      el('input', { name: 'session', value: name, autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', maxlength: 32, required: true })),
    el('label', {}, 'Password', el('input', { name: 'password', type: 'password', autocomplete: 'current-password' })),
    el('button', { class: 'primary', text: 'Sign in' }),
    el('p', { class: 'error', role: 'alert', hidden: true }));
  attach(form, done);
  return form;
}

// attach makes a form sign in without leaving the page.
export function attach(form, done) {
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const error = $('.error', form);
    const button = $('button', form);
    button.disabled = true;
    error.hidden = true;
    try {
      const who = await send('POST', '/api/signin', {
        session: form.elements.session.value.trim(),
        password: form.elements.password.value,
      });
      done(who);
    } catch (e2) {
      sentence(error, e2.status ? e2.message : 'The server does not answer.');
      error.hidden = false;
      form.elements.password.select();
    } finally {
      button.disabled = false;
    }
  });
}

export async function signout() {
  await send('POST', '/api/signout');
}

// whoami is null, or {session, instructor}.
export async function whoami() {
  return (await get('/api/info')).you;
}
