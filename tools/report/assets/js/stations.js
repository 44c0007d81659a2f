// Stations on the map: a dot for each, coloured by how full it is, or by who waits, at the moment of the slider.
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHARE_BOUNDS = [10, 25, 50, 75, 90, 100];
const QUEUE_BOUNDS = [1, 2, 3, 5, 8, 12];
const STATIONS_LISTED = 20;
const NEAR_PX = 8;

/** How stations stand at a moment. Letters are what the page's maker puts in place of numbers. */
function stationState(stations) {
  const letter = (text, i, k) => LETTERS.indexOf(text[i * stations.frames + k]);
  const share = (i, k) => {
    const steps = letter(stations.busy, i, k);
    return steps <= 50 ? steps * 2 : undefined;
  };
  const queued = (i, k) => letter(stations.queued, i, k);
  return { share, queued };
}

/** Ways to colour stations, of which those with nothing may stand back, and what they come to in a zone. */
function stationModes(zones, stations) {
  if (!stations || !stations.ids.length || !stations.frames) return [];
  const { share, queued } = stationState(stations);
  const members = new Map(zones.ids.map((id) => [id, []]));
  stations.zone.forEach((zone, i) => (members.get(zone) || []).push(i));
  const every = stations.every_s / zones.step_s;
  const at = (f) => Math.min(stations.frames - 1, Math.max(0, Math.round((f + 1) / every) - 1));
  const use = (all, k) => {
    const working = all.filter((i) => isNumber(share(i, k)));
    const points = sum(working.map((i) => stations.points[i]));
    return points ? sum(working.map((i) => stations.points[i] * share(i, k))) / points : undefined;
  };
  const of = (i) => members.get(zones.ids[i]) || [];
  return [
    { key: 'st_use', unit: 'percent', bounds: SHARE_BOUNDS, one: share, of: (i, f) => use(of(i), at(f)) },
    {
      key: 'st_queue',
      unit: 'waiting',
      bounds: QUEUE_BOUNDS,
      quiet: true,
      one: queued,
      of: (i, f) => sum(of(i).map((s) => queued(s, at(f)))),
    },
  ].map((mode) => ({ ...mode, needs: true, at, ends_s: (f) => (at(f) + 1) * stations.every_s, stations }));
}

/** A sheet for dots over a map, as large as the map, and what draws on it. */
function stationSheet(map, root) {
  const box = root.getAttribute('viewBox').split(' ').map(Number);
  const width = Number(root.getAttribute('width'));
  const height = (width * box[3]) / box[2];
  const fine = Math.max(1, Math.min(3, window.devicePixelRatio || 1));
  const [wide, high] = [width, height].map((px_) => Math.round(px_ * fine));
  const canvas = el('canvas', { width: wide, height: high, 'aria-hidden': 'true' });
  const px = (x, y) => [((x - box[0]) * width) / box[2], ((y - box[1]) * width) / box[2]];
  const clear = () => canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
  const draw = (mode, f) => {
    clear();
    const pen = canvas.getContext('2d');
    const style = getComputedStyle(document.documentElement);
    const colours = SHADES.map((shade_) => style.getPropertyValue(shade_.slice(4, -1)).trim());
    const [none, edge] = ['--cell', '--soft'].map((name) => style.getPropertyValue(name).trim());
    pen.lineWidth = 0.35 * fine;
    pen.strokeStyle = edge;
    const { stations } = mode;
    const k = mode.at(f);
    const value = stations.ids.map((_, i) => mode.one(i, k));
    // The fullest on top, so that they are not hidden by the many that have room.
    const order = stations.ids.map((_, i) => i).sort((a, b) => (value[a] ?? -1) - (value[b] ?? -1));
    for (const i of order) {
      const [x, y] = px(stations.at[2 * i], stations.at[2 * i + 1]);
      const size = Math.min(5, 1.1 + Math.sqrt(stations.points[i]) / 4) * (width < 600 ? 0.7 : 1);
      const radius = fine * (mode.quiet && !value[i] ? 0.6 : 1) * size;
      pen.beginPath();
      pen.arc(x * fine, y * fine, radius, 0, 2 * Math.PI);
      pen.fillStyle = isNumber(value[i]) ? colours[shadeIndex(value[i], mode.bounds)] : none;
      pen.fill();
      pen.stroke();
    }
  };
  /** The station next to a point of the sheet, if one is near. */
  const near = (stations, event) => {
    const at = canvas.getBoundingClientRect();
    const scale = width / at.width;
    const [mx, my] = [(event.clientX - at.left) * scale, (event.clientY - at.top) * scale];
    let best;
    let least = (NEAR_PX * scale) ** 2;
    stations.ids.forEach((_, i) => {
      const [x, y] = px(stations.at[2 * i], stations.at[2 * i + 1]);
      const apart = (x - mx) ** 2 + (y - my) ** 2;
      if (apart < least) [best, least] = [i, apart];
    });
    return best;
  };
  return { canvas, draw, clear, near };
}

const stationName = (stations, i) =>
  t('station.id', { id: stations.ids[i], kind: word('stationkind', stations.kinds[stations.kind[i]]) });

/** One station in a line. */
function describeStation(stations, i, k) {
  const { share, queued } = stationState(stations);
  const use = share(i, k);
  return t(isNumber(use) ? 'station.told' : 'station.dark', {
    station: stationName(stations, i),
    points: num(stations.points[i]),
    power: q(stations.power_kw[i], 'kw'),
    use: q(use, 'percent'),
    queued: num(queued(i, k)),
  });
}

/** The fullest stations of a moment. */
function stationTable(mode, f, time) {
  const { stations } = mode;
  const { share, queued } = stationState(stations);
  const k = mode.at(f);
  const rank = (i) => queued(i, k) * 1000 + (share(i, k) || 0) + Math.min(0.9, stations.points[i] / 1e4);
  const order = stations.ids.map((_, i) => i).sort((a, b) => rank(b) - rank(a));
  const rows = order
    .slice(0, STATIONS_LISTED)
    .map((i) => [
      String(stations.ids[i]),
      word('stationkind', stations.kinds[stations.kind[i]]),
      num(stations.points[i]),
      num(stations.power_kw[i]),
      num(share(i, k)),
      num(queued(i, k)),
    ]);
  const heads = ['number', 'type', 'points', 'power', 'use', 'queued'].map((key) => t('station.' + key));
  return table(t('station.fullest', { time }), heads, rows, { left: 2 });
}
