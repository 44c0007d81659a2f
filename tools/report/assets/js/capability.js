// What of the connected load can be changed, and what two-way guns bring.
const CLASSES = ['second', 'minute', 'hour', 'day-ahead'];
const CLASS_COLORS = {
  second: 'var(--c-v2g)',
  minute: 'var(--c-storage)',
  hour: 'var(--c-ev)',
  'day-ahead': 'var(--c-pv)',
};

function capabilityPage(entry) {
  const a = entry.account;
  const published = publishedFor(entry);
  const kinds = Object.entries(object(a.kinds));
  return [
    el('p', { class: 'lead' }, t('capability.lead', { at: when(a.at), n: num(pick(a, 'resources_heard'), 0) })),
    section(t('headline'), () => [
      tiles([
        [
          t('capability.adjustable'),
          q(pick(a, 'city.adjustable_mw'), 'mw', 0),
          t('capability.at', { at: clock(ms(a.at)) }),
        ],
        [t('capability.connected'), q(pick(a, 'city.connected_mw'), 'mw', 0)],
        [t('capability.up'), q(pick(a, 'city.up_mw.hour'), 'mw', 0), t('capability.for_hour')],
        [t('capability.resources'), num(pick(a, 'city.resources'), 0)],
      ]),
      beside(
        [
          [t('capability.adjustable'), pick(a, 'city.adjustable_mw'), 'mw', 'vpp_adjustable_mw'],
          [t('capability.resources'), a.resources_joined, '', 'resources'],
        ],
        published,
      ),
      Object.keys(published).length ? null : paragraph(t('note.no_published'), 'note'),
    ]),
    section(
      t('capability.day'),
      () => ['down', 'up'].map((way) => capabilityDay(a, way)),
      t('capability.day.intro'),
    ),
    section(
      t('capability.kinds', { at: clock(ms(a.at)) }),
      () => ['down', 'up'].map((way) => capabilityKinds(kinds, way)),
      t('capability.kinds.intro'),
    ),
    section(t('districts'), () => capabilityDistricts(a)),
    section(t('funnel'), () => eventFunnel({ funnel: a.v2g_funnel }), t('event.funnel.intro')),
  ];
}

function capabilityDay(a, way) {
  const hours = list(a.hours);
  const lines = CLASSES.filter((c) => hours.some((h) => isNumber(pick(h, way + '_mw.' + c)))).map((c) => ({
    name: t('response.' + c),
    color: CLASS_COLORS[c],
    values: hours.map((h) => pick(h, way + '_mw.' + c)),
    steps: true,
    dash: c === 'day-ahead' ? '3 4' : undefined,
  }));
  const title = t('capability.' + way + '.day');
  return [
    el('h4', {}, title),
    timeChart({ start: String(a.at).slice(0, 10), step_s: 3600, unit: 'mw', name: title, lines }),
  ];
}

function capabilityKinds(kinds, way) {
  const rows = kinds.map(([kind, row]) => ({
    label: word('resource', kind),
    size: pick(row, way + '_mw.hour') || 0,
    parts: [{ value: pick(row, way + '_mw.hour') || 0, color: 'var(--c-ev)' }],
    more: [
      num(pick(row, way + '_mw.minute')),
      num(pick(row, way + '_mw.second')),
      num(row.connected_mw),
      num(row.resources, 0),
    ],
  }));
  rows.sort((x, y) => y.size - x.size);
  const title = t('capability.' + way + '.kind');
  return [
    el('h4', {}, title),
    barTable({
      name: title,
      hideCaption: true,
      label: t('resource'),
      unit: 'mw_hour',
      rows,
      heads: [t('unit.mw_minute'), t('unit.mw_second'), t('capability.connected_mw'), t('number')],
    }),
  ];
}

function capabilityDistricts(a) {
  const rows = Object.entries(object(a.districts)).map(([name, row]) => ({
    label: word('district', name),
    size: pick(row, 'down_mw.hour') || 0,
    parts: [{ value: pick(row, 'down_mw.hour') || 0, color: 'var(--c-ev)' }],
    more: [num(pick(row, 'up_mw.hour')), num(row.resources, 0)],
  }));
  rows.sort((x, y) => y.size - x.size);
  return barTable({
    name: t('districts'),
    hideCaption: true,
    label: t('district'),
    unit: 'mw_down',
    rows,
    heads: [t('unit.mw_up'), t('capability.resources')],
  });
}

/** A study: ladders of worlds, and what each rung brings. */
function studyPage(entry) {
  const a = entry.account;
  return [
    el(
      'p',
      { class: 'lead' },
      t('study.lead', { study: called('study_name', a.study), at: when(a.at), hold: q(a.hold_s / 60, 'min', 0) }),
    ),
    ...list(a.ladders).map((ladder, i) =>
      section(t('study.ladder', { n: i + 1, name: word('ladder', ladder.name) }), () => studyLadder(ladder)),
    ),
  ];
}

function studyLadder(ladder) {
  const rows = list(ladder.rungs).map((r) => ({
    label: percent(r.share, 0),
    value: num(r.mw_within_limits),
    parts: [
      { value: r.mw_sold_already, color: 'var(--c-pv)' },
      { value: r.mw_within_limits - r.mw_sold_already, color: 'var(--c-v2g)' },
    ],
    more: [
      num(r.mw_sold_already),
      num(r.two_way_guns, 0),
      num(pick(r, 'funnel.plugged'), 0),
      num(pick(r, 'funnel.able'), 0),
      num(pick(r, 'binding.transformers'), 0),
    ],
  }));
  const heads = [t('study.sold'), t('study.guns'), t('funnel.plugged'), t('funnel.able'), t('study.binding')];
  const saturates = isNumber(ladder.saturates_at)
    ? t('study.saturates', { share: percent(ladder.saturates_at, 0) })
    : t('study.grows');
  return [
    paragraph(saturates),
    keyOf([
      { name: t('study.sold'), color: 'var(--c-pv)' },
      { name: t('study.added'), color: 'var(--c-v2g)' },
    ]),
    barTable({
      name: word('ladder', ladder.name),
      hideCaption: true,
      label: t('study.share'),
      unit: 'mw',
      rows,
      heads,
    }),
  ];
}
