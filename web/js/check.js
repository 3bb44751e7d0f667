// Check a topic: what would become of a message, and why. Nothing is sent.
import { send } from './api.js';
import { el, sentence } from './dom.js';
import { count, unitText } from './format.js';
import { showOutcome } from './publishform.js';

const RECENT = 30;
const FORMS = {
  empty: 'an empty message', text: 'text: there is no number in it', bytes: 'bytes that are no text', number: 'one number',
  object: 'names and numbers (JSON)', list: 'a list (JSON)', pairs: 'names and numbers', places: 'numbers in a row',
  titles: 'titles of columns', floats: 'binary numbers (float32, big-endian)', broken: 'broken JSON: nothing of it is read',
};
const COMMANDS = {
  new_series: 'begins a series with named columns', data: 'a row of a series', plot_series: 'asks for a plot', save_series: 'asks for a file',
  plot: 'asks for a plot', new: 'begins a plot', add: 'a row of a plot', bin: 'binary rows of a plot',
};

export class Check {
  constructor(bench) {
    this.bench = bench;
    this.build();
  }

  build() {
    this.recent = el('select', { id: 'check-recent', onchange: () => this.pick() });
    this.topic = el('input', { id: 'check-topic', list: 'check-topics', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: 600, placeholder: `${this.bench.name}/mcu/ina219` });
    this.known = el('datalist', { id: 'check-topics' });
    this.payload = el('textarea', { id: 'check-payload', rows: 2, spellcheck: 'false', maxlength: 12000, placeholder: '{"voltage": 5.012, "current_mA": 81.3}' });
    this.as = el('select', { id: 'check-as' }, el('option', { value: '', text: this.bench.name }), el('option', { value: 'instructor', text: 'the instructor' }));
    this.asLabel = el('label', { for: 'check-as', text: 'Asked for' });
    this.problem = el('p', { class: 'outcome', role: 'status', hidden: true });
    this.before = el('p', { class: 'none', text: 'You read here whether it is allowed, who receives it, how it is understood and where its numbers go.' });
    this.result = el('dl', { class: 'would', id: 'check-result', 'aria-live': 'polite', hidden: true });
    const form = el('form', { class: 'fields', onsubmit: (e) => { e.preventDefault(); this.ask(); } },
      el('label', { for: 'check-recent', text: 'Recent one' }), this.recent,
      el('label', { for: 'check-topic', text: 'Topic' }), el('div', {}, this.topic, this.known),
      el('label', { for: 'check-payload', text: 'Payload' }), this.payload,
      this.asLabel, this.as,
      el('p', { class: 'actions' }, el('button', { class: 'primary', id: 'check-ask', text: 'Check' }), el('span', { class: 'caption', text: 'Nothing is sent or kept.' })));
    this.node = el('section', { class: 'box', 'aria-labelledby': 'check-title' },
      el('h2', { id: 'check-title', text: 'Check a topic' }),
      el('div', { class: 'bench-pair even' }, form, el('div', {}, this.before, this.problem, this.result)));
  }

  show() {
    const instructor = this.bench.instructor();
    this.as.hidden = this.asLabel.hidden = !instructor;
    const topics = [...this.bench.topics().values()].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, RECENT);
    const refused = this.bench.notices().filter((n) => n.topic && !n.topic.startsWith(`${this.bench.name}/`)).slice(0, RECENT);
    const key = JSON.stringify([topics.map((t) => [t.topic, t.text]), refused.map((n) => n.topic)]);
    if (this.shown === key || document.activeElement === this.recent) return;
    this.shown = key;
    this.options = [...topics.map((t) => ({ topic: t.topic, payload: t.binary ? '' : t.text })), ...refused.map((n) => ({ topic: n.topic }))];
    const option = (o, i) => el('option', { value: i, text: o.payload === undefined ? o.topic : `${o.topic}  ${o.payload.slice(0, 60)}` });
    const group = (label, from, to) => (to > from ? [el('optgroup', { label }, ...this.options.slice(from, to).map((o, i) => option(o, from + i)))] : []);
    this.recent.replaceChildren(el('option', { value: '', text: this.options.length ? 'Pick a recent one' : 'Nothing was published yet' }),
      ...group('Newest messages', 0, topics.length), ...group('With a problem', topics.length, this.options.length));
    this.known.replaceChildren(...topics.map((t) => el('option', { value: t.topic })));
  }

  pick() {
    const one = this.options?.[Number(this.recent.value)];
    if (this.recent.value === '' || !one) return;
    this.topic.value = one.topic;
    if (one.payload !== undefined) this.payload.value = one.payload;
    this.ask();
  }

  async ask() {
    const mine = this.asking = {};
    const { value: topic } = this.topic;
    try {
      const answer = await send('POST', `${this.bench.path}/check`, { topic, payload: this.payload.value, ...(!this.as.hidden && this.as.value && { as: this.as.value }) });
      if (this.asking !== mine) return;
      this.problem.hidden = this.before.hidden = true;
      this.write(topic, answer);
    } catch (e) {
      if (this.asking !== mine) return;
      this.result.hidden = this.before.hidden = true;
      showOutcome(this.problem, e.message, 'bad');
    }
  }

  write(topic, x) {
    const parts = [];
    const part = (title, ...nodes) => parts.push(el('dt', { text: title }), el('dd', {}, ...nodes));
    part(x.allowed ? 'Allowed' : 'Not allowed', x.allowed ? el('p', { text: x.session === '' ? 'Yes. It is passed on and not recorded: it is no session\'s topic.' : 'Yes.' }) : sentence(el('p', { class: 'error' }), x.why),
      x.instead && el('p', {}, el('button', { type: 'button', id: 'check-instead', text: `Check ${x.instead}`, onclick: () => { this.topic.value = x.instead; this.ask(); } })),
      x.instead && sentence(el('p', { class: 'caption' }), `Published to \`${x.instead}\` it would do this:`));
    const at = x.allowed ? topic : x.instead;
    if (at) {
      const list = x.receivers.map((r) => el('li', {}, sentence(el('span'), receiver(r))));
      part('Who receives it', list.length ? el('ul', { class: 'notes' }, ...list) : sentence(el('p'), `Nobody subscribes to \`${at}\`.`));
    }
    if (x.decoded) this.decoded(x.decoded, part);
    this.result.hidden = false;
    this.result.replaceChildren(...parts);
  }

  decoded(d, part) {
    const command = d.command && COMMANDS[d.command] ? `\`${d.command}\`: ${COMMANDS[d.command]}.` : '';
    part('Read as', sentence(el('p'), [command, `${capital(FORMS[d.form] ?? d.form)}.`, d.waits && 'The number waits up to a second for those on topics beside it, to make one row with them.', d.order && `It asks for a ${d.order}.`].filter(Boolean).join(' ')));
    for (const row of [...d.begins, ...d.rows]) part('Series', ...series(row));
    if (d.more) part('And', el('p', { text: `${count(d.more, 'more row')}.` }));
    if (!d.rows.length && !d.begins.length && !d.order) part('Series', el('p', { text: 'None: it stands under Topics as text and is not drawn.' }));
    if (d.hints.length) part('Problems and hints', el('ul', { class: 'notes' }, ...d.hints.map((h) => el('li', {}, sentence(el('span'), h)))));
  }
}

function receiver(r) {
  const who = r.client ? `\`${r.client}\`${r.session ? ` of ${r.session}` : ''}` : 'a client of another session';
  const filters = r.filters.length ? ` through ${r.filters.map((f) => `\`${f}\``).join(', ')}` : '';
  const how = r.here ? '' : r.qos ? ', which is away and gets it later' : ', which is away and misses it';
  return `${who} at QoS ${r.qos}${filters}${r.shared ? ', in turn with its group' : ''}${how}`;
}

function series(row) {
  const columns = row.columns.map((c) => el('tr', {},
    el('th', { scope: 'row' }, el('span', { text: c.name }), c.new && row.new === false ? el('span', { class: 'badge', text: 'new' }) : null),
    el('td', { class: 'number', text: c.value === null ? '' : String(Number(c.value.toPrecision(6))) }),
    el('td', { class: 'unit', text: unitText(c.unit) || '?' }),
    el('td', { class: 'why' }, c.guessed ? el('span', { class: 'badge', text: 'guessed' }) : null, sentence(el('span'), ` ${c.why.replace(/^guessed: /, '')}`))));
  return [
    el('p', {}, el('code', { text: row.series }), row.new ? ' (new)' : '', row.device_time ? ` at the board's own time, ${new Date(row.device_time).toLocaleString([], { hour12: false })}` : '', row.restart ? ', which went back: the board started again' : ''),
    el('table', { class: 'figures' }, ...columns),
  ];
}

const capital = (s) => s.charAt(0).toUpperCase() + s.slice(1);
