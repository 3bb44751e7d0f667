// What a packet says, in words and bytes, for the list, the details and the
// text file. Nothing here touches the page.

// micros is a packet's time in microseconds since 1970.
export const micros = (p) => Date.parse(`${p.at.slice(0, 19)}Z`) * 1000 + Number(p.at.slice(20, 26));

const two = (n) => String(n).padStart(2, '0');

// clock writes the time of day, local, with so many decimals (3 or 6).
export function clock(p, decimals = 3) {
  const d = new Date(p.at);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${p.at.slice(20, 20 + decimals)}`;
}

// span writes a time between two packets.
export function span(us) {
  if (us < 1000) return `${us} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(us < 1e4 ? 2 : us < 1e5 ? 1 : 0)} ms`;
  return `${(us / 1e6).toFixed(us < 1e7 ? 2 : 1)} s`;
}

export const bytesOf = (p) => Uint8Array.from(atob(p.bytes ?? ''), (c) => c.charCodeAt(0));

// text reads bytes as text; null where they are none. Of a packet that was cut
// the last character may be half.
export function text(bytes, cut) {
  let s;
  try {
    s = new TextDecoder('utf-8', { fatal: !cut }).decode(bytes);
  } catch { return null; }
  if (cut) s = s.replace(/\uFFFD$/, '');
  return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\uFFFD]/.test(s) ? null : s;
}

// payload is a PUBLISH's payload as far as it is here: its text, or null.
export function payload(p) {
  if (p.type !== 'PUBLISH' || !p.payload_at) return null;
  const all = bytesOf(p);
  return text(all.subarray(p.payload_at), all.length < p.size);
}

export const flags = (p) => (p.type === 'PUBLISH' ? [`QoS ${p.qos}`, p.retain && 'RETAIN', p.dup && 'DUP'].filter(Boolean).join(' ') : '');

const REFUSALS = { 1: 'protocol level', 2: 'client id', 3: 'no room', 4: 'wrong user name or password', 5: 'not allowed in' };
export const granted = (code) => (code > 2 ? `refused (${code})` : `QoS ${code}`);

// subject is what the packet is about, in a few words, for the types that have
// no topic.
export function subject(p) {
  switch (p.type) {
    case 'CONNECT': {
      const c = p.connect ?? {};
      return [c.has_user && `as ${c.user}`, c.clean ? 'clean session' : 'session is kept', c.keepalive ? `keepalive ${c.keepalive} s` : 'no keepalive', c.will && 'last will'].filter(Boolean).join(', ');
    }
    case 'CONNACK': return p.codes?.[0] ? `refused: ${REFUSALS[p.codes[0]] ?? 'code'} (${p.codes[0]})` : 'accepted';
    case 'SUBSCRIBE': return (p.filters ?? []).map((f) => `${f.filter} (QoS ${f.qos})`).join(', ');
    case 'UNSUBSCRIBE': return (p.filters ?? []).map((f) => f.filter).join(', ');
    case 'SUBACK': return (p.codes ?? []).map(granted).join(', ');
    case 'END': return p.end;
  }
  return '';
}

export const who = (p) => p.client || 'no client id';
export const way = (p) => (p.out ? 'from broker' : 'to broker');

// hex writes bytes in lines of n: where, what, and as characters.
export function hex(bytes, n = 16) {
  const lines = [];
  for (let i = 0; i < bytes.length; i += n) {
    const part = [...bytes.subarray(i, i + n)];
    const digits = part.map((b) => b.toString(16).padStart(2, '0')).join(' ');
    const chars = part.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('');
    lines.push(`${i.toString(16).padStart(4, '0')}  ${digits.padEnd(3 * n - 1)}  ${chars}`);
  }
  return lines.join('\n');
}

// line is a packet as a line of text.
const line = (p) => [
  clock(p, 6), p.out ? `broker > ${who(p)} (${p.addr})` : `${who(p)} (${p.addr}) > broker`,
  p.type === 'END' ? 'the connection ended:' : p.type, flags(p), p.id ? `id ${p.id}` : '', p.type === 'PUBLISH' ? p.topic : subject(p),
  p.size ? `${p.size} bytes` : '', p.refused ? 'REFUSED' : '',
].filter(Boolean).join('  ');

// file is the text of a whole list, as "Save as text" has it.
export function file(session, list, filter) {
  const head = [`# MQTT packets of ${session}, saved ${new Date().toISOString()}; times are local`, `# ${list.length} packets${filter ? `, filter: ${filter}` : ''}`];
  const body = list.map((p) => {
    const dump = hex(bytesOf(p)).replace(/^/gm, '    ');
    const more = p.size - bytesOf(p).length;
    return [line(p), p.hint && `    hint: ${p.hint}`, p.size && dump,
      more > 0 && `    ${more} bytes more${p.type === 'CONNECT' ? ' (the password is not shown)' : ''}`].filter(Boolean).join('\n');
  });
  return `${[...head, '', ...body].join('\n')}\n`;
}
