// What the instructor does to one session, from its tile or from its page.
import { get, send, sessionPath } from './api.js';
import { openBox } from './box.js';
import { el } from './dom.js';
import { time } from './format.js';
import { copy } from './info.js';
import { openMenu } from './menu.js';
import { speak } from './speak.js';
import { sure } from './sure.js';
import { toast } from './units.js';

// sessionMenu opens the menu of a session at a button. s has its name, state
// and unread problems; more are the page's own items; sections are the class's.
export function sessionMenu(button, s, { more = [], sections = [], inside = false } = {}) {
  const name = s.session;
  const path = sessionPath(name);
  const attempt = (run) => async () => {
    try { await run(); } catch (e) { toast(e.status ? e.message : 'The server does not answer.'); }
  };
  const paused = s.state === 'paused';
  openMenu(button, `What to do with ${name}`, [
    !inside && { text: 'Look into the session', href: `/s/${encodeURIComponent(name)}` },
    ...more,
    { text: 'Send a message', run: () => speak(sections, { to: 'session', name }) },
    s.unread > 0 && { text: 'Call the problems read', run: attempt(() => send('POST', `${path}/seen`)) },
    { text: paused ? 'Resume' : 'Pause', run: attempt(async () => {
      await send('PUT', `${path}/pause`, { paused: !paused });
      toast(paused ? `${name} goes on.` : `${name} is paused: what it publishes is acknowledged and goes nowhere.`);
    }) },
    { text: 'Disconnect a client', run: attempt(() => disconnect(name, path)) },
    { text: 'New password', run: attempt(() => renew(name, path)) },
    { text: 'Clear the data', danger: true, run: attempt(() => clear(name, path)) },
  ]);
}

async function disconnect(name, path) {
  const list = el('ul', { class: 'lines' });
  const show = async () => {
    const { clients } = await get(path);
    list.replaceChildren(...(clients.length ? clients : [null]).map((c) => (c
      ? el('li', {},
        el('span', {}, el('code', { text: c.id || '(no client id)' }), ' ', el('span', { class: 'caption', text: `from ${c.addr}, since ${time(Date.parse(c.since))}` })),
        el('button', { type: 'button', text: 'Disconnect', 'aria-label': `Disconnect ${c.id || c.addr}`, onclick: async () => {
          try {
            await send('POST', `${path}/disconnect`, { addr: c.addr });
            toast(`${c.id || c.addr} is disconnected. It may come back.`);
          } catch (e) { toast(e.message); }
          await show();
        } }))
      : el('li', { class: 'none', text: 'No client is connected.' }))));
  };
  await show();
  openBox(`Clients of ${name}`, [list, el('p', { class: 'caption', text: 'Most boards come back by themselves. To keep one out, give the session a new password.' })]);
}

async function renew(name, path) {
  const yes = await sure(`A new password for ${name}?`,
    `The old one fails at once: boards and pages that use it are disconnected. Its code needs the new one.`, 'New password', 'Leave it');
  if (!yes) return;
  const { password } = await send('POST', `${path}/password`);
  openBox(`The new password of ${name}`, [
    el('p', { class: 'address' }, el('code', { id: 'new-password', text: password }),
      el('button', { type: 'button', text: 'Copy', onclick: (e) => copy(password, e.target) })),
    el('p', { class: 'caption', text: 'You find it again on the slips of the roster.' }),
  ]);
}

async function clear(name, path) {
  const yes = await sure(`Clear the data of ${name}?`,
    'Its readings, runs, plots, retained messages and problems go for good. The account and its password stay. Export first what is needed.', 'Clear', 'Keep');
  if (!yes) return;
  await send('DELETE', `${path}/data`);
  toast(`${name} begins anew.`);
}
