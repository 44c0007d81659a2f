// The map of zones: cells around their centres, coloured by what happens in them at the moment of the slider.
const SHADES = ['var(--s0)', 'var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', 'var(--s5)', 'var(--s6)'];
const QUANTILES = [0.1, 0.28, 0.46, 0.64, 0.82, 0.95];
const FRAMES_PER_S = 5;

/** A number near to `x` that reads easily. */
function rounded(x) {
  if (!(x > 0)) return 0;
  const power = Math.pow(10, Math.floor(Math.log10(x)));
  const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  const near = steps.reduce((best, step) =>
    Math.abs(step - x / power) < Math.abs(best - x / power) ? step : best,
  );
  return Number((near * power).toPrecision(3));
}

/** Bounds of classes that have about as many values each, over all moments, so that colours keep their meaning. */
function bounds(values) {
  const known = values.filter((value) => isNumber(value) && value > 0).sort((a, b) => a - b);
  if (!known.length) return [];
  const found = QUANTILES.map((part) => rounded(known[Math.floor(part * (known.length - 1))]));
  return found.filter((bound, i) => bound > 0 && (i === 0 || bound > found[i - 1]));
}

function shade(value, limits) {
  if (!isNumber(value)) return 'var(--none)';
  return SHADES[shadeIndex(value, limits)];
}

function shadeIndex(value, limits) {
  const place = limits.filter((limit) => value >= limit).length;
  return Math.round((place * (SHADES.length - 1)) / Math.max(1, limits.length));
}

/** Which text, in which shade, stands for which class. */
function scaleKey(limits, unit) {
  const text = (i) => {
    if (i === 0) return limits.length ? '< ' + num(limits[0]) : t('all_alike');
    return i === limits.length ? '≥ ' + num(limits[i - 1]) : num(limits[i - 1]) + '–' + num(limits[i]);
  };
  const place = (i) => Math.round((i * (SHADES.length - 1)) / Math.max(1, limits.length));
  const items = Array.from({ length: limits.length + 1 }, (_, i) =>
    el('li', {}, el('i', { style: `background:${SHADES[place(i)]}` }), text(i)),
  );
  return el('ul', { class: 'scale' }, el('li', {}, t('unit.' + unit)), items);
}

const pathOf = (cell) => {
  const points = [];
  for (let k = 0; k + 1 < cell.length; k += 2) points.push(cell[k] + ' ' + cell[k + 1]);
  return points.length ? 'M' + points.join('L') + 'Z' : '';
};

function middleOf(cell) {
  const xs = cell.filter((_, k) => k % 2 === 0);
  const ys = cell.filter((_, k) => k % 2 === 1);
  return xs.length ? [sum(xs) / xs.length, sum(ys) / ys.length] : null;
}

/** Names of districts where there is room for them, those with most zones first. */
function districtNames(map, districts, scale) {
  const groups = new Map();
  districts.forEach((district, i) => {
    const middle = middleOf(list(map.cells[i]));
    if (district && middle) groups.set(district, [...(groups.get(district) || []), middle]);
  });
  const placed = [];
  const names = [];
  for (const [district, middles] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
    const [x, y] = [0, 1].map((k) => sum(middles.map((m) => m[k])) / middles.length);
    const name = word('district', district);
    const half = ((name.length * (state.lang === 'zh' ? 13 : 7)) / 2 + 4) * scale;
    const box = [x - half, x + half, y - 9 * scale, y + 9 * scale];
    const hits = placed.some((p) => box[0] < p[1] && box[1] > p[0] && box[2] < p[3] && box[3] > p[2]);
    if (hits || box[0] < 0 || box[1] > map.width) continue;
    placed.push(box);
    names.push(svg('text', { x, y: y + 4 * scale, class: 'place', style: `font-size:${12 * scale}px` }, name));
  }
  return names;
}

/** Cells, names, a scale and where the map has been cut. Returns the node and its cells. */
function drawMap(map, districts, name) {
  const width = chartWidth();
  const scale = map.width / width;
  const margin = 6 * scale;
  const foot = 22 * scale;
  const root = svg('svg', {
    viewBox: `${-margin} ${-margin} ${map.width + 2 * margin} ${map.height + 2 * margin + foot}`,
    width,
    role: 'img',
    class: 'map',
    'aria-label': name,
  });
  const cells = list(map.cells).map((cell) => svg('path', { d: pathOf(cell), 'stroke-width': 0.6 * scale }));
  const cuts = list(map.cuts).map((x) =>
    svg('line', {
      x1: x,
      x2: x,
      y1: 0,
      y2: map.height,
      class: 'cut',
      'stroke-width': 1.5 * scale,
      'stroke-dasharray': `${6 * scale} ${5 * scale}`,
    }),
  );
  const km = map.width > 6000 ? 10 : map.width > 1500 ? 2 : 0.5;
  const y = map.height + 12 * scale;
  const ruler = [
    svg('line', { x1: 0, x2: km * 100, y1: y, y2: y, class: 'ruler', 'stroke-width': 2 * scale }),
    svg(
      'text',
      { x: km * 100 + 6 * scale, y: y + 4 * scale, class: 'tick', style: `font-size:${12 * scale}px` },
      num(km) + ' ' + t('unit.km'),
    ),
  ];
  root.append(...cells, ...cuts, ...ruler, ...districtNames(map, districts, scale));
  return { root, cells };
}

/** What a map of a run can show: key, unit, value of zone `i` at moment `f`, and what it needs. */
function zoneModes(zones) {
  const about = list(zones.about).map((row) => list(row));
  const [area, limit, points] = [2, 3, 5].map((k) => about.map((row) => row[k]));
  const areaIsKnown = area.some(isNumber);
  const at = (field, i, f) => list(list(zones[field])[i])[f];
  const per = (value, by) => (isNumber(value) && by > 0 ? value / by : undefined);
  const dense = (field, unit) => (i, f) => per(at(field, i, f), areaIsKnown ? area[i] * unit : unit);
  const peaks = list(zones.net_kw).map((row) => Math.max(...list(row).filter(isNumber)));
  const unit = (dense_, plain) => (areaIsKnown ? dense_ : plain);
  const share = (value, by) => {
    const s = per(value, by);
    return isNumber(s) ? s * 100 : undefined;
  };
  return [
    { key: 'net', unit: unit('mw_km2', 'mw'), of: dense('net_kw', 1000) },
    { key: 'ev', unit: unit('kw_km2', 'kw'), of: dense('ev_charged_kw', 1) },
    { key: 'share', unit: 'percent', of: (i, f) => share(at('ev_charged_kw', i, f), at('net_kw', i, f)) },
    { key: 'pv', unit: unit('kw_km2', 'kw'), of: dense('pv_kw', 1) },
    { key: 'peak', unit: 'percent', of: (i, f) => share(at('net_kw', i, f), peaks[i]) },
    {
      key: 'use',
      unit: 'percent',
      needs: points.some(isNumber),
      of: (i, f) => share(at('ev_charged_kw', i, f), points[i] * 1000),
    },
    {
      key: 'loading',
      unit: 'percent',
      needs: limit.some(isNumber),
      of: (i, f) => share(at('net_kw', i, f), limit[i] * 1000),
    },
    {
      key: 'room',
      unit: 'mw',
      needs: limit.some(isNumber),
      of: (i, f) => (isNumber(limit[i]) ? limit[i] - at('net_kw', i, f) / 1000 : undefined),
    },
  ].map((mode) => ({ needs: true, ...mode }));
}

/** The map of a run with its slider. `key` keeps its state through a redraw. */
function zoneMap(zones, stations, startMs, key) {
  const about = list(zones.about).map((row) => list(row));
  const frames = Math.max(0, ...list(zones.net_kw).map((row) => list(row).length));
  if (!frames) return paragraph(t('nothing'), 'note');
  const modes = [...zoneModes(zones), ...stationModes(zones, stations)];
  const kept = state.kept[key] || (state.kept[key] = { mode: 'ev', frame: busiest(zones, frames), zone: '' });
  const every = zones.ids.map((_, i) => i);
  const { root, cells } = drawMap(
    zones.map,
    about.map((row) => row[1]),
    t('map.name'),
  );
  const sheet = stationSheet(zones.map, root);
  const time = (f) => {
    const at = startMs + (mode.stations ? mode.ends_s(f) : f * zones.step_s) * 1000;
    return (frames * zones.step_s > 86400 ? shortDate(at) + ' ' : '') + clock(at);
  };
  const scaleAt = el('div', {});
  const told = el('p', { class: 'readout', 'aria-live': 'polite' });
  const said = el('output', { class: 'time' });
  const explained = el('p', { class: 'explain' });
  const slider = el('input', { type: 'range', min: 0, max: frames - 1, step: 1, 'aria-label': t('map.time') });
  const limitsOf = new Map();
  let mode;
  const describe = (i) =>
    t('map.zone', {
      zone: zoneName(zones, about, i),
      district: word('district', about[i][1] || '–'),
      value: q(mode.of(i, kept.frame), mode.unit),
      net: q(list(zones.net_kw[i])[kept.frame] / 1000, 'mw'),
      ev: q(list(zones.ev_charged_kw[i])[kept.frame], 'kw'),
    });
  const paint = () => {
    mode = modes.find((m) => m.key === kept.mode) || modes[0];
    if (!limitsOf.has(mode.key)) {
      const all = (i) => Array.from({ length: frames }, (_, f) => mode.of(i, f));
      limitsOf.set(mode.key, mode.bounds || bounds(every.flatMap(all)));
      scaleAt.replaceChildren(scaleKey(limitsOf.get(mode.key), mode.unit));
    }
    const limits = limitsOf.get(mode.key);
    every.forEach((i) => {
      cells[i].style.fill = mode.stations ? 'transparent' : shade(mode.of(i, kept.frame), limits);
    });
    if (mode.stations) sheet.draw(mode, kept.frame);
    else sheet.clear();
    said.textContent = time(kept.frame);
    slider.value = kept.frame;
    slider.setAttribute('aria-valuetext', time(kept.frame));
    const i = every.find((k) => String(zones.ids[k]) === kept.zone);
    cells.forEach((cell, k) => cell.classList.toggle('chosen', k === i));
    told.textContent = i === undefined ? t(mode.stations ? 'map.station_hint' : 'map.hint') : describe(i);
  };
  const choose = (zone) => {
    kept.zone = zone;
    picker.value = zone;
    paint();
  };
  const picker = zonePicker(zones, about, (zone) => choose(zone));
  cells.forEach((cell, i) => cell.addEventListener('pointerenter', () => choose(String(zones.ids[i]))));
  root.addEventListener('pointermove', (event) => {
    const i = mode.stations ? sheet.near(mode.stations, event) : undefined;
    if (i !== undefined) told.textContent = describeStation(mode.stations, i, mode.at(kept.frame));
  });
  slider.addEventListener('input', () => {
    kept.frame = Number(slider.value);
    paint();
  });
  const play = playButton(() => {
    kept.frame = (kept.frame + 1) % frames;
    paint();
  });
  const pickMode = (chosen) => {
    kept.mode = chosen;
    limitsOf.clear();
    explained.textContent = t('map.' + chosen + '.is');
    paint();
  };
  const options = modes.filter((m) => m.needs).map((m) => [m.key, t('map.' + m.key)]);
  const missing = modes.filter((m) => !m.needs).map((m) => t('map.' + m.key));
  pickMode(options.some(([k]) => k === kept.mode) ? kept.mode : 'net');
  picker.value = kept.zone;
  const rows = () => {
    if (mode.stations) return stationTable(mode, kept.frame, time(kept.frame));
    const shown = modes.filter((m) => m.needs && !m.stations);
    return zoneTable(zones, about, shown, kept.frame, time(kept.frame));
  };
  return el(
    'div',
    { class: 'zones' },
    choice(t('map.show'), options, kept.mode, pickMode),
    explained,
    el('div', { class: 'player' }, play, slider, said),
    scaleAt,
    el('div', { class: 'sheet' }, sheet.canvas, root),
    told,
    el('label', { class: 'picker' }, t('map.pick') + ' ', picker),
    paragraph(t('map.datum') + (list(zones.map.cuts).length ? ' ' + t('map.cut') : ''), 'small'),
    missing.length ? paragraph(t('map.missing', { what: missing.join(t('comma')) }), 'note') : null,
    el('div', { class: 'screen' }, zoneFold(key, rows)),
  );
}

/** The table follows the slider: it is made anew whenever it is opened. */
function zoneFold(key, rows) {
  const body = el('div', {});
  const fill = (event) => body.replaceChildren(...(event.target.open ? [rows()] : []));
  return el('details', { ontoggle: fill, 'data-key': key }, el('summary', {}, t('map.table')), body);
}

const zoneName = (zones, about, i) => about[i][0] || t('zone.id', { id: zones.ids[i] });

/** The moment at which vehicles charge most. */
function busiest(zones, frames) {
  const totals = Array.from({ length: frames }, (_, f) =>
    sum(list(zones.ev_charged_kw).map((row) => list(row)[f])),
  );
  return totals.indexOf(Math.max(...totals));
}

function zonePicker(zones, about, choose) {
  const groups = new Map();
  zones.ids.forEach((id, i) => {
    const district = about[i][1] || '–';
    const option = el('option', { value: id }, zoneName(zones, about, i));
    groups.set(district, [...(groups.get(district) || []), option]);
  });
  const named = [...groups].map(([district, options]) =>
    el('optgroup', { label: word('district', district) }, options),
  );
  return el('select', { onchange: (event) => choose(event.target.value) }, el('option', { value: '' }, '–'), named);
}

/** Starts and stops; stops by itself when the page is drawn anew. */
function playButton(step) {
  let timer = null;
  const show = () => {
    button.textContent = (timer ? '⏸ ' : '▶ ') + t(timer ? 'map.pause' : 'map.play');
  };
  const tick = () => {
    if (button.isConnected) step();
    else clearInterval(timer);
  };
  const click = () => {
    if (timer) clearInterval(timer);
    timer = timer ? null : setInterval(tick, 1000 / FRAMES_PER_S);
    show();
  };
  const button = el('button', { type: 'button', class: 'play', onclick: click });
  show();
  return button;
}

function zoneTable(zones, about, modes, frame, time) {
  const heads = [t('zone'), t('district'), ...modes.map((m) => t('map.' + m.key) + ', ' + t('unit.' + m.unit))];
  const rows = zones.ids.map((_, i) => [
    zoneName(zones, about, i),
    word('district', about[i][1] || '–'),
    ...modes.map((m) => num(m.of(i, frame))),
  ]);
  return table(t('map.at', { time }), heads, rows, { left: 2 });
}
