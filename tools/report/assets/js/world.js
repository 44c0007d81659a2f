// A world: what it holds, what is published of it, what is assumed.
const ORIGINS = ['published', 'derived', 'assumed', 'unused'];

function worldPage(entry) {
  const a = entry.account;
  const figures = list(a.figures).map(object);
  return [
    el(
      'p',
      { class: 'lead' },
      t('world.lead', { n: num(figures.length), assumed: num(of(figures, 'assumed').length) }),
    ),
    section(t('world.totals'), () => worldTotals(a)),
    section(t('districts'), () => worldDistricts(a)),
    section(
      t('world.figures'),
      () => [
        barTable({
          name: t('world.figures'),
          hideCaption: true,
          label: t('world.origin'),
          unit: 'figures',
          rows: ORIGINS.map((o) => ({
            label: t('origin.' + o),
            parts: [{ value: of(figures, o).length, color: 'var(--c-ev)' }],
            value: num(of(figures, o).length),
          })),
        }),
        ...sections(figures).map(([name, rows]) =>
          fold(
            'world' + a.digest + name,
            t('world.section', {
              name: word('section', name),
              n: rows.length,
              assumed: of(rows, 'assumed').length,
            }),
            () => figureTable(name, rows),
          ),
        ),
      ],
      t('world.figures.intro'),
    ),
  ];
}

const of = (figures, origin) => figures.filter((figure) => figure.origin === origin);

function sections(figures) {
  const found = new Map();
  for (const figure of figures) found.set(figure.section, [...(found.get(figure.section) || []), figure]);
  return [...found];
}

function figureTable(name, rows) {
  const value = (text) => String(text || '').replace(/,(?=\S)/g, ', ');
  return table(
    name,
    [t('figure'), t('value'), t('world.origin'), t('source')],
    rows.map((f) => [f.path || f.section, value(f.value) || '–', word('origin', f.origin), f.source]),
    { texts: [1, 2, 3], sources: true, hideCaption: true },
  );
}

function worldTotals(a) {
  const published = {};
  for (const row of list(a.published)) published[row.key] = row;
  const units = {
    batteries_mwh: 'mwh',
    chargers_mw: 'mw',
    pv_mw: 'mw',
    storage_mw: 'mw',
    storage_mwh: 'mwh',
    transformers_mva: 'mva',
    substations_mw: 'mw',
  };
  const totals = Object.entries(object(a.totals)).map(([key, value]) => [
    word('agents', key),
    value,
    units[key] || '',
    key,
  ]);
  const others = list(a.published)
    .filter((row) => !own(object(a.totals), row.key))
    .map((row) => [
      word('published', row.key),
      num(row.value) + ' ' + (row.unit ? word('unit', row.unit.toLowerCase()) : ''),
      row.source,
    ]);
  return [
    beside(totals, published),
    others.length
      ? [
          el('h4', {}, t('world.others')),
          table(t('world.others'), [t('figure'), t('published'), t('source')], others, {
            texts: [2],
            sources: true,
            hideCaption: true,
          }),
        ]
      : null,
  ];
}

function worldDistricts(a) {
  const rows = list(a.districts).map((d) => [
    word('district', d.name),
    num(d.vehicles, 0),
    num(d.chargers, 0),
    num(d.v2g_guns, 0),
    num(d.buildings, 0),
    num(d.pv_mw),
    num(d.transformers, 0),
    num(d.transformers_mva, 0),
  ]);
  return table(
    t('districts'),
    [
      t('district'),
      t('agents.vehicles'),
      t('agents.chargers'),
      t('agents.v2g_guns'),
      t('agents.buildings'),
      t('kind.pv') + ', ' + t('unit.mw'),
      t('agents.transformers'),
      t('unit.mva'),
    ],
    rows,
    { hideCaption: true },
  );
}
