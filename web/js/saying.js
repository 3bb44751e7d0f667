// Publishing a message and telling what became of it.
import { get, send } from './api.js';
import { count } from './format.js';

const PATIENCE = 3; // seconds until a missing acknowledgement is told
const LONG = 30; // and until nobody waits for it any more

// say publishes { topic, payload, qos, retain } and calls told(sentence, state)
// with what became of it, again when that changes: state is "good", "waiting"
// or "bad". It throws what the server refuses.
export async function say(path, message, told) {
  const began = Date.now();
  let answer = await send('POST', `${path}/publish`, message);
  const late = () => Date.now() - began >= PATIENCE * 1000;
  const tell = () => told(...outcome(message, answer, late()));
  tell();
  (async () => {
    try {
      while (waits(answer) && Date.now() - began < LONG * 1000) {
        answer = await get(`${path}/publish/${answer.id}`, { wait: PATIENCE });
        tell();
      }
    } catch { /* it is not followed any more; what was told last holds */ }
  })();
  return answer;
}

const waits = (answer) => answer.receivers.some((r) => r.state === 'waiting');

// outcome says who receives a message, and what of it is wrong.
function outcome(message, answer, late) {
  const sentences = [];
  let state = 'good';
  const is = (worse) => { if (state !== 'bad') state = worse; };
  for (const word of new Set(answer.receivers.map((r) => r.state))) {
    const list = answer.receivers.filter((r) => r.state === word);
    const who = names(list);
    const one = list.length === 1;
    switch (word) {
      case 'acknowledged': sentences.push(`Acknowledged by ${who} after ${ms(Math.max(...list.map((r) => r.after_ms)))}.`); break;
      case 'waiting':
        is(late ? 'bad' : 'waiting');
        sentences.push(late ? `${who}: not acknowledged. Does the loop call \`check_msg()\`?` : `Sent to ${who}, waiting for the acknowledgement.`);
        break;
      case 'sent': sentences.push(`Sent to ${who}. At QoS 0 nothing says whether it arrived.`); break;
      case 'stuck': is('bad'); sentences.push(`${who}: nothing goes through at the moment. Does the loop call \`check_msg()\`?`); break;
      case 'dropped': is('bad'); sentences.push(`${who}: dropped, too much waits for ${one ? 'it' : 'them'} already. Does the loop call \`check_msg()\`?`); break;
      case 'missed': is('bad'); sentences.push(`${who} ${one ? 'is' : 'are'} away and ${one ? 'misses' : 'miss'} it: QoS 0 waits for nobody.`); break;
      case 'queued': sentences.push(`${who} ${one ? 'is' : 'are'} away and ${one ? 'gets' : 'get'} it when ${one ? 'it is' : 'they are'} back.`); break;
      default: is('bad'); sentences.push(`${who} ended the connection before the acknowledgement, and nothing is kept for ${one ? 'it' : 'them'}.`);
    }
  }
  if (!answer.receivers.length) {
    is('bad');
    sentences.push(`Nobody subscribes to \`${message.topic}\`.`);
    if (message.retain && message.payload) sentences.push('It is retained for who subscribes later.');
  }
  if (message.retain && !message.payload) sentences.push('What was retained there is cleared.');
  return [[...sentences, ...answer.hints].join(' '), state];
}

// names lists clients; those of other sessions have none for students.
function names(list) {
  const known = list.filter((r) => r.client).map((r) => `\`${r.client}\``);
  const others = list.length - known.length;
  const shown = known.slice(0, 4);
  if (known.length > 4) shown.push(count(known.length - 4, 'more client'));
  if (others) shown.push(`${count(others, 'client')} of other sessions`);
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown[0];
}

const ms = (x) => (x < 10 ? `${x.toFixed(1)} ms` : x < 1000 ? `${Math.round(x)} ms` : `${(x / 1000).toFixed(1)} s`);

// softly says what is wrong with a payload that looks like JSON, "" for
// nothing: it may be sent all the same.
export function softly(payload) {
  const text = payload.trim();
  if (!/^[{[]/.test(text)) return '';
  try {
    JSON.parse(text);
    return '';
  } catch (e) {
    return `This begins like JSON and is none: ${e.message}.`;
  }
}

// below takes the session's prefix off a topic that was typed with it.
export const below = (name, topic) => (topic.startsWith(`${name}/`) ? topic.slice(name.length + 1) : topic);
