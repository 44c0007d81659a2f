// A response event, beside the same day without it.
function eventPage(entry) {
  const a = entry.account;
  const published = publishedFor(entry);
  const way = wayOf(entry);
  return [
    el(
      'p',
      { class: 'lead' },
      t('event.lead', {
        from: when(a.start),
        to: clock(ms(a.end)),
        mw: q(a.requested_mw, 'mw'),
        policy: word('policy', a.policy || '–'),
      }),
    ),
    a.called_off ? paragraph(t('event.called_off', { when: when(a.called_off) }), 'note') : null,
    section(t('headline'), () => eventHeadline(a, published)),
    section(t('event.curve'), () => eventCurves(a), t('event.curve.' + way)),
    section(t('event.energy'), () => eventEnergy(a, way)),
    section(t('event.funnel'), () => eventFunnel(a), t('event.funnel.intro')),
    section(t('event.turnout'), () => eventTurnout(a, way)),
    section(t('event.shortfall'), () => shortfall(a), t('event.shortfall.intro')),
    section(t('event.money'), () => money(entry), t('event.money.intro')),
    section(t('event.baselines'), () => baselines(a), t('event.baselines.intro')),
    section(t('event.harm'), () => harm(a)),
  ];
}

/** Which way the load was to go: `lower`, `higher`, or `either` where no file tells. */
function wayOf(entry) {
  const told = entry.account.direction || entry.beside.direction;
  return { reduce: 'lower', raise: 'higher' }[told] || 'either';
}

function eventHeadline(a, published) {
  const rows = [
    [t('event.vehicles'), takingPart(a), '', 'vehicles'],
    [t('event.discharging'), pick(a, 'vehicles.discharging'), '', 'discharging'],
    [t('event.stations'), a.turnout && a.turnout.members_invited, '', 'stations'],
    [t('event.delivered_energy'), pick(a, 'energy_kwh.reduction') / 1000, 'mwh', 'energy_mwh'],
  ];
  return [
    tiles([
      [t('event.delivered'), q(a.delivered_mw_mean, 'mw'), t('event.mean', { mw: q(a.requested_mw_mean, 'mw') })],
      [t('event.rate'), percent(a.response_rate)],
      [t('event.sustained'), percent(a.sustained_share, 0)],
      [
        t('event.ramp'),
        isNumber(a.ramp_s_to_90) ? q(a.ramp_s_to_90 / 60, 'min', 0) : t('never'),
        t('event.ramp.is'),
      ],
      [
        t('event.rebound'),
        q(a.rebound_peak_mw, 'mw'),
        t('event.rebound.is', { share: percent(a.rebound_energy_share, 0) }),
      ],
      [t('event.trips_harmed'), num(a.trips_harmed, 0)],
    ]),
    Object.keys(published).length
      ? [el('h4', {}, t('beside')), beside(rows, published)]
      : paragraph(t('note.no_published_event'), 'small'),
  ];
}

/** Those called, and those who had promised to wait and did. */
const takingPart = (a) => pick(a, 'turnout.vehicles_called') + (pick(a, 'turnout.put_off') || 0);

function eventCurves(a) {
  const curve = object(a.curve);
  const made = [];
  if (list(curve.delivered_mw).length) {
    const startMs = ms(curve.from);
    const band = { from: (ms(a.start) - startMs) / 6e4, to: (ms(a.end) - startMs) / 6e4, name: t('event.window') };
    const shared = { start: curve.from, step_s: curve.step_s, unit: 'mw', bands: [band] };
    made.push(
      timeChart({
        ...shared,
        name: t('event.curve'),
        lines: [
          {
            name: t('event.asked'),
            color: 'var(--c-asked)',
            values: list(curve.requested_mw),
            steps: true,
            dash: '6 4',
          },
          { name: t('event.came'), color: 'var(--c-ev)', values: list(curve.delivered_mw) },
        ],
      }),
    );
    if (list(curve.with_ev_mw).length) {
      made.push(
        el('h4', {}, t('event.ev')),
        timeChart({
          ...shared,
          name: t('event.ev'),
          lines: [
            { name: t('event.without'), color: 'var(--c-without)', values: list(curve.without_ev_mw), dash: '6 4' },
            { name: t('event.with'), color: 'var(--c-ev)', values: list(curve.with_ev_mw) },
          ],
        }),
      );
    }
    if (list(curve.with_mw).length) {
      const low = Math.min(...curve.with_mw, ...curve.without_mw);
      made.push(
        fold('eventnet' + a.event, t('event.net'), () =>
          timeChart({
            ...shared,
            name: t('event.net'),
            low,
            lines: [
              { name: t('event.without'), color: 'var(--c-without)', values: list(curve.without_mw), dash: '6 4' },
              { name: t('event.with'), color: 'var(--c-ev)', values: list(curve.with_mw) },
            ],
          }),
        ),
      );
    }
    made.push(el('h4', {}, t('event.quarters')));
  }
  const quarters = list(a.quarters);
  made.push(
    timeChart({
      start: pick(quarters[0], 'from') || a.start,
      step_s: 900,
      unit: 'mw',
      name: t('event.quarters'),
      lines: [
        {
          name: t('event.asked'),
          color: 'var(--c-asked)',
          values: quarters.map((r) => r.requested_mw),
          steps: true,
          dash: '6 4',
        },
        { name: t('event.truly'), color: 'var(--c-ev)', values: quarters.map((r) => r.delivered_mw), steps: true },
        {
          name: t('event.told'),
          color: 'var(--c-v2g)',
          values: quarters.map((r) => r.told_mw),
          steps: true,
          dash: '2 3',
        },
      ],
    }),
  );
  return made;
}

function eventEnergy(a, way) {
  const e = object(a.energy_kwh);
  const color = {
    charging: 'var(--c-ev)',
    discharge: 'var(--c-v2g)',
    buildings: 'var(--c-building)',
    storage: 'var(--c-storage)',
  };
  const rows = Object.keys(color)
    .filter((k) => isNumber(e[k]))
    .map((k) => ({
      label: t('event.by.' + (k === 'charging' && way === 'higher' ? 'charging.more' : k)),
      parts: [{ value: e[k] / 1000, color: color[k] }],
    }));
  return [
    paragraph(
      t(way === 'higher' ? 'event.energy.is.more' : 'event.energy.is', {
        asked: q(e.requested / 1000, 'mwh'),
        came: q(e.reduction / 1000, 'mwh'),
        before: q(e.before / 1000, 'mwh'),
      }),
    ),
    barTable({ name: t('event.energy'), hideCaption: true, label: t('event.by'), unit: 'mwh', rows }),
  ];
}

function eventFunnel(a) {
  const f = object(a.funnel);
  const rows = ['capable', 'enrolled', 'plugged', 'above_floor', 'able']
    .filter((k) => isNumber(f[k]))
    .map((k) => ({
      label: t('funnel.' + k),
      parts: [{ value: f[k], color: 'var(--c-v2g)' }],
      value: num(f[k], 0),
    }));
  return [
    barTable({ name: t('event.funnel'), hideCaption: true, label: t('funnel.step'), unit: 'vehicles', rows }),
    isNumber(f.one_way) ? paragraph(t('funnel.one_way', { n: num(f.one_way, 0) }), 'small') : null,
  ];
}

function eventTurnout(a, way) {
  const rows = Object.entries(object(a.turnout))
    .filter(([, n]) => isNumber(n))
    .map(([k, n]) => [word('turnout', k), num(n, 0)]);
  const more = [
    [t(way === 'higher' ? 'turnout.delivered.more' : 'turnout.delivered'), num(pick(a, 'vehicles.delivered'), 0)],
  ];
  return table(t('event.turnout'), [t('figure'), t('number')], [...rows, ...more], { hideCaption: true });
}

function shortfall(a) {
  const shares = Object.entries(object(a.shortfall_share)).filter(([, share]) => isNumber(share));
  const whole = sum(shares.map(([, share]) => share));
  if (whole <= 0) return paragraph(t('event.no_shortfall'));
  const parts = shares.map(([k, share]) => ({
    name: word('cause', k),
    color: 'var(--c-alert)',
    value: share * 100,
  }));
  const rows = parts
    .filter((part) => part.value > 0)
    .sort((x, y) => y.value - x.value)
    .map((part) => ({ label: part.name, parts: [part], value: percent(part.value / 100, part.value < 1 ? 2 : 1) }));
  rows.push({ label: t('sum'), parts: [], value: percent(whole) });
  return barTable({
    name: t('event.shortfall'),
    hideCaption: true,
    label: t('cause'),
    rows,
    total: 100,
    unit: 'percent',
  });
}

function money(entry) {
  const a = entry.account;
  const m = object(a.money_yuan);
  const rows = ['operator', 'owners', 'grid', 'wear']
    .filter((k) => isNumber(m[k]))
    .map((k) => ({
      label: word('party', k),
      parts: [
        { value: m[k], color: k === 'wear' ? 'var(--c-building)' : m[k] < 0 ? 'var(--c-alert)' : 'var(--c-v2g)' },
      ],
      value: num(m[k], 0),
    }));
  rows.push({ label: t('sum'), parts: [{ value: 0 }], value: num(m.sum, 0) });
  const operators = list(entry.beside.operators);
  const wear = object(a.wear_yuan_per_kwh);
  const shown = () => operatorTable(operators);
  return [
    a.settlement_error ? paragraph(t('event.unsettled', { why: String(a.settlement_error) }), 'note') : null,
    barTable({ name: t('event.money'), hideCaption: true, label: t('party'), unit: 'yuan', rows }),
    isNumber(m.buyback) ? paragraph(t('event.buyback', { yuan: q(m.buyback, 'yuan', 0) }), 'small') : null,
    isNumber(wear.low) ? paragraph(t('event.wear', { low: num(wear.low), high: num(wear.high) }), 'small') : null,
    operators.length ? fold('operators' + a.event, t('event.operators', { n: operators.length }), shown) : null,
  ];
}

function operatorTable(operators) {
  const yuan = ', ' + t('unit.yuan');
  const heads = [
    t('operator'),
    t('event.asked') + ', ' + t('unit.mwh'),
    t('credited') + ', ' + t('unit.mwh'),
    t('payment') + yuan,
    t('penalty') + yuan,
    t('operator_net') + yuan,
    t('owner_net') + yuan,
  ];
  const rows = operators.map((o) => [
    word('party', o.party),
    num(o.requested_kwh / 1000),
    num(o.credited_kwh / 1000),
    num(o.payment_yuan, 0),
    num(o.penalty_yuan, 0),
    num(o.operator_net_yuan, 0),
    num(o.owner_net_yuan, 0),
  ]);
  return table(t('event.operators', { n: operators.length }), heads, rows, { hideCaption: true });
}

function baselines(a) {
  const rows = Object.entries(object(a.baselines)).map(([name, row]) => {
    const b = object(row);
    const known = isNumber(b.bias_mw);
    return [
      word('baseline', name),
      known ? num(b.bias_mw) : '–',
      known ? num(b.rmse_mw) : '–',
      num(b.gaming_yuan, 0),
      b.why ? t('baseline.why', { why: whyNot(b.why) }) : '',
    ];
  });
  const mw = ', ' + t('unit.mw');
  return table(
    t('event.baselines'),
    [t('baseline'), t('bias') + mw, t('rmse') + mw, t('gaming') + ', ' + t('unit.yuan'), t('remark')],
    rows,
    { texts: [4], sources: true, hideCaption: true },
  );
}

/** The one reason that voltcity gives is translated; others stand as they are. */
function whyNot(why) {
  const found = /^(\d+) of the (\d+) days before the event are normal working days, (\d+) are needed$/.exec(why);
  return found ? t('baseline.few_days', { have: found[1], of: found[2], need: found[3] }) : why;
}

function harm(a) {
  const late = object(a.trips_late);
  const over = object(a.overload_minutes);
  const rows = [
    [t('harm.trips'), num(a.trips_harmed, 0), ''],
    [t('harm.late'), num(late.with, 0), num(late.without, 0)],
    [t('harm.minutes'), num(over.with, 0), num(over.without, 0)],
    [t('harm.pushed'), num(a.transformers_pushed_over, 0), ''],
    [t('harm.relieved'), num(a.transformers_relieved, 0), ''],
  ];
  return table(t('event.harm'), [t('figure'), t('event.with'), t('event.without')], rows, { hideCaption: true });
}
