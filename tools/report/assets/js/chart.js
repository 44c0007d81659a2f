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
  const plot = plotOf(options, stacks, lines);
  if (!plot) return paragraph(t('nothing'), 'note');
  const { width, height } = plot;
  const root = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    tabindex: 0,
    class: 'chart',
    'aria-label': options.name,
  });
  drawBands(root, plot, list(options.bands));
  drawAxes(root, plot, options.unit);
  drawSeries(root, plot, lines);
  const parts = [...stacks, ...lines];
  const told = watch(root, plot, parts, options.unit);
  charts += 1;
  const rows = () =>
    table(
      options.name,
      [t('time'), ...parts.map((s) => s.name + ', ' + t('unit.' + options.unit))],
      Array.from({ length: plot.n }, (_, i) => [plot.time(i), ...parts.map((s) => num(s.values[i]))]),
      { hideCaption: true },
    );
  return el('figure', {}, legend(stacks, lines), root, told, fold('chart' + charts, t('as_table'), rows));
}

const fix = (value) => Math.round(value * 10) / 10;

/** Where things go: sizes, scales, times. Null when there is nothing to draw, or no time to draw it over. */
function plotOf(options, stacks, lines) {
  const n = Math.max(0, ...[...stacks, ...lines].map((series) => series.values.length));
  const startMs = ms(options.start);
  const stepMin = options.step_s / 60;
  if (n === 0 || !(stepMin > 0) || !Number.isFinite(startMs)) return null;
  const width = chartWidth();
  const height = Math.round(Math.max(230, Math.min(340, width * 0.42)));
  const minutes = n * stepMin;
  const areas = stacked(stacks, n);
  const all = [...areas.flatMap((s) => [...s.high, ...s.low]), ...lines.flatMap((s) => s.values)].filter(isNumber);
  const low = Math.min(options.low === undefined ? 0 : options.low, ...all);
  const axis = niceAxis(low, Math.max(...all, low + 1e-9), 6);
  const inner = { w: width - MARGIN.left - MARGIN.right, h: height - MARGIN.top - MARGIN.bottom };
  const x = (minute) => fix(MARGIN.left + (minute / minutes) * inner.w);
  const y = (value) => fix(MARGIN.top + (1 - (value - axis.from) / (axis.to - axis.from)) * inner.h);
  const day = (i) => (minutes > 1440 ? shortDate(startMs + i * stepMin * 6e4) + ' ' : '');
  const time = (i) => day(i) + (stepMin >= 1440 ? '' : clock(startMs + i * stepMin * 6e4));
  return {
    n,
    startMs,
    stepMin,
    minutes,
    width,
    height,
    areas,
    axis,
    inner,
    x,
    y,
    time,
    mid: (i) => x((i + 0.5) * stepMin),
  };
}

function drawBands(root, plot, bands) {
  for (const band of bands) {
    const [from, to] = [Math.max(0, band.from), Math.min(plot.minutes, band.to)];
    if (!(to > from)) continue;
    const width = fix(plot.x(to) - plot.x(from));
    root.append(svg('rect', { x: plot.x(from), y: MARGIN.top, width, height: plot.inner.h, class: 'band' }));
    const middle = fix(plot.x(from) + width / 2);
    if (band.name) root.append(svg('text', { x: middle, y: MARGIN.top + 13, class: 'tick mid' }, band.name));
  }
}

function drawSeries(root, plot, lines) {
  for (const area of plot.areas) {
    const top = area.high.map((value, i) => `${plot.mid(i)},${plot.y(value)}`);
    const bottom = area.low.map((value, i) => `${plot.mid(i)},${plot.y(value)}`).reverse();
    const d = 'M' + [...top, ...bottom].join('L') + 'Z';
    root.append(svg('path', { d, style: `fill:${area.color}`, class: 'area' }));
  }
  for (const line of lines) {
    const style = `stroke:${line.color};stroke-width:${line.width || 2}`;
    root.append(svg('path', { d: linePath(line, plot), style, 'stroke-dasharray': line.dash, class: 'line' }));
  }
}

/** Tells the values under the pointer, or where the arrow keys have gone. */
function watch(root, plot, parts, unit) {
  const { n, width, height, inner, minutes, stepMin } = plot;
  const cursor = svg('line', { y1: MARGIN.top, y2: height - MARGIN.bottom, class: 'cursor', visibility: 'hidden' });
  root.append(cursor);
  // How it is done is said once; that is enough.
  const told = el('p', { class: 'readout', 'aria-live': 'polite' }, charts % 100 === 0 ? t('chart.hint') : '');
  let at = -1;
  const show = (i) => {
    at = Math.max(0, Math.min(n - 1, i));
    cursor.setAttribute('x1', plot.mid(at));
    cursor.setAttribute('x2', plot.mid(at));
    cursor.setAttribute('visibility', 'visible');
    told.textContent = plot.time(at) + ' · ' + parts.map((s) => s.name + ' ' + q(s.values[at], unit)).join(' · ');
  };
  root.addEventListener('pointermove', (event) => {
    const box = root.getBoundingClientRect();
    const minute = (((event.clientX - box.left) / box.width) * width - MARGIN.left) / inner.w;
    show(Math.floor((minute * minutes) / stepMin));
  });
  root.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -n, End: n }[event.key];
    if (!by) return;
    show(at + by);
    event.preventDefault();
  });
  return told;
}

function linePath(line, plot) {
  let path = '';
  let isDown = false;
  for (let i = 0; i < plot.n; i += 1) {
    const value = line.values[i];
    if (!isNumber(value)) {
      isDown = false;
      continue;
    }
    const at = line.steps ? [plot.x(i * plot.stepMin), plot.x((i + 1) * plot.stepMin)] : [plot.mid(i)];
    for (const x of at) {
      path += (isDown ? 'L' : 'M') + x + ',' + plot.y(value);
      isDown = true;
    }
  }
  return path;
}

function drawAxes(root, plot, unit) {
  const { axis, x, y, width, height, minutes, startMs, stepMin, inner } = plot;
  for (const tick of axis.ticks) {
    const at = y(tick);
    const kind = Math.abs(tick) < 1e-9 ? 'axis' : 'grid';
    root.append(svg('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at, class: kind }));
    root.append(svg('text', { x: MARGIN.left - 7, y: at + 4, class: 'tick end' }, num(tick, axis.decimals)));
  }
  root.append(svg('text', { x: 2, y: 13, class: 'tick' }, t('unit.' + unit)));
  const { ticks, label } = timeTicks(minutes, inner.w, startMs, stepMin);
  for (const tick of ticks) {
    const foot = height - MARGIN.bottom;
    root.append(svg('line', { x1: x(tick), x2: x(tick), y1: foot, y2: foot + 5, class: 'axis' }));
    // The last word must not leave the drawing.
    const isLast = x(tick) > width - 22;
    const place = { x: isLast ? width - 2 : x(tick), y: height - 9, class: isLast ? 'tick end' : 'tick mid' };
    root.append(svg('text', place, label(tick)));
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
