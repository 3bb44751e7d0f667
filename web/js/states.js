// The words of a session's states, as the server names them.
import { now } from './api.js';
import { age } from './format.js';

// WORDS stand in the order in which somebody needs help.
export const WORDS = {
  refused: 'refused',
  reconnecting: 'keeps reconnecting',
  slowed: 'slowed',
  gone: 'disconnected',
  connected: 'connected',
  quiet: 'quiet',
  publishing: 'publishing',
  sleeps: 'sleeps',
  paused: 'paused',
  finished: 'finished',
  never: 'never connected',
};

export const wordOf = (state) => WORDS[state] ?? state;

// described is a state's word on a tile.
export function described(s) {
  if (s.state === 'publishing') return s.last_reading ? 'publishing' : 'publishing, no number';
  if (s.state === 'connected') return 'connected, nothing sent';
  return wordOf(s.state);
}

// status gives what a session's status line says: [state, word, beside].
export function status(s, rate) {
  const reading = s.last_reading ? now() - Date.parse(s.last_reading) : null;
  const last = reading === null ? 'no reading yet' : `last reading ${age(reading)} ago`;
  switch (s.state) {
    case 'publishing': return ['publishing', 'publishing', reading === null || reading > 10000 ? last : rate];
    case 'slowed': return ['slowed', 'slowed', rate || last];
    case 'connected': return ['connected', 'connected', reading === null ? 'nothing published yet' : last];
    case 'never': return ['never', wordOf('never'), reading === null ? '' : last];
    case 'paused': return ['paused', 'paused by the instructor', last];
    case 'gone': case 'quiet': return [s.state, wordOf(s.state), last];
    default: return [s.state, wordOf(s.state), s.state_text || last];
  }
}
