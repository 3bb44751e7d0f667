// Which tiles the wall shows, and in which order: search, section, state, sort
// and pins. Sort and pins are this browser's and stay.
import { $, el, icon, setText } from './dom.js';
import { WORDS } from './states.js';

const KEY = 'labbroker-wall';

// need orders sessions: what an instructor would walk to comes first.
function need(s) {
  const trouble = s.unread > 0;
  if (s.simulated) return 9;
  if (s.state === 'publishing' && !s.last_reading) return 0; // it sends, and nothing is understood
  switch (s.state) {
    case 'refused': case 'reconnecting': return 0;
    case 'slowed': case 'connected': return 1;
    case 'gone': return 2;
    case 'quiet': return trouble ? 1 : 3;
    case 'never': return 4;
    default: return trouble ? 5 : 6;
  }
}

const byName = (a, b) => (a.session.toLowerCase() < b.session.toLowerCase() ? -1 : 1);
const byText = (part) => (a, b) => (a[part] === b[part] ? byName(a, b) : !a[part] ? 1 : !b[part] ? -1
  : a[part].localeCompare(b[part], undefined, { numeric: true }) || byName(a, b));

const ORDERS = {
  need: (a, b) => need(a) - need(b) || b.unread - a.unread || byName(a, b),
  name: byName,
  section: byText('section'),
  seat: byText('seat'),
  rate: (a, b) => b.rate - a.rate || byName(a, b),
};

export class Choice {
  // changed is called when the tiles have to be chosen anew.
  constructor(changed) {
    this.changed = changed;
    this.sections = [];
    this.state = '';
    this.pins = new Set();
    this.sort = 'need';
    try {
      const kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
      if (Array.isArray(kept.pins)) this.pins = new Set(kept.pins.map(String));
      if (Object.hasOwn(ORDERS, kept.sort)) this.sort = kept.sort;
    } catch { /* private window, or not ours */ }
    $('#sort').value = this.sort;
    $('#sort').addEventListener('change', (e) => { this.sort = e.target.value; this.keep(); changed(); });
    $('#section').addEventListener('change', changed);
    $('#search').addEventListener('input', changed);
    this.chips = new Map(Object.keys(WORDS).map((state) => [state, el('button', {
      type: 'button', class: 'chip', 'data-state': state, 'aria-pressed': 'false', hidden: true,
      onclick: () => this.only(this.state === state ? '' : state),
    }, el('span', { class: 'shape', 'aria-hidden': 'true' }, icon(state)), el('span'))]));
    $('#summary').replaceChildren(...this.chips.values());
  }

  keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ sort: this.sort, pins: [...this.pins] }));
    } catch { /* holds for this page only */ }
  }

  // only shows those in one state, "" = in any.
  only(state) {
    this.state = state;
    for (const [s, chip] of this.chips) chip.setAttribute('aria-pressed', String(s === state));
    this.changed();
  }

  // all takes search and filters away.
  all() {
    $('#search').value = '';
    $('#section').value = '';
    this.only('');
  }

  pinned(name) { return this.pins.has(name); }

  pin(name) {
    if (!this.pins.delete(name)) this.pins.add(name);
    this.keep();
    this.changed();
  }

  // count tells how many are in which state, and which sections there are.
  count(all) {
    const n = {};
    for (const s of all) n[s.state] = (n[s.state] ?? 0) + 1;
    for (const [state, chip] of this.chips) {
      chip.hidden = !n[state] && this.state !== state;
      setText(chip.lastChild, `${n[state] ?? 0} ${WORDS[state]}`);
    }
    const sections = [...new Set(all.map((s) => s.section).filter(Boolean))]
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    if (sections.join('\n') === this.sections.join('\n')) return;
    this.sections = sections;
    const select = $('#section');
    const chosen = select.value;
    select.replaceChildren(el('option', { value: '', text: 'All sections' }), ...sections.map((s) => el('option', { value: s, text: s })));
    select.value = sections.includes(chosen) ? chosen : '';
    select.parentElement.hidden = !sections.length;
  }

  shows(s) {
    const wanted = $('#search').value.trim().toLowerCase();
    const section = $('#section').value;
    return (!this.state || s.state === this.state) && (!section || s.section === section)
      && (!wanted || [s.session, s.seat, ...(s.people ?? [])].some((t) => t?.toLowerCase().includes(wanted)));
  }

  compare(a, b) {
    return this.pinned(b.session) - this.pinned(a.session) || ORDERS[this.sort](a, b);
  }
}
