// Slips of paper with which students come in, to be printed and cut.
import { get, Refused, send } from './api.js';
import { $, el, icon, setText } from './dom.js';
import { hostPort, showBanner } from './info.js';
import { signinForm } from './signin.js';
import { sure } from './sure.js';

const asked = new URLSearchParams(location.search);
let slips = null;

// picture is a QR code as an image: the server drew it.
const picture = (svg, name) => el('img', { class: 'qr', alt: `QR code that signs ${name} in`, src: `data:image/svg+xml,${encodeURIComponent(svg)}` });

function fact(term, ...value) {
  return el('div', { class: 'fact' }, el('dt', { text: term }), el('dd', {}, ...value));
}

function password(s) {
  if (slips.access === 'open') return el('span', { text: 'any, or none' });
  if (s.password) return el('code', { text: s.password });
  const make = el('button', { type: 'button', class: 'screen', text: 'Make a new one', onclick: () => renew(s) });
  return el('span', {}, s.kind === 'chosen' ? 'the one that was chosen ' : 'none yet ', make);
}

async function renew(s) {
  const text = s.kind === 'chosen' ? 'The one that was chosen is only hashed, so it cannot be printed. It fails at once: boards are disconnected and browsers signed out.' : 'A readable one is made.';
  if (!(await sure(`A new password for ${s.session}?`, text, 'New password'))) return;
  try {
    if (s.kind === 'chosen') await send('PUT', `/api/roster/sessions/${encodeURIComponent(s.session)}/password`, { password: '' });
    else await send('POST', '/api/roster/passwords', {});
  } catch (e) {
    showBanner([e instanceof Refused ? e.message : 'The server does not answer.']);
  }
  await load();
}

function slip(s) {
  const { host, port } = slips.mqtt ? hostPort(slips.mqtt) : { host: '', port: '' };
  const server = [host + (port && port !== '1883' ? `:${port}` : ''), slips.local].filter(Boolean);
  return el('li', { class: 'slip', 'data-session': s.session },
    el('div', { class: 'who' },
      el('p', { class: s.name.length > 28 ? 'name long' : 'name', text: s.name }),
      s.display && s.display !== s.name && el('p', { class: 'display', text: s.display }),
      el('p', { class: 'class', text: [slips.class, s.section && `section ${s.section}`, s.seat && `seat ${s.seat}`, s.team.length && `with ${s.team.join(', ')}`].filter(Boolean).join(', ') })),
    el('dl', {},
      fact('your name (prefix)', el('code', { class: 'session', text: s.session })),
      fact('password', password(s)),
      fact('server', ...(server.length ? server.map((text) => el('code', { text })) : ['ask your instructor'])),
      fact('your page', el('code', { text: slips.page.replace(/^http:\/\//, '') })),
      slips.wifi && fact('WiFi', el('code', { text: slips.wifi }))),
    s.qr ? el('figure', {}, picture(s.qr, s.session), el('figcaption', { text: 'opens your page' })) : el('span', { class: 'qr none screen', text: 'no code without a password' }));
}

function show() {
  const each = Number($('#layout').value);
  const sheets = [];
  for (let i = 0; i < slips.slips.length; i += each) {
    sheets.push(el('ul', { class: `sheet of${each}` }, ...slips.slips.slice(i, i + each).map(slip)));
  }
  $('#sheets').replaceChildren(...sheets);
  $('#tools').hidden = false;
  $('#empty').hidden = slips.slips.length > 0;
  setText($('#empty'), 'Nobody is here yet. Upload a class list on the roster, or choose another section.');
  showBanner([slips.mqtt ? '' : 'This computer has no address in a network yet: the codes lead to the address in your browser.']);
}

async function load() {
  try {
    const { you } = await get('/api/info');
    if (!you?.instructor) {
      const panel = $('#panel');
      panel.replaceChildren(el('h2', { text: 'Slips are the instructor’s' }), el('p', { text: you ? `You are signed in as ${you.session}.` : 'Sign in with the instructor’s password.' }), signinForm('instructor', () => { panel.hidden = true; load(); }));
      panel.hidden = false;
      return;
    }
    const section = $('#section').value || asked.get('section') || '';
    const query = new URLSearchParams();
    for (const s of asked.getAll('session')) query.append('session', s);
    if (section) query.set('section', section);
    const [list, roster] = await Promise.all([get(`/api/roster/slips?${query}`), get('/api/roster')]);
    slips = list;
    const select = $('#section');
    select.replaceChildren(...[['', 'all'], ...roster.sections.map((s) => [s, s])].map(([value, text]) => el('option', { value, text })));
    select.value = section;
    select.closest('label').hidden = asked.has('session') || !roster.sections.length;
    show();
  } catch (e) {
    showBanner([e instanceof Refused ? e.message : 'The server does not answer. Load this page again.']);
  }
}

$('#theme').replaceChildren(icon('theme'));
$('#section').addEventListener('input', () => { asked.delete('section'); load(); });
$('#layout').addEventListener('input', show);
$('#print').addEventListener('click', () => print());
load();
