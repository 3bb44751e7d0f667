// The rows of runs, asked for once and kept; of a run that goes on, anew.
import { get, sessionPath } from './api.js';

const POINTS = 2000;
const KEPT = 60; // runs

export class RunData {
  constructor(session) {
    this.session = session;
    this.known = new Map();
  }

  // key names a run of this session, or a classmate's.
  key(run) { return `${run.session ?? this.session}/${run.id}`; }

  path(run) { return `${sessionPath(run.session ?? this.session)}/runs/${run.id}`; }

  // rows gives {run, columns, rows}; rows are [seq, ms, value...]. fresh asks
  // again where the run goes on, or has changed since.
  async rows(run, fresh = false) {
    const key = this.key(run);
    const stamp = JSON.stringify([run.first, run.last, run.rows, run.columns]);
    const known = this.known.get(key);
    if (known && !fresh && known.stamp === stamp) return { ...known.value, run };
    const answer = await get(`${this.path(run)}/rows`, { points: POINTS });
    const value = { columns: answer.columns, rows: answer.rows.map(([seq, at, ...values]) => [seq, Date.parse(at), ...values]) };
    this.known.delete(key);
    this.known.set(key, { stamp, value });
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    return { ...value, run };
  }

  // curve gives the analysis of a run; v and i choose columns.
  curve(run, v, i) { return get(`${this.path(run)}/iv`, { v, i }); }
}
