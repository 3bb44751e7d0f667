// What all charts share: options from the server, applied without anything
// that would write HTML or steal the mouse wheel.
import { get, sessionPath } from './api.js';
import { colour } from './format.js';
import * as echarts from '../vendor/echarts.esm.min.mjs';

export const LEFT = 66;
export const RIGHT = 16;

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
  axisLine: { show: true, lineStyle: { color: colour('line') } },
  axisTick: { show: false },
  axisLabel: { color: colour('grey'), fontSize: 12, hideOverlap: true },
  nameTextStyle: { color: colour('grey'), fontSize: 12 },
  splitLine: { show: true, lineStyle: { color: colour('line'), width: 1, opacity: 0.55 } },
});

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
