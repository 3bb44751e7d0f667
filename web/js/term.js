// The end of a term: starting empty, once the class was taken along.
import { get, Refused, send } from './api.js';
import { $, sentence, setText } from './dom.js';

const POLL = 400;

export class Term {
  constructor(form, job, emptied) {
    this.form = form;
    this.job = job;
    this.emptied = emptied;
    this.state = null;
    this.error = $('#empty-error');
    form.addEventListener('submit', (e) => { e.preventDefault(); this.start(); });
    form.addEventListener('input', () => this.write());
    $('button', job).addEventListener('click', () => send('DELETE', '/api/class/empty').catch(() => {}));
  }

  async look() {
    clearTimeout(this.timer);
    try {
      const was = this.state?.state;
      this.state = await get('/api/class/empty');
      this.write();
      if (was === 'working' && this.state.state !== 'working') {
        this.form.reset();
        this.write();
        this.emptied();
      }
      if (this.state.state === 'working') this.timer = setTimeout(() => this.look(), POLL);
    } catch (e) {
      if (e instanceof Refused) return;
      this.timer = setTimeout(() => this.look(), 2000);
    }
  }

  write() {
    const { state, done, of, confirm, saved, error } = this.state ?? {};
    if (!state) return;
    const { elements } = this.form;
    setText($('#confirm'), confirm);
    setText($('#saved'), saved ? 'You have downloaded the whole class.'
      : state === 'done' ? `The class is empty: ${of} session${of === 1 ? ' was' : 's were'} removed.`
      : state === 'cancelled' ? `Stopped: ${done} of ${of} sessions were removed.`
      : 'The whole class has not been downloaded yet.');
    $('#unsaved').hidden = saved;
    const working = state === 'working';
    $('#go').disabled = working || elements.confirm.value.trim().toLowerCase() !== confirm.toLowerCase() || (!saved && !elements.unsaved.checked);
    this.form.hidden = working;
    this.job.hidden = !working;
    const bar = $('progress', this.job);
    bar.max = Math.max(1, of);
    bar.value = done;
    setText($('span', this.job), `${done} of ${of} sessions removed`);
    if (state === 'failed') this.wrong(error);
  }

  wrong(text) {
    sentence(this.error, text);
    this.error.hidden = false;
  }

  async start() {
    this.error.hidden = true;
    const { confirm, unsaved } = this.form.elements;
    try {
      this.state = await send('POST', '/api/class/empty', { confirm: confirm.value, unsaved: unsaved.checked });
      this.write();
      this.timer = setTimeout(() => this.look(), 100);
    } catch (e) {
      this.wrong(e instanceof Refused ? e.message : 'The server does not answer. Nothing was removed.');
    }
  }
}
