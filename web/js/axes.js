// What an axis can show of runs that need not have the same columns: a
// quantity, a column by its name, time, or what V and I make.
import { label, rank, si, unitText } from './format.js';

const ohm = 0.0002; // less current than this is noise, no resistance

// choices lists the axes that these runs have in common, or else any of them:
// [{key, title}], quantities first.
export function choices(runs) {
  const found = new Map();
  runs.forEach((run, n) => {
    const seen = new Set();
    const add = (key, title, order) => {
      if (seen.has(key)) return;
      seen.add(key);
      const known = found.get(key) ?? { key, title, order, runs: 0, first: n };
      known.runs++;
      found.set(key, known);
    };
    for (const c of run.columns) add(keyOf(c), label(c), rank(c));
    const [v, i] = pair(run.columns);
    if (v >= 0 && i >= 0) {
      add('power', 'Power', 2);
      add('resistance', 'Resistance', 3);
    }
    add('time', 'Time', 8);
    add('row', 'Row', 9);
  });
  return [...found.values()].sort((a, b) => a.order - b.order || a.first - b.first);
}

const KNOWN = ['voltage', 'current', 'power', 'resistance'];
const keyOf = (c) => (KNOWN.includes(c.quantity) ? c.quantity : `column ${c.name}`);

export function pair(columns) {
  const find = (q) => columns.findIndex((c) => c.quantity === q);
  return [find('voltage'), find('current')];
}

// usual is the pair of axes that these runs ask for: I over V, else the
// second column over the first as the course plots it, else over time.
export function usual(runs) {
  if (runs.some((r) => pair(r.columns).every((i) => i >= 0))) return ['voltage', 'current'];
  const columns = runs.find((r) => r.columns.length > 1)?.columns;
  if (columns && runs.some((r) => r.kind === 'series')) return [keyOf(columns[0]), keyOf(columns.find((c) => keyOf(c) !== keyOf(columns[0])) ?? columns[1])];
  const only = runs.find((r) => r.columns.length)?.columns[0];
  return ['time', only ? keyOf(only) : 'row'];
}

// reader gives, for a run, {unit, at(row, n)} of an axis; null when the run
// does not have it. Units with a prefix are brought to the one in units, which
// the first run to have the axis decides.
export function reader(key, columns, start, units) {
  if (key === 'time') return { unit: 's', at: (row) => (row[1] - start) / 1000 };
  if (key === 'row') return { unit: '', at: (row, n) => n + 1 };
  const index = columns.findIndex((c) => keyOf(c) === key);
  if (index >= 0) {
    const { unit } = columns[index];
    const to = units[key] ??= unit ?? '';
    const factor = to === unit ? 1 : si(unit) / si(to);
    return { unit: to, at: (row) => scaled(row[index + 2], factor) };
  }
  const [v, i] = pair(columns);
  if (v < 0 || i < 0 || (key !== 'power' && key !== 'resistance')) return null;
  const [volts, amperes] = [si(columns[v].unit), si(columns[i].unit)];
  if (key === 'power') {
    const to = units[key] ??= 'mW';
    return { unit: to, at: (row) => both(row, v, i, (a, b) => (a * volts * b * amperes) / si(to)) };
  }
  const to = units[key] ??= 'Ohm';
  return { unit: to, at: (row) => both(row, v, i, (a, b) => (Math.abs(b * amperes) < ohm ? null : (a * volts) / (b * amperes) / si(to))) };
}

const scaled = (value, factor) => (value === null || value === undefined ? null : value * factor);

function both(row, v, i, f) {
  const [a, b] = [row[v + 2], row[i + 2]];
  return a === null || a === undefined || b === null || b === undefined ? null : f(a, b);
}

export const titled = (title, unit) => (unit ? `${title} (${unitText(unit)})` : title);
