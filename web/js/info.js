// What everybody may know without signing in: addresses, refused boards,
// the state of recording. Asked again every 3 s while the page is seen.
import { get } from './api.js';
import { $, el, sentence, setText } from './dom.js';
import { age } from './format.js';
import { now } from './api.js';
import { whileVisible } from './stream.js';

// watchInfo calls told with each answer, and lost when there was none.
export function watchInfo(told, lost = () => {}) {
  let timer = null;
  let seen = false;
  const ask = async () => {
    try { told(await get('/api/info')); } catch (e) { lost(e); }
    if (seen) timer = setTimeout(ask, 3000);
  };
  whileVisible(() => {
    if (seen) return;
    seen = true;
    ask();
  }, () => {
    seen = false;
    clearTimeout(timer);
  });
}

// hostPort splits "192.168.1.5:1883"; IPv6 addresses keep their brackets off.
export function hostPort(address) {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: address.slice(at + 1) };
}

// showAddresses writes the broker's addresses, the first as large as a
// heading, each with a button that copies the host; local is the machine's name
// on the network, which stays when the address changes.
export function showAddresses(node, addresses, local = '') {
  if (local && addresses.length) addresses = [...addresses, `${local}:${hostPort(addresses[0]).port}`];
  const now = addresses.join(' ');
  if (node.dataset.shown === now) return;
  node.dataset.shown = now;
  if (!addresses.length) {
    node.replaceChildren(el('p', { class: 'address none', text: 'This computer has no address in a network yet.' }));
    return;
  }
  node.replaceChildren(...addresses.map((address, i) => {
    const { host, port } = hostPort(address);
    return el('p', { class: i ? 'address other' : 'address' },
      el('span', {}, el('code', { text: host }), el('span', { class: 'port', text: `:${port}` })),
      el('button', { type: 'button', text: 'Copy', 'aria-label': `Copy ${host}`, onclick: (e) => copy(host, e.target) }));
  }));
}

// copy tells whether it copied. It works on plain http too, where browsers keep the clipboard's own API.
export async function copy(text, button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const box = el('textarea', { readonly: true, 'aria-hidden': 'true', class: 'offscreen' });
    box.value = text;
    document.body.append(box);
    box.select();
    done = document.execCommand('copy');
    box.remove();
    button.focus();
  }
  button.textContent = done ? 'Copied' : text.length > 60 ? 'Select and copy it' : text;
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  return done;
}

// snippet is what changes in a board's code.
export function snippet(address, user, access) {
  const { host, port } = address ? hostPort(address) : { host: 'the address above', port: '1883' };
  const more = (port === '1883' ? '' : `, port=${port}`) + (access === 'open' ? '' : `, user="${user}", password="s3cret"`);
  return `BROKER = "${host}"\nclient = MQTTClient("board", BROKER${more})`;
}

// showRefused lists boards that were turned away, newest first.
export function showRefused(list, refused) {
  if (!refused?.length) {
    list.replaceChildren(el('li', { class: 'none', text: 'None. A board that is turned away stands here with the reason.' }));
    return;
  }
  list.replaceChildren(...refused.map((r) => el('li', {},
    sentence(el('p'), r.text),
    el('p', {
      class: 'caption',
      text: [
        r.addr,
        r.client && `client id ${r.client}`,
        r.user && `user ${r.user}`,
        r.count > 1 && `${r.count} times`,
        `${age(now() - Date.parse(r.time))} ago`,
      ].filter(Boolean).join(', '),
    }))));
}

// showBanner writes sentences into the page's banner, or hides it.
export function showBanner(texts) {
  const banner = $('#banner');
  const text = texts.filter(Boolean).join(' ');
  banner.hidden = !text;
  if (banner.dataset.text !== text) {
    banner.dataset.text = text;
    if (text) sentence(banner, text); else setText(banner, '');
  }
}
