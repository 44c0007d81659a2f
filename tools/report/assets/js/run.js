// A run: a day, or several, of the city.
const PLACES = ['home', 'public_ac', 'public_dc', 'depot'];
const PLACE_COLORS = {
  home: 'var(--c-storage)',
  public_ac: 'var(--c-ev2)',
  public_dc: 'var(--c-ev)',
  depot: 'var(--c-v2g)',
};

/** Published figures by key, from wherever the files of one world tell them. */
function publishedFor(entry) {
  const found = {};
  const add = (value) => {
    for (const row of Array.isArray(value)
      ? value
      : Object.entries(object(value)).map(([key, row]) => ({ key, ...row }))) {
      if (row && isNumber(row.value) && !own(found, row.key)) found[row.key] = row;
    }
  };
  add(entry.beside.published);
  add(entry.account.published);
  for (const other of DATA.entries) {
    // An event's `vehicles` are those that took part, not those of the city.
    const isOfCity = entry.kind !== 'event' && other.kind === 'world' && sameWorld(entry, other);
    if (isOfCity) add(other.account.published);
  }
  return found;
}

function sameWorld(entry, world) {
  const digest = entry.account.world_digest || pick(entry.account, 'run.digest');
  return digest ? digest === world.account.digest : worldOf(entry) === world.account.world;
}

const worldOf = (entry) => entry.account.world || pick(entry.account, 'run.world') || '–';

const signed = (x) => (x > 0.0005 ? '+' : '') + percent(x);

/** Rows of figures beside published ones. `items`: [label, value of the twin, unit, key of what is published]. */
function beside(items, published) {
  const rows = items
    .filter(([, value]) => isNumber(value))
    .map(([label, value, unit, key, plain]) => {
      const known = published[key];
      const apart = known && known.value ? signed(value / known.value - 1) : '–';
      const show = (x) => (unit ? q(x, unit, plain ? 0 : undefined) : num(x, plain ? 0 : undefined));
      return [label, show(value), known ? show(known.value) : '–', apart, known ? known.source : '–'];
    });
  return table(t('beside'), [t('figure'), t('twin'), t('published'), t('apart'), t('source')], rows, {
    texts: [4],
    sources: true,
    hideCaption: true,
  });
}

function runPage(entry) {
  const a = entry.account;
  const published = publishedFor(entry);
  return [
    el(
      'p',
      { class: 'lead' },
      t('run.lead', {
        date: date(ms(a.start)),
        days: t(a.days === 1 ? 'day' : 'days', { n: num(a.days) }),
        step: num(a.step_s),
        seed: a.seed,
      }),
    ),
    ...partOf(a),
    section(t('headline'), () => runHeadline(a, published)),
    section(t('load'), () => loadCharts(a)),
    section(t('charged'), () => chargedByPlace(a), t('charged.intro')),
    entry.beside.zones
      ? section(
          t('map'),
          () => zoneMap(entry.beside.zones, entry.beside.stations, ms(a.start), 'map' + DATA.entries.indexOf(entry)),
          t('map.intro'),
        )
      : null,
    entry.beside.districts ? section(t('districts'), () => districts(entry)) : null,
    section(t('wires'), () => wires(entry), t('wires.intro')),
    section(t('service'), () => service(a)),
    section(t('balance'), () => balance(a), t('balance.intro')),
  ];
}

function runHeadline(a, published) {
  const perYear = (pick(a, 'energy_kwh.ev_charged_ac') / 1e9) * (365 / (a.days || 1));
  const headline = tiles([
    [t('peak'), q(a.peak_mw, 'mw', 0), t('at', { time: when(a.peak_time) })],
    [t('ev_peak'), q(a.ev_peak_mw, 'mw', 0), t('at', { time: when(a.ev_peak_time) })],
    [
      t('ev_energy'),
      q(pick(a, 'energy_kwh.ev_charged_ac') / 1000, 'mwh', 0),
      t('of_import', { share: percent(pick(a, 'energy_kwh.ev_charged_ac') / pick(a, 'energy_kwh.grid_import')) }),
    ],
    [t('pv_energy'), q(pick(a, 'energy_kwh.pv') / 1000, 'mwh', 0)],
    [t('unmet'), num(pick(a, 'ev.trips_unmet'), 0), t('of_trips', { n: num(pick(a, 'ev.trips'), 0) })],
    [
      t('overloaded'),
      num(pick(a, 'overload.transformers'), 0),
      t('of_all', { n: num(pick(a, 'agents.transformers'), 0) }),
    ],
  ]);
  const rows = beside(
    [
      [t('peak'), a.peak_mw, 'mw', 'peak_mw', true],
      [t('load_factor'), a.load_factor, '', ''],
      [t('ev_year'), perYear, 'twh', 'ev_twh_per_year'],
      [t('class.taxi') + t('comma') + t('km_day'), pick(a, 'ev_by_class.taxi.km_per_day'), 'km', 'taxi_km_per_day'],
      [
        t('class.ride_hailing') + t('comma') + t('km_day'),
        pick(a, 'ev_by_class.ride_hailing.km_per_day'),
        'km',
        'ride_hailing_km_per_day',
      ],
      [t('agents.vehicles'), pick(a, 'agents.vehicles'), '', 'vehicles'],
      [t('agents.chargers'), pick(a, 'agents.chargers'), '', 'chargers'],
      [t('agents.aggregators'), pick(a, 'agents.aggregators'), '', 'aggregators'],
    ],
    published,
  );
  const none = Object.keys(published).length ? null : paragraph(t('note.no_published'), 'note');
  return [headline, rows, paragraph(t('beside.intro'), 'small'), none];
}

function loadCharts(a) {
  const curve = list(a.load_curve_15min);
  const of = (f) => curve.map((row) => f(object(row)));
  const step = a.load_curve_interval_s || 900;
  const start = pick(curve[0], 'time') || a.start;
  const storage = (sign) => of((r) => (isNumber(r.storage_mw) && r.storage_mw * sign > 0 ? r.storage_mw : 0));
  const minus = (values) => values.map((value) => (isNumber(value) ? -value : 0));
  const shared = { start, step_s: step, unit: 'mw' };
  const ev = { name: t('kind.ev'), color: 'var(--c-ev)', values: of((r) => r.ev_charged_mw) };
  const pv = { name: t('kind.pv'), color: 'var(--c-pv)', values: minus(of((r) => r.pv_mw)) };
  const charging = { name: t('kind.storage_in'), color: 'var(--c-storage)', values: storage(1) };
  const giving = { name: t('kind.storage_out'), color: 'var(--c-storage2)', values: storage(-1) };
  const v2g = { name: t('kind.v2g'), color: 'var(--c-v2g)', values: minus(of((r) => r.ev_returned_mw)) };
  const buildings = { name: t('kind.buildings'), color: 'var(--c-building)', values: of((r) => r.building_mw) };
  const net = { name: t('kind.net'), color: 'var(--ink)', values: of((r) => r.net_mw), width: 2.5 };
  return [
    timeChart({ ...shared, name: t('load.all'), stacks: [buildings, ev, charging, pv, giving, v2g], lines: [net] }),
    el('h4', {}, t('load.without')),
    paragraph(t('load.without.is'), 'intro'),
    timeChart({ ...shared, name: t('load.without'), stacks: [ev, charging, pv, giving, v2g] }),
  ];
}

function chargedByPlace(a) {
  const classes = Object.entries(object(a.ev_by_class));
  const parts = (row) =>
    PLACES.map((place) => ({
      name: t('place.' + place),
      color: PLACE_COLORS[place],
      value: (pick(row, 'charged_kwh.' + place) || 0) / 1000,
    }));
  const rows = classes.map(([name, row]) => ({
    label: word('class', name),
    parts: parts(row),
    more: [
      num(row.vehicles, 0),
      num(row.km_per_day),
      num(sum(PLACES.map((place) => pick(row, 'sessions.' + place))), 0),
    ],
  }));
  const names = PLACES.map((place) => ({ name: t('place.' + place), color: PLACE_COLORS[place] }));
  const full = () =>
    table(
      t('charged'),
      [t('class'), ...names.map((n) => n.name + ', ' + t('unit.mwh'))],
      classes.map(([name, row]) => [word('class', name), ...parts(row).map((part) => num(part.value))]),
      { hideCaption: true },
    );
  return [
    keyOf(names),
    barTable({
      name: t('charged'),
      hideCaption: true,
      label: t('class'),
      unit: 'mwh',
      rows,
      heads: [t('agents.vehicles'), t('km_day'), t('sessions')],
    }),
    fold('places', t('as_table'), full),
  ];
}

function districts(entry) {
  const d = entry.beside.districts;
  const hours = d.step_s / 3600;
  const rated = ratedByDistrict(entry);
  const rows = list(d.ids).map((id, i) => {
    const net = list(d.net_kw[i]).filter(isNumber);
    const peak = Math.max(...net);
    const time = seriesStart(entry.account, d) + list(d.net_kw[i]).indexOf(peak) * d.step_s * 1000;
    const energy = (field) => (sum(list(d[field][i])) * hours) / 1000;
    const name = list(d.names)[i] || id;
    const more = [clock(time), num(energy('net_kw'), 0), num(energy('ev_charged_kw')), num(energy('pv_kw'))];
    if (rated) more.push(num(rated[name], 0), percent(peak / 1000 / rated[name], 0));
    const parts = [{ value: peak / 1000, color: 'var(--c-building)' }];
    return { peak, label: word('district', name), parts, value: num(peak / 1000, 0), more };
  });
  rows.sort((x, y) => y.peak - x.peak);
  const more = (name) => t(name) + ', ' + t('unit.mwh');
  const heads = [t('peak_at'), more('import_energy'), more('ev_energy'), more('pv_energy')];
  if (rated) heads.push(t('agents.transformers_mva') + ', ' + t('unit.mva'), t('peak_of_rated'));
  const head = t('peak_load') + ', ' + t('unit.mw');
  return barTable({ name: t('districts'), hideCaption: true, label: t('district'), head, rows, heads });
}

/** What the transformers of each district are rated for, in MVA, if the world is among the files. */
function ratedByDistrict(entry) {
  const world = DATA.entries.find((other) => other.kind === 'world' && sameWorld(entry, other));
  const rows = world
    ? list(world.account.districts)
        .map(object)
        .filter((row) => row.transformers_mva > 0)
    : [];
  return rows.length ? Object.fromEntries(rows.map((row) => [row.name, row.transformers_mva])) : null;
}

function wires(entry) {
  const a = entry.account;
  const over = object(a.overload);
  const rows = list(a.worst_transformers)
    .map((row) => object(row))
    .map((row) => ({
      label: t('transformer.id', { id: row.id }),
      parts: [{ value: row.loading * 100, color: row.loading > 1 ? 'var(--c-alert)' : 'var(--c-building)' }],
      value: percent(row.loading, 0),
      more: [
        num(row.minutes, 0),
        num(row.rating_kva, 0),
        list(row.serves)
          .map((s) => word('serves', s))
          .join(t('comma')),
        String(row.zone === undefined ? '–' : row.zone),
        word('district', row.district || '–'),
      ],
    }));
  const heads = [t('overload_min'), t('rating'), t('serves'), t('zone'), t('district')];
  return [
    paragraph(
      t('wires.over', {
        transformers: num(over.transformers, 0),
        all: num(pick(a, 'agents.transformers'), 0),
        minutes: num(over.minutes, 0),
        feeders: num(over.feeders, 0),
        substations: num(over.substations, 0),
      }),
    ),
    rows.length ? el('h4', {}, t('worst')) : null,
    rows.length
      ? barTable({
          name: t('worst'),
          hideCaption: true,
          label: t('transformer'),
          head: t('loading'),
          rows,
          heads,
          texts: [5, 6, 7],
        })
      : null,
    entry.beside.feeders ? feederClasses(entry.beside.feeders) : null,
  ];
}

function feederClasses(f) {
  const name = (k) => {
    const of = f.of_limit ? (x) => num(x * 100, 0) : (x) => num(x, 1);
    const from = of(k * f.class);
    return k === f.classes.length - 1 ? '≥ ' + from : from + '–' + of((k + 1) * f.class);
  };
  const unit = t(f.of_limit ? 'unit.percent' : 'unit.mw');
  const rows = f.classes.map((count, k) => ({
    label: name(k) + ' ' + unit,
    value: num(count, 0),
    parts: [{ value: count, color: f.of_limit && k * f.class >= 1 ? 'var(--c-alert)' : 'var(--c-building)' }],
  }));
  const last = rows.reduce((end, row, k) => (row.parts[0].value ? k : end), 0);
  const title = t(f.of_limit ? 'feeders.loading' : 'feeders.power');
  return [
    el('h4', {}, title),
    paragraph(t(f.of_limit ? 'feeders.loading.is' : 'feeders.power.is', { n: num(f.feeders, 0) }), 'intro'),
    barTable({
      name: title,
      hideCaption: true,
      label: t('feeders.peak'),
      rows: rows.slice(0, last + 1),
      unit: 'feeders',
    }),
  ];
}

function service(a) {
  const ev = object(a.ev);
  const rows = [
    [t('service.trips'), num(ev.trips, 0), ''],
    [t('service.unmet'), num(ev.trips_unmet, 0), percent(ev.trips_unmet / ev.trips, 2)],
    [t('service.late'), num(ev.trips_late, 0), percent(ev.trips_late / ev.trips, 2)],
    [t('service.sessions'), num(ev.sessions, 0), ''],
    [t('service.interrupted'), num(ev.sessions_interrupted, 0), percent(ev.sessions_interrupted / ev.sessions, 2)],
    [
      t('service.queue'),
      num(ev.queued_minutes / 60, 0) + ' ' + t('unit.h'),
      t('service.per_session', { min: num(ev.queued_minutes / ev.sessions) }),
    ],
    [t('service.gave_up'), num(ev.gave_up, 0), percent(ev.gave_up / ev.sessions, 2)],
    [
      t('service.plugged'),
      num(ev.vehicles_plugged_mean, 0),
      percent(ev.vehicles_plugged_mean / pick(a, 'agents.vehicles'), 1),
    ],
  ];
  return table(t('service'), [t('figure'), t('number'), t('share')], rows, { hideCaption: true });
}

function balance(a) {
  const e = object(a.energy_kwh);
  const mwh = (x) => num(x / 1000);
  const rows = [
    [t('balance.import'), mwh(e.grid_import), ''],
    [t('balance.pv'), mwh(e.pv), ''],
    [t('balance.export'), '', mwh(e.grid_export)],
    [t('balance.buildings'), '', mwh(e.building)],
    [t('balance.driving'), '', mwh(e.driving)],
    [t('balance.losses'), '', mwh(e.losses)],
    [t('balance.vehicles'), '', mwh(e.battery_gain - e.driving)],
    [t('balance.storage'), '', mwh(e.storage_gain)],
    [
      t('balance.sum'),
      mwh(e.grid_import + e.pv),
      mwh(e.grid_export + e.building + e.battery_gain + e.losses + e.storage_gain),
    ],
  ];
  const unit = ', ' + t('unit.mwh');
  return [
    table(t('balance'), [t('figure'), t('balance.in') + unit, t('balance.out') + unit], rows, {
      hideCaption: true,
    }),
    paragraph(t('balance.residual', { j: num(a.ledger_residual_j, 0) })),
  ];
}
