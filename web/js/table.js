// The rows of one series that the page holds: a range as the server thinned
// it, then every row that came since, bounded.

const MOST = 12000;

export class Table {
  constructor(name) {
    this.name = name;
    this.columns = [];
    this.clear();
  }

  // Rows are [seq, time in ms, value, value, ...]; null is a gap. They come
  // in order of seq, and with the arrival clock in order of time.
  clear() {
    this.rows = [];
    this.restarts = new Set();
    this.thinned = 0; // rows up to this seq came thinned by the server
    this.last = 0;
    this.arrived = 0; // when the newest row came, by the server's clock
    this.added = 0; // rows since the load
    this.steps = null;
  }

  // load takes the answer of .../rows in place of all rows, and keeps what
  // the stream brought after it.
  load(answer) {
    const later = this.rows;
    const until = answer.rows.length ? answer.rows[answer.rows.length - 1][0] : 0;
    const restarts = this.restarts;
    this.clear();
    this.columns = answer.columns;
    this.rows = answer.rows.map(([seq, at, ...values]) => [seq, Date.parse(at), ...values]);
    this.thinned = until;
    this.last = until;
    this.restarts = new Set(answer.restarts ?? []);
    for (const row of later) {
      if (row[0] <= until) continue;
      this.rows.push(row);
      this.last = row[0];
      if (restarts.has(row[0])) this.restarts.add(row[0]);
    }
  }

  // append adds what the stream brought; rows that are here already are
  // left out, so that a reconnect doubles nothing. It tells how many are new.
  append(part, device) {
    let added = 0;
    part.rows.forEach(([seq, at, ...values], i) => {
      if (seq <= this.last) return;
      this.rows.push([seq, Date.parse((device && part.device?.[i]) || at), ...values]);
      this.last = seq;
      this.arrived = Date.parse(at);
      added++;
    });
    this.added += added;
    for (const seq of part.restarts ?? []) this.restarts.add(seq);
    // What is usual changes slowly.
    if (this.steps && this.rows.length > 1.1 * this.steps.rows + 5) this.steps = null;
    return added;
  }

  // full tells that the page holds too much: time to let the server thin.
  get full() { return this.rows.length > MOST; }

  // usual is the time in ms between rows that came lately, Infinity when
  // nobody knows.
  get usual() { return this.intervals().live; }

  // trim drops rows before a time, a good many at once. It never empties the
  // table: the newest value stays known.
  trim(before) {
    let n = 0;
    while (n < this.rows.length - 1 && this.rows[n][1] < before) n++;
    const over = Math.max(0, this.rows.length - 2 * MOST);
    n = Math.max(n, over);
    if (n > 500 || over) this.rows = this.rows.slice(n);
  }

  get newest() { return this.rows[this.rows.length - 1]; }

  // latest is the newest value of a column that is no gap, not older than
  // a few rows.
  latest(index) {
    for (let i = this.rows.length - 1; i >= 0 && i > this.rows.length - 12; i--) {
      const v = this.rows[i][index + 2];
      if (v !== null && v !== undefined) return v;
    }
    return null;
  }

  recent(index, n = 60) {
    return this.rows.slice(-n).map((r) => r[index + 2]).filter((v) => v !== null && v !== undefined);
  }

  // interval is the usual time between rows in ms: of the thinned part, and
  // of the part that came live. Infinity where nobody knows yet.
  intervals() {
    if (!this.steps) {
      const thin = [];
      const live = [];
      const stride = Math.max(1, Math.floor(this.rows.length / 4000));
      for (let i = 1; i < this.rows.length; i += stride) {
        const step = this.rows[i][1] - this.rows[i - 1][1];
        if (step > 0) (this.rows[i - 1][0] < this.thinned ? thin : live).push(step);
      }
      const coarse = median(thin);
      this.steps = { rows: this.rows.length, thinned: coarse, live: live.length > 4 ? median(live) : Math.min(coarse, median(live)) };
    }
    return this.steps;
  }

  // gap tells whether the line breaks between two neighbouring rows: nothing
  // came for more than five usual intervals and 2 s, or the device started
  // again.
  gap(before, after) {
    const { thinned, live } = this.intervals();
    const usual = before[0] < this.thinned ? thinned : live;
    const step = after[1] - before[1];
    return step > Math.max(5 * (Number.isFinite(usual) ? usual : 0), 2000) || step < 0 || this.restarts.has(after[0]);
  }

  // line is a column's points [time, value] between two times, a null where
  // the line breaks, and the points that would not show as a line: those with
  // no neighbour.
  line(index, from, to) {
    const points = [];
    const alone = [];
    const sparse = this.sparse(index);
    let before = null;
    let run = 0;
    const end = () => {
      if (run === 1) alone.push(points[points.length - 1]);
      run = 0;
    };
    const [start, stop] = this.between(from, to);
    for (let i = start; i < stop; i++) {
      const row = this.rows[i];
      const v = row[index + 2];
      if (v === null || v === undefined) {
        if (!sparse && run) {
          end();
          points.push([row[1], null]);
          before = null;
        }
        continue;
      }
      if (before && this.gap(before, row)) {
        end();
        points.push([before[1] + 1, null]);
      }
      points.push([row[1], v]);
      before = row;
      run++;
    }
    end();
    return { points, alone };
  }

  // sparse tells that a column is filled in less than every second row: its
  // values belong together though there are gaps between them.
  sparse(index) {
    const some = this.rows.slice(-200);
    return some.filter((r) => r[index + 2] !== null && r[index + 2] !== undefined).length < some.length / 2;
  }

  // between gives the range of row indexes in [from, to], one more on either
  // side so that lines go on to the edge.
  between(from, to) {
    const n = this.rows.length;
    let start = 0;
    while (start < n && this.rows[start][1] < from) start++;
    let stop = n;
    while (stop > start && this.rows[stop - 1][1] > to) stop--;
    return [Math.max(0, start - 1), Math.min(n, stop + 1)];
  }

  // nearest is the row nearest to a time, null when there is none.
  nearest(at) {
    let best = null;
    for (const row of this.rows) {
      if (!best || Math.abs(row[1] - at) < Math.abs(best[1] - at)) best = row;
    }
    return best;
  }
}

function median(list) {
  if (!list.length) return Infinity;
  list.sort((a, b) => a - b);
  return list[Math.floor(list.length / 2)];
}
