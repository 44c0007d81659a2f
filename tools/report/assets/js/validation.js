// A world beside measured charging.
const MEASURES = {
  busy_points: 'points',
  charging_point_hours: 'point_hours',
  energy_share: 'percent',
  utilisation: 'percent',
  point_hours_share: 'percent',
  point_hours_share_of_zones: 'percent',
};

function validationPage(entry) {
  const a = entry.account;
  const run = object(a.run);
  return [
    el(
      'p',
      { class: 'lead' },
      t('validation.lead', {
        from: date(ms(run.start), false),
        days: num(run.days),
        step: num(run.step_s),
        points: num(pick(a, 'left_out.points_surveyed'), 0),
      }),
    ),
    section(t('validation.bars'), () => bars(a), t('validation.bars.intro')),
    section(
      t('validation.hours'),
      () => ['weekday', 'weekend'].map((kind) => hourCharts(a, kind)),
      t('validation.hours.intro'),
    ),
    section(t('validation.daily'), () => daily(a)),
    section(t('validation.zones'), () => validationMap(entry), t('validation.zones.intro')),
    section(t('validation.districts'), () => validationDistricts(a)),
    section(t('validation.measures'), () => measures(a), t('validation.measures.intro')),
    section(t('validation.fleet'), () => validationFleet(a)),
  ];
}

/** Every object that has bars, with the path to it. */
function withBars(value, path = []) {
  return Object.entries(object(value)).flatMap(([key, inner]) => {
    const here = [...path, key];
    const own_ = inner && typeof inner === 'object' && !Array.isArray(inner);
    if (!own_) return [];
    return [
      ...(own(inner, 'bars') ? [[here, inner]] : []),
      ...withBars(inner, here).filter(([p]) => !p.includes('bars')),
    ];
  });
}

const named = (path) =>
  path
    .filter((p) => p !== 'hour_of_day')
    .map((p) => word('measure', p))
    .join(' · ');

/** Errors and shares are percentages; correlations and energies are not. */
const RATIOS = ['wape', 'wape_points_weighted', 'bias', 'bias_points_weighted'];
function measured(name, path, value) {
  const isShare = RATIOS.includes(name) || (name === 'simulated' && path.some((p) => p.includes('share')));
  return isShare ? percent(value) : path.includes('energy_gwh_181d') ? q(value, 'gwh') : num(value);
}

function bars(a) {
  const rows = withBars(a).flatMap(([path, value]) =>
    Object.entries(object(value.bars)).map(([name, bar]) => {
      const show = (x) => measured(name, path, x);
      const wanted = [
        isNumber(bar.at_least) ? t('at_least', { x: show(bar.at_least) }) : '',
        isNumber(bar.at_most) ? t('at_most', { x: show(bar.at_most) }) : '',
      ]
        .filter(Boolean)
        .join(t('comma'));
      return [
        named(path),
        word('measure', name),
        show(value[name]),
        wanted,
        el(
          'span',
          { class: bar.met ? 'met' : 'unmet' },
          (bar.met ? '✓ ' : '✗ ') + t(bar.met ? 'met' : 'unmet_bar'),
        ),
      ];
    }),
  );
  if (!rows.length) return paragraph(t('nothing'), 'note');
  return table(t('validation.bars'), [t('compared'), t('measure'), t('twin'), t('wanted'), t('result')], rows, {
    left: 2,
    texts: [3, 4],
    hideCaption: true,
  });
}

function hourCharts(a, kind) {
  const values = object(pick(a, 'hour_of_day.' + kind));
  return Object.keys(values)
    .filter((key) => list(pick(values, key + '.measured')).length)
    .map((key) => {
      const v = values[key];
      const unit = MEASURES[key] || 'value';
      const scale = (x) => (unit === 'percent' && isNumber(x) ? x * 100 : x);
      const title = t('measure.' + kind) + ' · ' + word('measure', key);
      const about = t('validation.fit', { wape: percent(v.wape), r: num(v.pearson, 2) });
      return [
        el('h4', {}, title),
        paragraph(about, 'intro'),
        timeChart({
          start: '2000-01-01T00:00',
          step_s: 3600,
          unit,
          name: title,
          lines: [
            { name: t('measured'), color: 'var(--c-without)', values: list(v.measured).map(scale), dash: '6 4' },
            { name: t('simulated'), color: 'var(--c-ev)', values: list(v.simulated).map(scale) },
          ],
        }),
      ];
    });
}

function daily(a) {
  const rows = list(pick(a, 'daily.rows')).map(object);
  if (!rows.length) return null;
  const bands = rows.flatMap((row, i) => (row.left_out ? [{ from: i * 1440, to: (i + 1) * 1440 }] : []));
  return [
    paragraph(t('validation.left_out'), 'intro'),
    ...['busy_points', 'charging_point_hours'].map((key) => {
      const v = object(pick(a, 'daily.' + key));
      const of = (suffix) => rows.map((row) => row[key + suffix]);
      const title = word('measure', key) + ' · ' + t('by_day');
      return [
        el('h4', {}, title),
        paragraph(t('validation.fit', { wape: percent(v.wape), r: num(v.pearson, 2) }), 'intro'),
        timeChart({
          start: rows[0].date,
          step_s: 86400,
          unit: MEASURES[key],
          name: title,
          bands,
          lines: [
            { name: t('measured'), color: 'var(--c-without)', values: of('_measured'), dash: '6 4' },
            { name: t('simulated'), color: 'var(--c-ev)', values: of('_simulated') },
          ],
        }),
      ];
    }),
  ];
}

function validationMap(entry) {
  const rows = list(pick(entry.account, 'zones.rows')).map(object);
  if (!entry.beside.map || !rows.length) return paragraph(t('note.no_zone_rows', { file: entry.source }), 'note');
  const key = 'validation' + DATA.entries.indexOf(entry);
  const kept = state.kept[key] || (state.kept[key] = { mode: 'measured' });
  const { root, cells } = drawMap(
    entry.beside.map,
    rows.map((row) => row.district),
    t('validation.zones'),
  );
  const limits = bounds(rows.flatMap((row) => [row.measured * 100, row.simulated * 100]));
  const told = el('p', { class: 'readout', 'aria-live': 'polite' }, t('map.hint'));
  cells.forEach((cell, i) =>
    cell.addEventListener('pointerenter', () => {
      const row = rows[i];
      told.textContent = t('validation.zone', {
        zone: t('zone.id', { id: row.zone }),
        district: word('district', row.district),
        measured: percent(row.measured),
        simulated: percent(row.simulated),
        points: num(row.points, 0),
      });
    }),
  );
  const paint = (mode) => {
    kept.mode = mode;
    cells.forEach((cell, i) => {
      cell.style.fill = shade(rows[i][mode] * 100, limits);
    });
  };
  paint(kept.mode);
  const z = object(pick(entry.account, 'zones.utilisation'));
  const full = () =>
    table(
      t('validation.zones'),
      [t('zone'), t('district'), t('agents.points'), t('measured'), t('simulated')],
      rows.map((row) => [
        t('zone.id', { id: row.zone }),
        word('district', row.district),
        num(row.points, 0),
        percent(row.measured),
        percent(row.simulated),
      ]),
      { left: 2, hideCaption: true },
    );
  return [
    paragraph(t('validation.zones.fit', { rank: num(z.spearman, 2), wape: percent(z.wape_points_weighted) })),
    choice(
      t('map.show'),
      [
        ['measured', t('measured')],
        ['simulated', t('simulated')],
      ],
      kept.mode,
      paint,
    ),
    scaleKey(limits, 'percent'),
    root,
    told,
    paragraph(t('map.datum.equal'), 'small'),
    fold(key, t('as_table'), full),
  ];
}

function validationDistricts(a) {
  const v = object(pick(a, 'districts.point_hours_share'));
  const names = list(v.districts);
  if (!names.length) return null;
  const rows = names.map((name, i) => [word('district', name), percent(v.measured[i]), percent(v.simulated[i])]);
  return table(t('validation.districts'), [t('district'), t('measured'), t('simulated')], rows, {
    hideCaption: true,
  });
}

function measures(a) {
  const found = [];
  const walk = (value, path) => {
    for (const [key, inner] of Object.entries(object(value))) {
      if (isNumber(pick(inner, 'wape'))) found.push([[...path, key], inner]);
      else if (key !== 'bars' && key !== 'fleet') walk(inner, [...path, key]);
    }
  };
  walk(a, []);
  const rows = found.map(([path, m]) => [
    named(path),
    num(m.n, 0),
    scaled(path, m.mean_measured),
    scaled(path, m.mean_simulated),
    percent(m.bias),
    percent(m.wape),
    num(m.pearson, 2),
    num(m.spearman, 2),
  ]);
  return table(
    t('validation.measures'),
    [
      t('compared'),
      t('measure.n'),
      t('measured'),
      t('simulated'),
      t('measure.bias'),
      t('measure.wape'),
      t('measure.pearson'),
      t('measure.spearman'),
    ],
    rows,
    { hideCaption: true },
  );
}

const scaled = (path, x) => (MEASURES[path[path.length - 1]] === 'percent' ? percent(x) : num(x));

function validationFleet(a) {
  const rows = [];
  const walk = (value, path) => {
    for (const [key, inner] of Object.entries(object(value))) {
      if (isNumber(pick(inner, 'simulated'))) {
        rows.push([
          [...path, key].map((p) => word('measure', p)).join(' · '),
          path[0] === 'energy_share' ? percent(inner.simulated) : num(inner.simulated),
          isNumber(inner.published) ? num(inner.published) : '–',
          inner.source || '–',
        ]);
      } else walk(inner, [...path, key]);
    }
  };
  walk(a.fleet, []);
  return rows.length
    ? table(t('validation.fleet'), [t('figure'), t('twin'), t('published'), t('source')], rows, {
        texts: [3],
        sources: true,
        hideCaption: true,
      })
    : null;
}
