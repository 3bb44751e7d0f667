// The form that starts a lab: a name, and steps out of a list.
import { Refused } from './api.js';
import { $, el, sentence } from './dom.js';

const KINDS = [
  { kind: 'connected', name: 'Connected', says: 'a board of the session connects', on: true },
  { kind: 'reading', name: 'First reading', says: 'a voltage, a current ... is in the history', on: true },
  { kind: 'plot', name: 'First plot', says: 'the board asks for a plot', on: true },
  { kind: 'sweep', name: 'Complete sweep', says: 'from short circuit to open circuit: Isc, Pmpp and Voc measured', on: true },
  { kind: 'rows', name: 'Rows', says: 'so many rows', field: 'rows', on: false },
  { kind: 'topic', name: 'Topic', says: 'a message on this topic', field: 'topic', on: false },
  { kind: 'qos1', name: 'QoS 1', says: 'a message at QoS 1 or 2', on: false },
];

// startForm makes the form work; start(lab) sends it.
export function startForm(form, start) {
  const list = $('#steps', form);
  const error = $('#start-error', form);
  let suggested = '';

  for (const k of KINDS) {
    const box = el('input', { type: 'checkbox', name: 'kind', value: k.kind });
    box.checked = k.on;
    const line = el('li', {}, el('label', { class: 'check' }, box, el('span', { text: k.name })));
    if (k.field === 'rows') {
      line.append(el('input', { type: 'number', name: 'rows', min: 1, max: 1000000000, value: 100, 'aria-label': 'How many rows', oninput: () => { box.checked = true; } }), el('span', { class: 'says', text: 'rows at least' }));
    } else if (k.field === 'topic') {
      line.append(el('input', { type: 'text', name: 'topic', maxlength: 200, placeholder: 'mcu/led', 'aria-label': 'Topic below the prefix', autocapitalize: 'none', spellcheck: 'false', oninput: () => { box.checked = true; } }), el('span', { class: 'says', text: 'below the prefix' }));
    } else line.append(el('span', { class: 'says', text: k.says }));
    list.append(line);
  }

  $('#more', form).addEventListener('click', () => {
    const input = el('input', { type: 'text', name: 'manual', maxlength: 100, placeholder: 'report handed in', 'aria-label': 'A step that you tick' });
    const line = el('li', {}, input, el('span', { class: 'says', text: 'you tick it' }),
      el('button', { type: 'button', class: 'link', text: 'Leave out', onclick: () => { line.remove(); $('#more', form).focus(); } }));
    list.append(line);
    input.focus();
  });

  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    error.hidden = true;
    const steps = [];
    for (const box of form.querySelectorAll('[name="kind"]:checked')) {
      const step = { kind: box.value };
      if (box.value === 'rows') step.rows = Math.round(Number(form.elements.rows.value));
      if (box.value === 'topic') step.topic = form.elements.topic.value.trim();
      steps.push(step);
    }
    for (const input of form.querySelectorAll('[name="manual"]')) {
      if (input.value.trim()) steps.push({ kind: 'manual', text: input.value.trim() });
    }
    const button = $('button.primary', form);
    button.disabled = true;
    try {
      await start({ name: form.elements.name.value.trim(), steps });
      suggested = '';
      form.elements.name.value = '';
    } catch (e2) {
      sentence(error, e2 instanceof Refused ? e2.message : 'The server does not answer. The lab was not started.');
      error.hidden = false;
    } finally {
      button.disabled = false;
    }
  });

  return {
    // suggest offers a name until somebody types one.
    suggest(n) {
      const { name } = form.elements;
      if (name.value !== suggested || document.activeElement === name) return;
      suggested = `Lab ${n}`;
      name.value = suggested;
    },
  };
}
