// Parts of runs, and futures of a snapshot side by side.

/** What to know of a run that is only a part of what was planned, and of events in it. */
function partOf(a) {
  const said = [];
  if (pick(a, 'resumed_from.time')) said.push(t('run.resumed', { time: when(pick(a, 'resumed_from.time')) }));
  if (a.ended_early) said.push(t('run.ended', { time: when(a.ended_early) }));
  for (const event of list(a.events).map(object)) {
    said.push(
      t('run.event', {
        event: called('event_id', event.event),
        asked: q(event.requested_mw, 'mw'),
        from: when(event.start),
        to: clock(ms(event.end)),
        called: num(event.vehicles_called, 0),
      }),
    );
  }
  return said.map((text) => paragraph(text, 'note'));
}

/** Local time of the first moment of a series: a run that was resumed has its second part alone. */
function seriesStart(a, series) {
  const start = ms(a.start);
  const from = ms(pick(a, 'resumed_from.time')) || start;
  return from - ((from - start) % (series.step_s * 1000));
}

function forkPage(entry) {
  const a = entry.account;
  const futures = list(a.futures).map(object);
  return [
    el('p', { class: 'lead' }, t('fork.lead', { n: num(futures.length, 0), time: when(pick(a, 'from.time')) })),
    section(t('fork.futures'), () => forkFutures(futures)),
    futures.some((future) => list(future.events).length) ? section(t('fork.events'), () => forkEvents(futures)) : null,
  ];
}

function forkFutures(futures) {
  const mwh = (name) => t(name) + ', ' + t('unit.mwh');
  const rows = futures.map((f) => ({
    label: f.name === 'unchanged' ? t('fork.unchanged') : String(f.name),
    value: num(f.peak_mw),
    parts: [{ value: f.peak_mw, color: 'var(--c-building)' }],
    more: [
      clock(ms(f.peak_time)),
      num(f.ev_peak_mw),
      num(pick(f, 'energy_mwh.grid_import'), 0),
      num(pick(f, 'energy_mwh.ev_charged')),
      num(pick(f, 'energy_mwh.ev_returned')),
      num(f.trips_late, 0),
      num(f.trips_unmet, 0),
    ],
  }));
  const heads = [
    t('peak_at'),
    t('ev_peak') + ', ' + t('unit.mw'),
    mwh('import_energy'),
    mwh('ev_energy'),
    mwh('fork.back'),
    t('fork.late'),
    t('fork.unmet'),
  ];
  const head = t('peak_load') + ', ' + t('unit.mw');
  return barTable({ name: t('fork.futures'), hideCaption: true, label: t('fork.future'), head, rows, heads });
}

function forkEvents(futures) {
  const rows = futures.flatMap((future) =>
    list(future.events)
      .map(object)
      .map((event) => ({
        label: String(future.name),
        value: num(event.delivered_mwh),
        parts: [{ value: event.delivered_mwh, color: 'var(--c-v2g)' }],
        more: [
          num(event.requested_mwh),
          when(event.start),
          clock(ms(event.end)),
          num(event.vehicles_called, 0),
          num(event.vehicles_discharging, 0),
        ],
      })),
  );
  const heads = [
    t('fork.asked') + ', ' + t('unit.mwh'),
    t('fork.from'),
    t('fork.to'),
    t('fork.called'),
    t('fork.discharging'),
  ];
  const head = t('fork.brought') + ', ' + t('unit.mwh');
  return barTable({ name: t('fork.events'), hideCaption: true, label: t('fork.future'), head, rows, heads });
}
