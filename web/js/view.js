// Which time the charts show: a range that ends now and moves on, or a zoom
// that stands still. It is kept in the address, so a reload shows the same.
import { now } from './api.js';

const SPANS = { '5m': 300e3, '1h': 3600e3, '1d': 86400e3, all: Infinity };
const YOUNGEST = 30e3; // the least time that a chart shows

export class View {
  constructor() {
    const said = new URLSearchParams(location.hash.slice(1));
    this.range = SPANS[said.get('range')] ? said.get('range') : '5m';
    this.clock = said.get('clock') === 'device' ? 'device' : 'arrival';
    this.series = said.get('series');
    this.xy = said.get('xy');
    this.zoom = null;
  }

  keep() {
    const says = new URLSearchParams();
    if (this.range !== '5m') says.set('range', this.range);
    if (this.clock !== 'arrival') says.set('clock', this.clock);
    if (this.chosen) says.set('series', this.series);
    if (this.xy) says.set('xy', this.xy);
    const text = says.toString();
    history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
  }

  get span() { return SPANS[this.range]; }

  // end is where a moving range ends: now; with the device's clock, or when
  // all is shown, at the newest row.
  end(table) {
    const newest = table?.newest?.[1];
    if (newest === undefined) return now();
    if (this.clock === 'device' || this.range === 'all') return newest;
    return Math.max(now(), newest);
  }

  // window is [from, to] in ms for drawing.
  window(table) {
    if (this.zoom) return this.zoom;
    const to = this.end(table);
    const first = table?.rows[0]?.[1];
    if (this.range === 'all') {
      const from = first ?? to - 1000;
      return [from, Math.max(to, from + 1000)];
    }
    // What is younger than the range fills the chart.
    return [Math.max(to - this.span, Math.min(first ?? 0, to - YOUNGEST)), to];
  }

  // asked is [from, to] as ISO times for the server; open where "".
  asked(end) {
    const iso = (ms) => new Date(ms).toISOString();
    if (this.zoom) return this.zoom.map(iso);
    return [this.range === 'all' ? '' : iso(end - this.span * 1.01), ''];
  }
}
