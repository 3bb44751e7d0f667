// Making elements. Every string becomes text, never markup: names and
// messages come from students.

export const $ = (selector, root = document) => root.querySelector(selector);

// el makes an element. Of props, "text" is its text, "on..." are listeners,
// the rest attributes; false, null and undefined leave an attribute out.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// setText changes the text of an element only where it differs, so that a
// selection, and a screen reader, are left alone.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// place puts nodes into a list in this order and moves only what must move, so
// that the focus stays where it is.
export function place(list, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, i) => { if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null); });
}

// sentence fills node with text in which `...` is code.
export function sentence(node, text) {
  const parts = text.split('`');
  if (parts.length % 2 === 0) parts.push(`\`${parts.pop()}`);
  node.replaceChildren(...parts.map((part, i) => (i % 2 ? el('code', { text: part }) : part)));
  return node;
}

const PATHS = {
  publishing: ['M7 1a6 6 0 1 0 0 12A6 6 0 1 0 7 1Z', 'fill'],
  connected: ['M7 2a5 5 0 1 0 0 10A5 5 0 1 0 7 2Z', 'stroke'],
  quiet: ['M2 7h10', 'stroke'],
  sleeps: ['M8.6 1A6.2 6.2 0 1 0 13 9.4 5.2 5.2 0 0 1 8.6 1Z', 'fill'],
  finished: ['M2 7.5l3.5 4L12 3', 'stroke'],
  refused: ['M7 1.5a5.5 5.5 0 1 0 0 11A5.5 5.5 0 1 0 7 1.5ZM3.2 3.2l7.6 7.6', 'stroke'],
  reconnecting: ['M11.8 7a4.8 4.8 0 1 1-1.4-3.4M10.9 .9v3.3H7.6', 'stroke'],
  slowed: ['M2.5 1h9L8 7l3.5 6h-9L6 7Z', 'fill'],
  paused: ['M2.5 2h3v10h-3ZM8.5 2h3v10h-3Z', 'fill'],
  gone: ['M2.5 2.5l9 9M11.5 2.5l-9 9', 'stroke'],
  never: ['M7 2a5 5 0 1 0 0 10A5 5 0 1 0 7 2Z', 'dash'],
  lost: ['M7 1.5L13.2 12.5H.8Z', 'fill'],
  denied: ['M2 2h10v10h-10Z', 'fill'],
  signin: ['M2.8 2.8h8.4v8.4h-8.4Z', 'stroke'],
  loading: ['M3 7h1M6.5 7h1M10 7h1', 'stroke'],
  pause: ['M3 2h3v10H3ZM8 2h3v10H8Z', 'fill'],
  play: ['M3 1.5L12 7L3 12.5Z', 'fill'],
  theme: ['M7 1a6 6 0 1 0 0 12A6 6 0 1 0 7 1ZM7 2.4a4.6 4.6 0 0 1 0 9.2Z', 'even'],
};

// icon draws one of the shapes above in the colour of the text.
export function icon(name) {
  const [d, how] = PATHS[name] ?? PATHS.loading;
  const make = (tag, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    return node;
  };
  const svg = make('svg', { viewBox: '0 0 14 14', 'aria-hidden': 'true' });
  const stroke = { fill: 'none', stroke: 'currentColor', 'stroke-width': '2', 'stroke-linecap': 'round' };
  const look = how === 'stroke' ? stroke
    : how === 'dash' ? { ...stroke, 'stroke-linecap': 'butt', 'stroke-dasharray': '2.6 2.6' }
    : { fill: 'currentColor', 'fill-rule': how === 'even' ? 'evenodd' : 'nonzero' };
  svg.append(make('path', { d, ...look }));
  return svg;
}

// setState writes a state into a .status element: shape, word and, where the
// element has a place for it, what goes on beside them.
export function setState(node, state, word, rate = '') {
  if (node.dataset.state !== state || !$('.shape svg', node)) {
    node.dataset.state = state;
    $('.shape', node).replaceChildren(icon(state));
  }
  setText($('.word', node), word);
  const beside = $('.rate', node);
  if (beside) setText(beside, rate);
}
