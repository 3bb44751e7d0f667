// Which time the charts show: a range that ends now and moves on, or a zoom
// that stands still. It is kept in the address, so a reload shows the same.
import { says, write } from './address.js';
import { now } from './api.js';

const SPANS = { '5m': 300e3, '1h': 3600e3, '1d': 86400e3, all: Infinity };
const YOUNGEST = 30e3; // the least time that a chart shows

export class View {
  constructor() {
    this.range = SPANS[says('range')] ? says('range') : '5m';
    this.clock = says('clock') === 'device' ? 'device' : 'arrival';
    this.series = says('series') || null;
    this.chosen = this.series !== null;
    this.xy = says('xy') || null;
    this.zoom = null;
  }

  keep() {
    write({
      range: this.range === '5m' ? '' : this.range,
      clock: this.clock === 'arrival' ? '' : this.clock,
      series: this.chosen ? this.series : '',
      xy: this.xy ?? '',
    });
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
