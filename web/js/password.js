// A session's own password: chosen by who is signed in, or made anew.
import { send } from './api.js';
import { openBox } from './box.js';
import { $, el, sentence } from './dom.js';

// passwordBox asks for it. readable tells that the current one was made by the
// server, so that it need not be said again; done is told what became of it, a
// sentence, once the old one is worth nothing.
export function passwordBox({ path, name, readable }, done) {
  const field = (label, id, more) => [el('label', { for: id, text: label }), el('input', { id, type: 'password', maxlength: 128, ...more })];
  const own = { autocomplete: 'new-password', 'aria-describedby': 'own-password-note' };
  const change = async (password, told) => {
    await send('PUT', `${path}/password`, { password, current: readable ? '' : $('#password-now').value });
    done(told);
  };
  const chosen = async () => {
    const [first, again] = [$('#password-new').value, $('#password-again').value];
    const wrong = !first ? 'Type a password, or let one be made.' : first !== again && 'The two passwords differ. Type the same one twice.';
    if (wrong) throw Object.assign(new Error(wrong), { status: 400 });
    await change(first, 'Your password is set. Put it in the place of `your password` in the code, and the code on your board anew.');
  };
  openBox(`A password for ${name}`, [
    sentence(el('p'), 'The old one fails at once: boards, pages and programs that use it are disconnected. This page stays signed in.'),
    ...(readable ? [] : field('Current password', 'password-now', { autocomplete: 'current-password' })),
    ...field('New password', 'password-new', own), ...field('The same again', 'password-again', own),
    el('p', { class: 'caption', id: 'own-password-note', text: 'Use none from elsewhere: nothing here is encrypted, and it stands in your board’s program. Whoever shares this session needs it too. It is shown nowhere afterwards.' }),
  ], ['Set the password', chosen, 'primary'],
  ['New generated password', () => change('', 'A new password is made, and stands in the code: put that on your board anew.')]);
}
