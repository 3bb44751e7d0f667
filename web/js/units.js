// Correcting the unit that a column is sent in, and taking it back.
import { send, sessionPath } from './api.js';
import { $, el, sentence } from './dom.js';
import { unitText } from './format.js';

const CHOICES = {
  voltage: ['V', 'mV', 'uV'], shunt_voltage: ['mV', 'uV', 'V'], current: ['mA', 'A', 'uA'], power: ['mW', 'W', 'uW'],
  resistance: ['Ohm', 'kOhm', 'MOhm'], temperature: ['°C', '°F', 'K'],
};

let menu = null;
const close = () => { menu?.remove(); menu = null; };
document.addEventListener('pointerdown', (e) => { if (menu && !menu.contains(e.target)) close(); }, true);
document.addEventListener('keydown', (e) => { if (e.key === 'Escape' && menu) { const { owner } = menu; close(); owner.focus(); } });

// unitMenu opens the choice at a button; changed is called once it holds.
export function unitMenu(session, series, column, button, changed) {
  const again = menu?.owner === button;
  close();
  if (again) return;
  const units = column.units?.length ? column.units : CHOICES[column.quantity] ?? [...new Set(Object.values(CHOICES).flat())];
  const said = column.set ? 'is set by hand' : column.guessed ? 'came without a unit; this one is a guess' : 'came with its unit';
  menu = el('div', { class: 'unit-menu', role: 'dialog', 'aria-label': `Unit of ${column.name}` },
    el('p', {}, el('code', { text: column.name }), ` ${said}. The numbers as sent are in:`),
    el('div', {}, ...units.map((u) => el('button', {
      type: 'button', text: unitText(u), 'aria-pressed': String(!column.guessed && u === (column.sent || column.unit)), onclick: () => choose(u),
    })), column.set && el('button', { type: 'button', text: 'automatic', onclick: () => choose('') })));
  menu.owner = button;
  const choose = (unit) => {
    close();
    set(session, series, column, unit, column.set ? column.sent : '', changed);
  };
  document.body.append(menu);
  const box = button.getBoundingClientRect();
  const left = Math.max(16, Math.min(box.left, innerWidth - menu.offsetWidth - 16));
  menu.style.left = `${left + scrollX}px`;
  menu.style.top = `${box.bottom + scrollY + 4}px`;
  $('button', menu).focus();
}

async function set(session, series, column, unit, before, changed, undoable = true) {
  try {
    await send('PUT', `${sessionPath(session)}/units`, { series, column: column.name, unit });
  } catch (e) {
    toast(e.message);
    return;
  }
  changed();
  const text = unit === '' ? `The unit of \`${column.name}\` is found out again.` : `\`${column.name}\` is sent in ${unitText(unit)}, past and future.`;
  toast(text, undoable && (() => set(session, series, column, before, unit, changed, false)));
}

let timer = null;

// toast tells something in passing, with a way back, or on, for ten seconds.
export function toast(text, undo = null, way = 'Undo') {
  const node = $('#toast');
  clearTimeout(timer);
  node.replaceChildren(sentence(el('span'), text));
  if (undo) node.append(el('button', { type: 'button', text: way, onclick: () => { node.hidden = true; undo(); } }));
  node.hidden = false;
  timer = setTimeout(() => { node.hidden = true; }, 10000);
}
