// The instructor's one-time link. The form works without this script.
import { $, icon, sentence } from './dom.js';

$('#theme').replaceChildren(icon('theme'));

const form = $('#set');
form?.addEventListener('submit', (e) => {
  const error = $('.error', form);
  if (form.elements.password.value === form.elements.again.value) return;
  e.preventDefault();
  sentence(error, 'The two passwords differ. Type the same one twice.');
  error.hidden = false;
  form.elements.again.select();
});
