// A menu that a button opens, by pointer or by keyboard.
import { el } from './dom.js';

let node = null;
let opener = null;

function close(focus = true) {
  if (!node) return;
  const back = opener;
  node.remove();
  node = opener = null;
  back.setAttribute('aria-expanded', 'false');
  if (focus) back.focus();
}

// openMenu shows items {text, run, href, danger} at a button; null is left
// out. A second click on the button closes it.
export function openMenu(button, label, items) {
  const again = opener === button;
  close(false);
  if (again) { button.focus(); return; }
  opener = button;
  button.setAttribute('aria-expanded', 'true');
  const all = items.filter(Boolean).map((item) => el(item.href ? 'a' : 'button', {
    role: 'menuitem', tabindex: '-1', text: item.text, href: item.href, type: item.href ? null : 'button', class: item.danger ? 'danger' : null,
    onclick: () => { close(); item.run?.(); },
  }));
  node = el('div', { class: 'menu', role: 'menu', 'aria-label': label }, ...all);
  node.addEventListener('keydown', (e) => {
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at + all.length - 1) % all.length, Home: 0, End: all.length - 1 }[e.key];
    if (to !== undefined) all[to].focus();
    else if (e.key === 'Escape' || e.key === 'Tab') close();
    else return;
    e.preventDefault();
    e.stopPropagation();
  });
  document.body.append(node);
  const b = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(b.right - node.offsetWidth, innerWidth - node.offsetWidth - 8));
  const below = b.bottom + 4 + node.offsetHeight <= innerHeight;
  node.style.left = `${left}px`;
  node.style.top = `${below ? b.bottom + 4 : Math.max(8, b.top - 4 - node.offsetHeight)}px`;
  all[0]?.focus();
}

document.addEventListener('pointerdown', (e) => {
  if (node && !node.contains(e.target) && !opener.contains(e.target)) close(false);
});
addEventListener('resize', () => close(false));
addEventListener('scroll', () => close(false), true);
