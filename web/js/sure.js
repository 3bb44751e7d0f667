// Asking before something goes for good.
import { $, el, sentence } from './dom.js';

// sure asks in a dialog; the promise is true when the answer is yes.
export function sure(title, text, yes, no = 'Keep') {
  const dialog = $('#sure');
  return new Promise((resolve) => {
    const form = el('form', { method: 'dialog', class: 'actions' },
      el('button', { value: 'no', text: no }),
      el('button', { value: 'yes', class: 'danger', text: yes }));
    form.addEventListener('submit', (e) => resolve(e.submitter?.value === 'yes'));
    dialog.oncancel = () => resolve(false); // Escape
    dialog.replaceChildren(el('h2', { id: 'sure-title', text: title }), sentence(el('p'), text), form);
    dialog.showModal();
  });
}
