// Keys, and the list of them.
import { $ } from './dom.js';

const typing = (node) => node.closest?.('input, textarea, select, [contenteditable]');

// listenKeys calls do.pause(), do.view(1..3) and do.search().
export function listenKeys(act) {
  const dialog = $('#keys');
  const help = () => { if (!dialog.open) dialog.showModal(); };
  $('#help')?.addEventListener('click', help);
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || dialog?.open) return;
    // Space on a button is that button's.
    if (e.key === ' ' && e.target.closest?.('button, a, summary')) return;
    const key = {
      ' ': act.pause, '/': act.search, '?': dialog && help,
      1: () => act.view?.(1), 2: () => act.view?.(2), 3: () => act.view?.(3),
    }[e.key];
    if (!key) return;
    e.preventDefault();
    key();
  });
}
