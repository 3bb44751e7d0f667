// Numbers, units and times as a bench instrument shows them.

const NAMES = {
  voltage: 'Voltage', current: 'Current', power: 'Power', resistance: 'Resistance',
  shunt_voltage: 'Shunt voltage', energy: 'Energy', charge: 'Charge', temperature: 'Temperature',
  humidity: 'Humidity', illuminance: 'Illuminance', irradiance: 'Irradiance', pressure: 'Pressure',
  acceleration: 'Acceleration', frequency: 'Frequency', time: 'Time',
};
const KNOWN = ['voltage', 'current', 'power', 'resistance'];
const UNITS = { Ohm: 'Ω', ohm: 'Ω', kOhm: 'kΩ', MOhm: 'MΩ', mOhm: 'mΩ', degC: '°C', degF: '°F', uA: 'µA', uV: 'µV', uW: 'µW' };
const PREFIXES = { '': 1, n: 1e-9, u: 1e-6, 'µ': 1e-6, m: 1e-3, k: 1e3, M: 1e6 };

export const unitText = (unit) => UNITS[unit] ?? unit ?? '';

// label names a column: its quantity, else the name it was sent with.
export const label = (column) => NAMES[column.quantity] ?? column.name;

// rank orders columns: voltage, current, power, resistance, the others.
export const rank = (column) => {
  const at = KNOWN.indexOf(column.quantity);
  return at < 0 ? KNOWN.length : at;
};

// si is the factor from a column's unit to volts, amperes, watts or ohms.
export function si(unit) {
  const [, prefix] = /^([numkMµ]?)(V|A|W|Ohm|Ω)$/.exec(unit ?? '') ?? [];
  return PREFIXES[prefix ?? ''] ?? 1;
}

// tone is the CSS variable of a quantity's colour.
export const tone = (quantity) => `var(--${KNOWN.includes(quantity) ? quantity : 'other'})`;

// colour is that variable's value in the present theme, for canvases. It is
// asked once: asking makes the browser work out all styles.
let known = { theme: null };
export function colour(name) {
  const { theme } = document.documentElement.dataset;
  if (known.theme !== theme) known = { theme };
  return known[name] ??= getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// An INA219 resolves 4 mV and 0.1 mA: decimals by unit.
const DECIMALS = { V: 3, mV: 0, A: 4, mA: 1, 'µA': 0, uA: 0, W: 4, mW: 1 };

const observed = (value) => {
  const text = String(Math.abs(value));
  if (text.includes('e-')) return 9;
  const dot = text.indexOf('.');
  return dot < 0 ? 0 : text.length - dot - 1;
};

// decimals tells with how many decimals a column's values are shown: as many
// as the sensor resolves, at most four significant digits otherwise.
export function decimals(column, values) {
  let greatest = 0;
  let sent = 0;
  for (const v of values) {
    if (v === null || !Number.isFinite(v)) continue;
    greatest = Math.max(greatest, Math.abs(v));
    sent = Math.max(sent, observed(v));
  }
  const before = greatest > 0 ? Math.floor(Math.log10(greatest)) + 1 : 1;
  const four = Math.max(0, Math.min(sent, 4 - before));
  const known = ['voltage', 'current', 'power'].includes(column.quantity) ? DECIMALS[column.unit] : undefined;
  if (known === undefined) return four;
  return before + known >= 2 || greatest === 0 ? known : four;
}

// number writes a value with fixed decimals; a dash where there is none.
export function number(value, digits) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const text = Math.abs(value) >= 1e9 ? Math.abs(value).toPrecision(4) : Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

// ohms writes a resistance with three significant digits, and its unit.
export function ohms(value) {
  if (value === null || !Number.isFinite(value)) return ['–', 'Ω'];
  const size = Math.abs(value);
  const [factor, unit] = size >= 0.9995e6 ? [1e6, 'MΩ'] : size >= 999.5 ? [1e3, 'kΩ'] : [1, 'Ω'];
  const scaled = size / factor;
  const text = scaled.toFixed(scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2);
  return [value < 0 && Number(text) !== 0 ? `−${text}` : text, unit];
}

// figure writes any value with about three significant digits, for marks.
export function figure(value) {
  const size = Math.abs(value);
  return number(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

// age writes a duration in ms: "0.4 s" never, "12 s", "3 min", "2 h", "5 d".
export function age(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d`;
}

// rate writes messages per second.
export const rate = (r) => (r >= 100 ? `${Math.round(r)}/s` : r >= 0.95 ? `${r.toFixed(1)}/s` : r > 0 ? `${(r * 60).toFixed(0)}/min` : '');

const two = (n) => String(n).padStart(2, '0');

// time writes a moment in local time; with the day unless that is today's.
export function time(ms, fraction = false) {
  const d = new Date(ms);
  const clock = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
    + (fraction ? `.${Math.floor(d.getMilliseconds() / 100)}` : '');
  const today = new Date();
  const same = d.toDateString() === today.toDateString();
  return same ? clock : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock}`;
}

// count writes "1 client", "2 clients".
export const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;
