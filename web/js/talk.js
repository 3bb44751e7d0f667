// The tab "Publish": a small client of the page's own. What it says goes the
// way of a board's message; what it hears comes over a stream, without a
// connection to the broker.
import { keyed } from './api.js';
import { el } from './dom.js';
import { Check } from './check.js';
import { Controls } from './controls.js';
import { Listening } from './listening.js';
import { PublishForm } from './publishform.js';

export class Talk {
  constructor(node, bench) {
    this.bench = bench;
    this.values = new Map(); // last payload by topic, as this page heard or said it
    this.form = new PublishForm(bench, (m) => this.heard(m));
    this.listening = new Listening(bench, (m) => this.heard(m));
    this.controls = new Controls(bench, this);
    this.check = new Check(bench);
    this.body = el('div', { class: 'stack' }, this.controls.node,
      el('div', { class: 'bench-pair even' }, this.form.node, this.listening.node), this.check.node);
    this.none = el('p', { class: 'empty-text', hidden: true, text: 'Sign in with your name and password to publish: a read-only key only reads.' });
    node.append(this.body, this.none);
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') this.listening.stop(); else if (this.seen) this.listening.start(); });
  }

  // show is called whenever the tab is to be seen, or something of it changed.
  show() {
    const may = this.bench.may() && !keyed;
    this.body.hidden = !may;
    this.none.hidden = may;
    if (!may) return;
    this.form.show();
    this.check.show();
    if (this.seen) return;
    this.seen = true;
    this.controls.load().finally(() => { if (this.seen) this.listening.start(); });
  }

  hide() {
    if (!this.seen) return;
    this.seen = false;
    this.listening.stop();
  }

  // topics is called when the session's topics changed.
  topics() {
    this.form.show();
    this.controls.write();
  }

  heard({ topic, text, binary, time }) {
    this.values.delete(topic);
    this.values.set(topic, { text: binary ? null : text, time });
    if (this.values.size > 500) this.values.delete(this.values.keys().next().value);
    this.controls.write();
  }

  // value is the last payload of a topic: { text, time }, text null for bytes;
  // undefined where nobody knows one.
  value(topic) {
    const own = this.values.get(topic);
    const known = this.bench.topics().get(topic);
    if (!known || own && Date.parse(own.time) >= Date.parse(known.time)) return own;
    return { text: known.binary ? null : known.text, time: known.time };
  }
}
