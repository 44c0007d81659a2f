// Bars inside tables: the picture and its figures are one thing.

/**
 * A table with a bar in every row. Options: `name`, `label` (head of the first column), `unit`, `rows` of {label,
 * parts of {value, color, name}, value, more}, `heads` of further columns, `texts` (columns that are no numbers),
 * `total` (the length of a full bar).
 */
function barTable(options) {
  const rows = list(options.rows);
  if (!rows.length) return paragraph(t('nothing'), 'note');
  const size = (row) => sum(row.parts.map((part) => Math.abs(part.value) || 0));
  const largest = Math.max(...rows.map(size), 1e-12);
  // A minus too small to be seen takes no half of the picture.
  const hasMinus = rows.some((row) => row.parts.some((part) => part.value < -0.02 * largest));
  const most = options.total || largest;
  const share = (value) => (100 * Math.abs(value || 0)) / most / (hasMinus ? 2 : 1);
  const bar = (row) => {
    const minus = hasMinus && row.parts[0].value < 0;
    const start = hasMinus ? (minus ? 50 - share(size(row)) : 50) : 0;
    const parts = row.parts
      .filter((part) => part.value)
      .map((part) =>
        el('i', { style: `width:${share(part.value).toFixed(2)}%;background:${part.color}`, title: part.name }),
      );
    return el(
      'div',
      { class: hasMinus ? 'bar both' : 'bar', 'aria-hidden': 'true' },
      el('i', { style: `width:${start.toFixed(2)}%` }),
      parts,
    );
  };
  const value = (row) => (row.value === undefined ? num(sum(row.parts.map((part) => part.value))) : row.value);
  const unit = options.unit ? t('unit.' + options.unit) : t('value');
  const heads = [
    options.label,
    el('span', { class: 'unseen' }, t('bar')),
    options.head || unit,
    ...list(options.heads),
  ];
  const cells = rows.map((row) => [row.label, bar(row), value(row), ...list(row.more)]);
  const node = table(options.name, heads, cells, {
    left: 2,
    texts: options.texts,
    hideCaption: options.hideCaption,
  });
  node.classList.add('bars');
  return node;
}

/** What the colours of parts mean. */
const keyOf = (parts) => legend(parts, []);
