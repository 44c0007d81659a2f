// Elements. Text goes in as text only, so nothing in a file can become markup.
function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

const el = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

/** The width a chart has: that of the page, not of a hidden panel. */
function chartWidth() {
  const inner = Math.min(document.documentElement.clientWidth, 1120) - 32;
  return Math.max(280, Math.min(inner, 1056));
}

/** A table that scrolls within itself when it is too wide. Cells that are numbers in text stand to the right. */
function table(caption, heads, rows, options = {}) {
  const left = options.left || 1;
  const cell = (value, column, row) => {
    const side = column < left || (options.texts || []).includes(column) ? 'text' : 'number';
    if (column === 0) return el('th', { scope: 'row', class: side }, value);
    return el('td', { class: side }, value);
  };
  const head = (value, column) => {
    const side = column < left || (options.texts || []).includes(column) ? 'text' : 'number';
    return el('th', { scope: 'col', class: side }, value);
  };
  const name = caption && el('caption', options.hideCaption ? { class: 'unseen' } : {}, caption);
  return el(
    'div',
    {
      class: options.sources ? 'scroll sources' : 'scroll',
      tabindex: 0,
      role: 'group',
      'aria-label': caption || t('table'),
    },
    el(
      'table',
      {},
      name,
      el('thead', {}, el('tr', {}, heads.map(head))),
      el(
        'tbody',
        {},
        rows.map((row) => el('tr', {}, row.map(cell))),
      ),
    ),
  );
}

/** What can be opened. Its content is made when it is first opened, and it stays open through a redraw. */
function fold(key, summary, make) {
  const body = el('div', {});
  const fill = () => body.childNodes.length || body.append(...[make()].flat());
  const isOpen = state.open.has(key);
  if (isOpen) fill();
  const toggle = (event) => {
    if (event.target.open) fill();
    state.open[event.target.open ? 'add' : 'delete'](key);
  };
  return el('details', { open: isOpen, ontoggle: toggle }, el('summary', {}, summary), body);
}

/** A section with its heading. What goes wrong in it is told in its place and leaves the rest alone. */
function section(title, make, intro) {
  const made = attempt(make);
  if (made === null) return null;
  return el('section', {}, el('h3', {}, title), intro && el('p', { class: 'intro' }, intro), made);
}

/** What is made, or the words that it cannot be. */
function attempt(make) {
  try {
    return make();
  } catch (error) {
    return el('p', { class: 'note', role: 'alert' }, t('undrawn', { why: error && error.message }));
  }
}

/** Headline figures. */
function tiles(items) {
  const tile = ([name, value, more]) =>
    value !== undefined &&
    el('div', { class: 'tile' }, el('dt', {}, name), el('dd', {}, value, more && el('small', {}, more)));
  return el('dl', { class: 'tiles' }, items.filter((item) => item).map(tile));
}

/** Names and values, such as where a result comes from. */
function facts(items) {
  const known = items.filter((item) => item && item[1] !== undefined && item[1] !== null && item[1] !== '');
  return el(
    'dl',
    { class: 'facts' },
    known.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  );
}

const paragraph = (text, kind) => el('p', kind ? { class: kind } : {}, text);

/** A choice of one of several, as buttons in a row. `change` is called with the chosen key. */
function choice(name, options, chosen, change) {
  const group = el('div', { class: 'choice', role: 'group', 'aria-label': name });
  for (const [key, label, reason] of options) {
    const click = () => {
      for (const other of group.children) other.setAttribute('aria-pressed', String(other.dataset.key === key));
      change(key);
    };
    const attributes = { type: 'button', 'data-key': key, 'aria-pressed': String(key === chosen), onclick: click };
    group.append(el('button', { ...attributes, disabled: Boolean(reason), title: reason }, label));
  }
  return group;
}
