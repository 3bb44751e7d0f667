// Asking the server. A read-only key in the page's own address is handed on.

const key = new URLSearchParams(location.search).get('key');

// keyed tells that the page may read by its key, without signing in.
export const keyed = Boolean(key);

// Refused is an answer that is no success: its HTTP status and the server's
// sentence.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// url adds parameters to a path; undefined, null and "" are left out.
export function url(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(key ? { ...params, key } : params)) {
    if (value !== undefined && value !== null && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

// sessionPath is the API's path of a session.
export const sessionPath = (name) => `/api/sessions/${encodeURIComponent(name)}`;

async function ask(path, options) {
  const answer = await fetch(path, {
    ...options,
    // Says that this is a script: the browser asks for no password then.
    headers: { Accept: 'application/json', 'X-Requested-With': 'labbroker', ...options.headers },
    credentials: 'same-origin',
  });
  const text = await answer.text();
  let value = null;
  try { value = text ? JSON.parse(text) : null; } catch { /* not labbroker's own answer */ }
  if (!answer.ok) throw new Refused(answer.status, value?.error ?? `The server answered ${answer.status}.`);
  return value;
}

export const get = (path, params, signal) => ask(url(path, params), { method: 'GET', signal });

export const send = (method, path, body) => ask(path, {
  method,
  body: body === undefined ? undefined : JSON.stringify(body),
  headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
});

// Server time: the server's clock may differ from the browser's, so ages are
// counted by its own.
let offset = 0;
export const setServerTime = (iso) => {
  const t = Date.parse(iso);
  if (Number.isFinite(t)) offset = t - Date.now();
};
export const now = () => Date.now() + offset;
