// Loading what was recorded into a table: the range that is shown, thinned by
// the server to what the charts need.
import { get, now } from './api.js';

export class Loader {
  constructor(path) { this.path = `${path}/rows`; }

  // load fills a table with the chosen range. It tells whether it did: a newer
  // load of the same table ends an older one. last is when the series' newest
  // row arrived, where that is known.
  async load(table, choice, points, last) {
    table.asked?.abort();
    const asked = table.asked = new AbortController();
    const device = choice.clock === 'device';
    const ask = (params) => get(this.path, { series: table.name, clock: device ? 'device' : '', ...params }, asked.signal);
    try {
      let end = now();
      if (device && choice.range !== 'all' && !choice.zoom) {
        const newest = await ask({ limit: 1 });
        if (newest.rows.length) end = Date.parse(newest.rows[0][1]);
      }
      const [from, to] = choice.asked(end);
      table.load(await ask({ from, to, points }));
      // The newest value stays known when the range is empty.
      if (!table.rows.length) {
        const newest = await ask({ limit: 1 });
        if (!table.rows.length) table.load(newest);
      }
    } catch (e) {
      if (e.name === 'AbortError') return false;
      throw e;
    }
    if (table.newest) table.arrived = Math.max(table.arrived, device ? Date.parse(last) || 0 : table.newest[1]);
    return true;
  }

  // clocks finds out whether the device sent times of its own: then its newest
  // row has another time by each clock. It tells whether that is news.
  async clocks(table, clock) {
    if (table.device !== undefined || !table.newest) return false;
    const other = clock === 'device' ? 'arrival' : 'device';
    const { rows: [row] } = await get(this.path, { series: table.name, limit: 1, clock: other });
    const here = row && table.rows.find((r) => r[0] === row[0]);
    if (!here) return false;
    table.device = here[1] !== Date.parse(row[1]);
    return table.device;
  }
}
