// One session on the wall: name, state, newest values, a sparkline, what was
// made of them, and a menu.
import { now } from './api.js';
import { $, el, setState, setText } from './dom.js';
import { age, colour, decimals, number, rank, rate, unitText } from './format.js';
import { described } from './states.js';

// KNOWN are the quantities that the sparkline shows rather than any other.
const KNOWN = ['power', 'current', 'voltage'];

// beside is the rate while messages come, else what is to be said of the state,
// else the age of the last reading.
function beside(s) {
  const old = s.last_reading ? now() - Date.parse(s.last_reading) : null;
  if ((s.state === 'publishing' || s.state === 'slowed') && (old === null || old < 10000)) return rate(s.rate);
  if (s.state_text && !['finished', 'slowed'].includes(s.state)) return s.state_text;
  return old === null ? '' : `${age(old)} ago`;
}

// power writes watts in the unit that they read well in.
function power(w) {
  const [factor, unit] = w >= 0.9995 ? [1, 'W'] : w >= 0.9995e-3 ? [1e-3, 'mW'] : [1e-6, 'µW'];
  return `${(w / factor).toPrecision(3)} ${unit}`;
}

// whose is who the session is of, and where they sit.
function whose(s) {
  const names = (s.people ?? []).join(', ');
  return [names.toLowerCase() !== s.session.toLowerCase() && names, s.section, s.seat && `seat ${s.seat}`].filter(Boolean).join(' · ');
}

// made is the last line: what was made of it.
function made(s) {
  return [
    s.lab_steps > 0 && `lab ${s.lab_done}/${s.lab_steps}`,
    s.pmpp !== null && `Pmpp ${power(s.pmpp)}`,
    s.plots > 0 && `${s.plots} plot${s.plots === 1 ? '' : 's'}`,
  ].filter(Boolean).join(' · ');
}

export class Tile {
  // menu(button, tile) opens the tile's menu.
  constructor(s, menu) {
    this.name = el('a', { class: 'name', href: `/s/${encodeURIComponent(s.session)}`, text: s.session });
    this.badge = el('span', { class: 'badge', text: 'simulated', hidden: true });
    this.pin = el('span', { class: 'badge pin', text: 'pinned', hidden: true });
    this.problems = el('span', { class: 'problems' });
    this.button = el('button', {
      type: 'button', class: 'more', text: '⋯', 'aria-label': `What to do with ${s.session}`, 'aria-haspopup': 'menu', 'aria-expanded': 'false',
      onclick: () => menu(this.button, this),
    });
    this.people = el('div', { class: 'people' });
    this.status = el('div', { class: 'status', 'data-state': '' }, el('span', { class: 'shape', 'aria-hidden': 'true' }), el('span', { class: 'word' }), el('span', { class: 'rate', title: 'Messages a second, or why, or the age of the last reading' }));
    this.latest = el('div', { class: 'latest' });
    this.canvas = el('canvas', { 'aria-hidden': 'true' });
    this.made = el('div', { class: 'made' });
    this.node = el('li', { class: 'tile', 'data-session': s.session },
      el('div', { class: 'who' }, this.name, this.badge, this.pin, this.problems, this.button),
      this.people, this.status, this.latest, this.canvas, this.made);
    this.visible = false;
  }

  update(s) {
    this.s = s;
    this.badge.hidden = !s.simulated;
    setText(this.problems, s.unread ? `${s.unread} problem${s.unread === 1 ? '' : 's'}` : '');
    if (this.visible) this.paint();
  }

  // hold marks the tile as pinned.
  hold(yes) { this.pin.hidden = !yes; }

  age() { setText($('.rate', this.status), beside(this.s)); }

  paint() {
    const s = this.s;
    setState(this.status, s.state, described(s), beside(s));
    this.node.classList.toggle('stale', s.state !== 'publishing' && s.state !== 'slowed');
    setText(this.people, whose(s));
    setText(this.made, made(s));
    // One series at a time: two voltages side by side would puzzle.
    const all = s.latest ?? [];
    const latest = all.filter((l) => l.series === all[0].series).sort((a, b) => rank({ ...a, name: a.column }) - rank({ ...b, name: b.column })).slice(0, 3);
    while (this.latest.children.length > latest.length) this.latest.lastChild.remove();
    latest.forEach((l, i) => {
      const at = this.latest.children[i] ?? this.latest.appendChild(el('span', {}, el('span'), el('span', { class: 'unit' })));
      setText(at.firstChild, number(l.value, decimals(l, [l.value])));
      setText(at.lastChild, unitText(l.unit));
      at.title = `${l.series} ${l.column}`;
    });
    const main = KNOWN.find((q) => all.some((l) => l.quantity === q));
    this.node.classList.toggle('bare', !all.length);
    this.width ||= this.canvas.clientWidth;
    spark(this.canvas, this.width, s.spark ?? [], main);
  }
}

// spark draws a line without axes, on the canvas alone. It asks for no layout:
// 300 tiles change each second.
function spark(canvas, w, values, quantity) {
  const ratio = devicePixelRatio || 1;
  const h = 34;
  if (!w) return;
  if (canvas.width !== Math.round(w * ratio)) {
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, w, h);
  const known = values.filter((v) => v !== null);
  if (known.length < 2) return;
  const low = Math.min(...known);
  const high = Math.max(...known);
  const size = high - low || Math.abs(high) * 0.1 || 1;
  pen.strokeStyle = colour(KNOWN.includes(quantity) ? quantity : 'other');
  pen.lineWidth = 1.5;
  pen.beginPath();
  let down = false;
  values.forEach((v, i) => {
    if (v === null) { down = false; return; }
    const x = 1 + (i / Math.max(1, values.length - 1)) * (w - 2);
    const y = h - 3 - ((v - (high === low ? low - size / 2 : low)) / size) * (h - 6);
    if (down) pen.lineTo(x, y); else pen.moveTo(x, y);
    down = true;
  });
  pen.stroke();
}
