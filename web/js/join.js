// The pages /join and /code : a name becomes a session, a code a sign-in.
import { get, send } from './api.js';
import { $, el, icon, sentence } from './dom.js';
import { signout } from './signin.js';

$('#theme').replaceChildren(icon('theme'));

const form = $('#joining');
const fields = form.elements;
const coding = $('#coding');
let suggested = ''; // what the server offers for the typed name
let asked = 0; // of the newest question

// say shows a sentence under a form, or none.
function say(of, text) {
  const error = $('.error', of);
  error.hidden = !text;
  if (text) sentence(error, text);
}

const lost = (e) => (e.status ? e.message : 'The server does not answer. Try again.');

function show(info, about) {
  document.title = about.class ? `Join ${about.class}` : document.title;
  $('#title').textContent = about.class ? `Join ${about.class}` : 'Join the class';
  const you = info.you;
  $('#signed').hidden = !you;
  if (you) {
    $('#you').textContent = you.instructor ? 'instructor' : you.session;
    $('#open').href = you.instructor ? '/wall' : `/s/${encodeURIComponent(you.session)}`;
    $('#open').textContent = you.instructor ? 'Open the class' : 'Open your page';
  }
  $('#join').hidden = !about.joining || Boolean(you && !you.instructor);
  $('#closed').hidden = about.joining || Boolean(you);
  $('#code-label').hidden = !about.code;
  fields.code.required = about.code;
  if (about.access === 'open') $('#lead').textContent = 'You get a page for your board and its finished code. Nobody needs a password in this class.';
}

// suggest asks for a free name while somebody types.
async function suggest() {
  const name = fields.name.value.trim();
  const mine = ++asked;
  if (!name) {
    suggested = '';
    $('#wish').hidden = true;
    return;
  }
  try {
    const about = await get('/api/join', { name });
    if (mine !== asked) return;
    suggested = about.session;
    offer(about);
  } catch { /* the form's own answer says what is wrong */ }
}

function offer(about) {
  if ($('#own').hidden) fields.session.value = about.session;
  $('#wish').replaceChildren(
    el('p', {}, 'Your name (prefix) is ', el('strong', { text: about.session }), $('#own').hidden ? ' ' : null,
      $('#own').hidden ? el('button', { type: 'button', class: 'link', text: 'Change', onclick: change }) : null),
    sentence(el('p', { class: 'caption' }), `Your topics start with \`${about.session}/\`.`),
    about.listed ? el('p', {}, 'The class list has this name: if it is you, ', el('a', { href: '/#join', text: 'sign in' }), ' with your slip.')
      : about.known ? el('p', {}, 'Somebody has joined with this name. If it was you, ', el('a', { href: '/#join', text: 'sign in' }), ' with the password on your page, or take a code from it.') : '');
  $('#wish').hidden = false;
}

function change() {
  $('#own').hidden = false;
  fields.session.value = suggested;
  fields.session.focus();
  fields.session.select();
  $('#wish').hidden = true;
}

let typing;
fields.name.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(suggest, 200);
});

const here = (who) => location.assign(who.instructor ? '/wall' : `/s/${encodeURIComponent(who.session)}#tab=start`);

// submit sends a form once at a time.
function submit(of, path, body) {
  of.addEventListener('submit', async (e) => {
    e.preventDefault();
    const button = $('button:not(.link)', of);
    button.disabled = true;
    say(of, '');
    try {
      here(await send('POST', path, body()));
    } catch (e2) {
      say(of, lost(e2));
      button.disabled = false;
    }
  });
}

submit(form, '/api/join', () => ({
  name: fields.name.value, code: fields.code.value,
  session: $('#own').hidden ? '' : fields.session.value.trim(),
}));
submit(coding, '/api/code', () => ({ code: coding.elements.code.value }));

$('#signout').addEventListener('click', async () => {
  await signout();
  location.reload();
});

// A slip's or another device's QR code carries its code behind the #, where no
// log sees it. It is the visitor who presses Continue.
function carried() {
  const code = decodeURIComponent(location.hash.slice(1));
  if (!code) return;
  coding.elements.code.value = code;
  history.replaceState(null, '', location.pathname);
  coding.querySelector('button').className = 'primary';
  $('#title').textContent = 'Continue here';
  const name = code.includes('.') ? code.slice(0, code.lastIndexOf('.')) : '';
  if (name) coding.querySelector('button').textContent = `Continue as ${name}`;
  $('#join').hidden = true;
  $('#code').parentNode.insertBefore($('#code'), $('#signed'));
}

async function begin() {
  try {
    const [info, about] = await Promise.all([get('/api/info'), get('/api/join')]);
    show(info, about);
  } catch {
    $('#banner').textContent = 'The server does not answer. Trying again.';
    $('#banner').hidden = false;
    setTimeout(begin, 2000);
    return;
  }
  $('#banner').hidden = true;
  carried();
  if (location.pathname === '/code') coding.elements.code.focus();
  else if (!$('#join').hidden && !coding.elements.code.value) fields.name.focus();
}
begin();
addEventListener('hashchange', () => { if (location.hash) location.reload(); });
