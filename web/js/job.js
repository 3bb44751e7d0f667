// An export that the server prepares: how far it is, a way to stop it, and the
// download once it is whole.
import { get, send } from './api.js';
import { el, sentence, setText } from './dom.js';

const POLL = 300;
const LONG = 1000; // ms from which the progress is shown

export class Job {
  constructor(path) {
    this.path = `${path}/exports`;
    this.bar = el('progress', { 'aria-label': 'Rows written' });
    this.text = el('span', { role: 'status' });
    this.cancel = el('button', { type: 'button', text: 'Cancel', onclick: () => this.stop() });
    this.node = el('p', { class: 'job', id: 'export-job', hidden: true }, this.bar, this.text, this.cancel);
  }

  // start is true when the export was whole and is being saved.
  async start(body) {
    await this.stop();
    const mine = this.mine = {};
    this.node.hidden = true;
    const began = performance.now();
    const { id } = await send('POST', this.path, body);
    mine.id = id;
    try {
      for (;;) {
        const job = await get(`${this.path}/${id}`);
        if (this.mine !== mine) return false;
        if (job.state === 'ready') { this.save(job, id); return true; }
        if (job.state !== 'working') { this.say(job.error || 'The export was cancelled.'); return false; }
        if (performance.now() - began > LONG) this.show(job);
        await new Promise((done) => setTimeout(done, POLL));
      }
    } catch (e) {
      if (this.mine === mine) this.node.hidden = true;
      throw e;
    } finally {
      if (this.mine === mine) this.mine = null;
    }
  }

  show(job) {
    this.node.hidden = false;
    this.bar.hidden = this.cancel.hidden = false;
    if (job.of > 0) {
      this.bar.max = job.of;
      this.bar.value = Math.min(job.done, job.of);
    }
    const n = (x) => x.toLocaleString('en').replaceAll(',', ' ');
    setText(this.text, job.of > 0 ? `${n(job.done)} of ${n(job.of)} rows` : `${n(job.done)} rows`);
  }

  say(text) {
    this.node.hidden = false;
    this.bar.hidden = this.cancel.hidden = true;
    sentence(this.text, text);
  }

  save(job, id) {
    const link = el('a', { href: job.url || `${this.path}/${id}/file`, download: true });
    document.body.append(link);
    link.click();
    link.remove();
    this.say('Saved.');
  }

  // stop cancels the export that goes on.
  async stop() {
    const { mine } = this;
    this.mine = null;
    if (mine?.id === undefined) return;
    this.say('The export was cancelled.');
    await send('DELETE', `${this.path}/${mine.id}`).catch(() => {});
  }
}
