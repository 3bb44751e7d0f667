// Figures of an I-V curve as an instrument prints them: value, uncertainty,
// unit, with the prefix and the decimals that the uncertainty allows.
import { el, sentence } from './dom.js';
import { unitText } from './format.js';

const NAMES = {
  voc: ['Voc', 'open-circuit voltage'], isc: ['Isc', 'short-circuit current'],
  pmpp: ['Pmpp', 'greatest power'], vmpp: ['Vmpp', 'voltage there'], impp: ['Impp', 'current there'],
  ff: ['FF', 'fill factor'], efficiency: ['η', 'efficiency'], r_load: ['R load', 'matched load'],
  rs: ['Rs', 'series resistance'], rsh: ['Rsh', 'shunt resistance'],
  slope_open: ['−dV/dI at Voc', 'slope'], slope_short: ['−dV/dI at Isc', 'slope'],
  threshold: ['Threshold', 'where current sets in'], ideality: ['n', 'ideality × cells'], resistance: ['R', 'resistance'],
  iph: ['Iph', 'photocurrent'], i0: ['I0', 'saturation current'], n_vt: ['n·VT', 'ideality × thermal voltage'],
};
const PREFIXES = [[1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'], [1e-15, 'f'], [1e-18, 'a']];
const PERCENT = new Set(['efficiency']);

export const name = (key) => NAMES[key]?.[0] ?? key;
export const meaning = (key) => NAMES[key]?.[1] ?? '';

// prefixed finds the factor and unit in which a value has one to three digits
// before the point. Volts stay volts down to a tenth.
function prefixed(value, unit) {
  if (!unit) return [1, ''];
  const size = Math.abs(value);
  const least = unit === 'V' ? 0.0995 : 0.9995;
  const [factor, prefix] = PREFIXES.find(([f]) => size >= f * least) ?? (size === 0 ? [1, ''] : PREFIXES.at(-1));
  return [factor, unitText(prefix === 'µ' || prefix === '' || unit !== 'ohm' ? `${prefix}${unit}` : `${prefix}Ohm`).replace('ohm', 'Ω')];
}

const minus = (text) => text.replace('-', '−');

// write gives a figure's texts: value, uncertainty ("" when not known) and
// unit. The uncertainty has one digit, two where it begins with 1 or 2; the
// value no more than most significant digits.
export function write(key, figure, most = 5) {
  let { value, uncertainty = 0 } = figure;
  let [factor, unit] = prefixed(value, figure.unit);
  if (PERCENT.has(key)) [factor, unit] = [0.01, '%'];
  value /= factor;
  uncertainty /= factor;
  if (!(uncertainty > 0) || !Number.isFinite(uncertainty)) return { value: minus(String(+value.toPrecision(4))), uncertainty: '', unit };
  const first = Math.floor(Math.log10(uncertainty));
  const two = uncertainty / 10 ** first < 2.95;
  const readable = Math.max(0, most - 1 - Math.floor(Math.log10(Math.abs(value) || 1)));
  const decimals = Math.max(0, Math.min((two ? 1 : 0) - first, readable, 9));
  const u = Math.max(uncertainty, 10 ** -decimals);
  return { value: minus(value.toFixed(decimals)), uncertainty: u.toFixed(decimals), unit };
}

export const measured = (figure) => figure && figure.value !== null && figure.value !== undefined && !figure.missing;

// line makes the row of one figure in a table: the number, or why there is
// none.
export function line(key, figure) {
  const head = el('th', { scope: 'row' }, el('span', { class: 'sign', text: name(key) }), ' ', el('span', { class: 'caption', text: meaning(key) }));
  if (!measured(figure)) {
    return el('tr', { 'data-figure': key, class: 'missing' }, head, sentence(el('td', { colspan: 2 }), figure?.missing || 'not measured'));
  }
  const t = write(key, figure);
  return el('tr', { 'data-figure': key }, head,
    el('td', { class: 'number' }, t.value, t.uncertainty && el('span', { class: 'uncertainty', text: ` ± ${t.uncertainty}` })),
    el('td', { class: 'unit', text: t.unit }));
}

const MAIN = ['voc', 'isc', 'pmpp', 'ff', 'efficiency', 'threshold', 'ideality', 'resistance'];

// brief is one line of the figures that matter most; "" for none.
export function brief(figures) {
  const matters = (k) => !figures.show?.length || figures.show.includes(k);
  return MAIN.filter((k) => measured(figures?.[k]) && matters(k)).map((k) => {
    const t = write(k, figures[k], 4);
    return `${name(k)}\u00a0${t.value}${t.unit && `\u00a0${t.unit}`}`; // a figure is not torn apart
  }).join(', ');
}

// text is all figures as lines, for a lab report.
export function text(result, keys) {
  return keys.map((k) => {
    const f = result[k];
    if (!measured(f)) return `${name(k)}\t${(f?.missing || 'not measured').replaceAll('`', '')}`;
    const t = write(k, f);
    return `${name(k)}\t${t.value}${t.uncertainty && ` ± ${t.uncertainty}`}${t.unit && ` ${t.unit}`}`;
  }).join('\n');
}
