// A dialog for one thing to fill in or to read.
import { $, el, sentence } from './dom.js';

let dialog = null;

// openBox shows nodes under a title, with buttons [text, run] beside Close.
// The focus goes to the field with data-first, or to the first one. run may be asynchronous; unless it returns false the dialog closes, and what
// it throws is said in it.
export function openBox(title, nodes, ...buttons) {
  if (!dialog) {
    dialog = el('dialog', { class: 'box', 'aria-labelledby': 'box-title' });
    document.body.append(dialog);
  }
  const error = el('p', { class: 'error', role: 'alert', hidden: true });
  const made = buttons.map(([text, run, how]) => {
    const button = el('button', { type: run ? 'button' : 'submit', text, class: how });
    button.addEventListener('click', async () => {
      button.disabled = true;
      error.hidden = true;
      try {
        if (await run() !== false) dialog.close();
      } catch (e) {
        sentence(error, e.status ? e.message : 'The server does not answer.');
        error.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
    return button;
  });
  const form = el('form', { method: 'dialog' }, el('h2', { id: 'box-title', text: title }), ...nodes, error,
    el('div', { class: 'actions' }, ...made, el('button', { text: 'Close', formnovalidate: true })));
  form.addEventListener('submit', (e) => {
    // Enter in a field is the first button.
    if (made[0] && e.submitter?.textContent !== 'Close') { e.preventDefault(); made[0].click(); }
  });
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
  ($('[data-first]', form) ?? $('input, textarea, select', form))?.focus();
  return dialog;
}
