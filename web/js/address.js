// What the page keeps in its address, after the #: so that a reload, and a
// copied link, show the same.

export const says = (name) => new URLSearchParams(location.hash.slice(1)).get(name) ?? '';

// write changes some of it; an empty value leaves the address.
export function write(changes) {
  const all = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) {
    if (value) all.set(name, value); else all.delete(name);
  }
  const text = all.toString();
  history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
}
