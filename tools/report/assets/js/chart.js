// Charts over time: areas that add up, and lines. Drawn to the width of the page, so that words keep their size.
const MARGIN = { left: 58, right: 14, top: 26, bottom: 30 };
let charts = 0;

/** Steps of an axis that people read easily. */
function niceStep(range, most) {
  const raw = range / Math.max(1, most);
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  return [1, 2, 2.5, 5, 10].map((m) => m * power).find((step) => step >= raw * 0.999);
}

function niceAxis(low, high, most) {
  const span = high - low > 1e-6 ? high - low : 1;
  const step = niceStep(span, most);
  // A little below zero needs no whole step of the axis.
  const least = Math.floor(low / step + 1e-9);
  const from = low < 0 && low > -0.6 * step ? low * 1.1 : least * step;
  const top = Math.max(Math.ceil(high / step - 1e-9), least + 1);
  const ticks = [];
  for (let k = Math.ceil(from / step - 1e-9); k <= top; k += 1) ticks.push(k * step);
  return { from, to: top * step, ticks, decimals: Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) };
}

const TIME_STEPS = [5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080, 20160, 43200];

/** Moments to mark on a time axis, in minutes from the start. */
function timeTicks(minutes, width, startMs, stepMin) {
  const step = TIME_STEPS.find((s) => s >= Math.min(stepMin, 60) && minutes / s <= width / 62) || 86400;
  const first = step >= 1440 ? 0 : (step - ((startMs / 60000) % step)) % step;
  const ticks = [];
  for (let at = first; at <= minutes + 1e-9; at += step) ticks.push(at);
  return { ticks, label: (at) => (step >= 1440 ? shortDate(startMs + at * 6e4) : hourLabel(startMs, at, minutes)) };
}

function hourLabel(startMs, at, minutes) {
  const text = clock(startMs + at * 6e4);
  return text === '00:00' && at > 0 && at === minutes ? '24:00' : text;
}

function stacked(stacks, n) {
  const up = new Array(n).fill(0);
  const down = new Array(n).fill(0);
  return stacks.map((stack) => {
    const low = [];
    const high = [];
    // What is never above zero stays below it, also where it is zero.
    const isBelow = stack.values.some((value) => value < 0) && !stack.values.some((value) => value > 0);
    for (let i = 0; i < n; i += 1) {
      const value = isNumber(stack.values[i]) ? stack.values[i] : 0;
      const base = value < 0 || isBelow ? down : up;
      low.push(base[i]);
      base[i] += value;
      high.push(base[i]);
    }
    return { ...stack, low, high };
  });
}

/**
 * A chart over time. Options: `start` (ISO), `step_s`, `unit`, `name`, `stacks` and `lines` of {name, color, values,
 * dash, steps}, `bands` of {from, to, name} in minutes, `marks` of {at, value, name}, `low` (axis reaches it).
 */
function timeChart(options) {
  const stacks = list(options.stacks);
  const lines = list(options.lines);
  const n = Math.max(0, ...[...stacks, ...lines].map((series) => series.values.length));
  if (n === 0) return paragraph(t('nothing'), 'note');
  const width = chartWidth();
  const height = Math.round(Math.max(230, Math.min(340, width * 0.42)));
  const startMs = ms(options.start);
  const stepMin = options.step_s / 60;
  const minutes = n * stepMin;
  const areas = stacked(stacks, n);
  const all = [...areas.flatMap((s) => [...s.high, ...s.low]), ...lines.flatMap((s) => s.values)].filter(isNumber);
  const low = Math.min(options.low === undefined ? 0 : options.low, ...all);
  const axis = niceAxis(low, Math.max(...all, low + 1e-9), 6);
  const inner = { w: width - MARGIN.left - MARGIN.right, h: height - MARGIN.top - MARGIN.bottom };
  const x = (minute) => MARGIN.left + (minute / minutes) * inner.w;
  const y = (value) => MARGIN.top + (1 - (value - axis.from) / (axis.to - axis.from)) * inner.h;
  const fix = (value) => Math.round(value * 10) / 10;
  const mid = (i) => (i + 0.5) * stepMin;
  const root = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    tabindex: 0,
    class: 'chart',
    'aria-label': options.name,
  });
  for (const band of list(options.bands)) {
    const [from, to] = [Math.max(0, band.from), Math.min(minutes, band.to)];
    root.append(
      svg('rect', { x: fix(x(from)), y: MARGIN.top, width: fix(x(to) - x(from)), height: inner.h, class: 'band' }),
    );
    if (band.name)
      root.append(svg('text', { x: fix((x(from) + x(to)) / 2), y: MARGIN.top + 13, class: 'tick mid' }, band.name));
  }
  drawAxes(root, { axis, x, y, fix, width, height, minutes, startMs, stepMin, inner, unit: options.unit });
  for (const area of areas) {
    const top = area.high.map((value, i) => `${fix(x(mid(i)))},${fix(y(value))}`);
    const bottom = area.low.map((value, i) => `${fix(x(mid(i)))},${fix(y(value))}`).reverse();
    root.append(
      svg('path', { d: 'M' + [...top, ...bottom].join('L') + 'Z', style: `fill:${area.color}`, class: 'area' }),
    );
  }
  for (const line of lines) {
    root.append(
      svg('path', {
        d: linePath(
          line,
          n,
          (i) => fix(x(mid(i))),
          (i) => fix(x(i * stepMin)),
          (v) => fix(y(v)),
        ),
        style: `stroke:${line.color};stroke-width:${line.width || 2}`,
        'stroke-dasharray': line.dash,
        class: 'line',
      }),
    );
  }
  const cursor = svg('line', { y1: MARGIN.top, y2: height - MARGIN.bottom, class: 'cursor', visibility: 'hidden' });
  root.append(cursor);
  const parts = [...stacks, ...lines];
  // Said once is enough.
  const told = el('p', { class: 'readout' }, charts % 100 === 0 ? t('chart.hint') : '');
  const time = (i) =>
    (minutes > 1440 ? shortDate(startMs + i * stepMin * 6e4) + ' ' : '') + clock(startMs + i * stepMin * 6e4);
  let at = -1;
  const show = (i) => {
    at = Math.max(0, Math.min(n - 1, i));
    cursor.setAttribute('x1', fix(x(mid(at))));
    cursor.setAttribute('x2', fix(x(mid(at))));
    cursor.setAttribute('visibility', 'visible');
    told.textContent =
      time(at) + ' · ' + parts.map((s) => s.name + ' ' + q(s.values[at], options.unit)).join(' · ');
  };
  root.addEventListener('pointermove', (event) => {
    const box = root.getBoundingClientRect();
    const minute = ((((event.clientX - box.left) / box.width) * width - MARGIN.left) / inner.w) * minutes;
    show(Math.floor(minute / stepMin));
  });
  root.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -n, End: n }[event.key];
    if (by) {
      show(at + by);
      event.preventDefault();
    }
  });
  charts += 1;
  const rows = () =>
    table(
      options.name,
      [t('time'), ...parts.map((s) => s.name + ', ' + t('unit.' + options.unit))],
      Array.from({ length: n }, (_, i) => [time(i), ...parts.map((s) => num(s.values[i]))]),
      { hideCaption: true },
    );
  return el('figure', {}, legend(stacks, lines), root, told, fold('chart' + charts, t('as_table'), rows));
}

function linePath(line, n, middle, edge, y) {
  let path = '';
  let isDown = false;
  for (let i = 0; i < n; i += 1) {
    const value = line.values[i];
    if (!isNumber(value)) {
      isDown = false;
      continue;
    }
    const points = line.steps
      ? [
          [edge(i), y(value)],
          [edge(i + 1), y(value)],
        ]
      : [[middle(i), y(value)]];
    for (const [px, py] of points) {
      path += (isDown ? 'L' : 'M') + px + ',' + py;
      isDown = true;
    }
  }
  return path;
}

function drawAxes(root, { axis, x, y, fix, width, height, minutes, startMs, stepMin, inner, unit }) {
  for (const tick of axis.ticks) {
    const at = fix(y(tick));
    const kind = Math.abs(tick) < 1e-9 ? 'axis' : 'grid';
    root.append(svg('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at, class: kind }));
    root.append(svg('text', { x: MARGIN.left - 7, y: at + 4, class: 'tick end' }, num(tick, axis.decimals)));
  }
  root.append(svg('text', { x: 2, y: 13, class: 'tick' }, t('unit.' + unit)));
  const { ticks, label } = timeTicks(minutes, inner.w, startMs, stepMin);
  for (const tick of ticks) {
    const at = fix(x(tick));
    root.append(
      svg('line', { x1: at, x2: at, y1: height - MARGIN.bottom, y2: height - MARGIN.bottom + 5, class: 'axis' }),
    );
    const side = tick === minutes ? 'tick end' : 'tick mid';
    root.append(svg('text', { x: side === 'tick end' ? width - 2 : at, y: height - 9, class: side }, label(tick)));
  }
}

function legend(stacks, lines) {
  const mark = (series, kind) =>
    el(
      'li',
      {},
      svg(
        'svg',
        { width: 22, height: 12, 'aria-hidden': 'true' },
        kind === 'area'
          ? svg('rect', { width: 22, height: 12, style: `fill:${series.color}` })
          : svg('line', {
              x1: 0,
              x2: 22,
              y1: 6,
              y2: 6,
              class: 'line',
              'stroke-dasharray': series.dash,
              style: `stroke:${series.color};stroke-width:${(series.width || 2) + 0.5}`,
            }),
      ),
      series.name,
    );
  return el(
    'ul',
    { class: 'legend' },
    stacks.map((s) => mark(s, 'area')),
    lines.map((s) => mark(s, 'line')),
  );
}
