// What all charts share: options from the server, applied without anything
// that would write HTML or steal the mouse wheel.
import { get, sessionPath } from './api.js';
import { colour } from './format.js';
import * as echarts from '../vendor/echarts.esm.min.mjs';

export const LEFT = 66;
export const RIGHT = 30; // half a time label

// chartOptions asks for the options of a series' charts in the present theme.
export const chartOptions = (session, series) => get(`${sessionPath(session)}/charts`, {
  series,
  dark: document.documentElement.dataset.theme === 'dark' ? 1 : 0,
});

// make puts a chart into node.
export const make = (node) => echarts.init(node, null, { renderer: 'canvas' });

// plain takes from a server's option what the page does itself: tooltips
// (ECharts' own are HTML), legends, zooming.
export function plain(option) {
  const { tooltip, legend, toolbox, dataZoom, title, brush, ...rest } = option ?? {};
  return { ...rest, animation: false, tooltip: { show: false }, backgroundColor: 'transparent' };
}

export const first = (x) => (Array.isArray(x) ? x[0] ?? {} : x ?? {});

// axisLook is how axes look in the present theme: no gridline heavier than
// the data.
export const axisLook = () => ({
  nameMoveOverlap: false,
  axisLine: { show: true, lineStyle: { color: colour('line') } },
  axisTick: { show: false },
  axisLabel: { color: colour('grey'), fontSize: 12, hideOverlap: true },
  nameTextStyle: { color: colour('grey'), fontSize: 12 },
  splitLine: { show: true, lineStyle: { color: colour('line'), width: 1, opacity: 0.55 } },
});

// FIXED keeps a grid's place whatever its labels say, so that charts stand
// exactly under each other.
export const FIXED = { containLabel: false, outerBoundsMode: 'none' };

// tick writes an axis label short enough for its margin.
export function tick(v) {
  const size = Math.abs(v);
  const text = size >= 1e6 ? `${+(size / 1e6).toPrecision(4)}M` : size >= 1e4 ? `${+(size / 1e3).toPrecision(4)}k` : String(+size.toPrecision(6));
  return v < 0 ? `−${text}` : text;
}

// limits keeps an axis honest: zero belongs to it when the values come near,
// and the least steps of a sensor do not fill the chart.
export function limits(range) {
  if (!range) return { min: 0, max: 1, interval: null };
  const [low, high] = range;
  if (low >= 0 && low < high * 0.5) return { min: 0, max: null, interval: null };
  const least = Math.max(Math.abs(high), Math.abs(low)) * 0.01 || 1;
  if (high - low >= least) return { min: null, max: null, interval: null };
  const middle = (low + high) / 2;
  const power = 10 ** Math.floor(Math.log10(least / 2));
  const interval = power * [1, 2, 5, 10].find((n) => n * power >= least / 2);
  const min = Math.floor((middle - least / 2) / interval) * interval;
  return { min, max: Math.max(min + interval, Math.ceil((middle + least / 2) / interval) * interval), interval };
}

// thin leaves of a line what its pixels can show: of every pixel the first,
// least, greatest and last point. Breaks stay.
export function thin(points, from, to, pixels) {
  if (points.length <= 4 * pixels) return points;
  const kept = [];
  let pixel = null;
  let some = [];
  const flush = () => {
    if (some.length > 4) {
      let [low, high] = [0, 0];
      some.forEach((p, i) => {
        if (p[1] < some[low][1]) low = i;
        if (p[1] > some[high][1]) high = i;
      });
      some = [...new Set([0, low, high, some.length - 1])].sort((a, b) => a - b).map((i) => some[i]);
    }
    kept.push(...some);
    some = [];
  };
  for (const p of points) {
    const at = Math.floor(((p[0] - from) / (to - from)) * pixels);
    if (at !== pixel || p[1] === null) flush();
    pixel = at;
    if (p[1] === null) kept.push(p); else some.push(p);
  }
  flush();
  return kept;
}

// extent is the [least, greatest] of points' second elements; null for none.
export function extent(points, at = 1) {
  let low = Infinity;
  let high = -Infinity;
  for (const p of points) {
    const v = p[at];
    if (v === null || v === undefined) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : null;
}
