'use strict';
// Looks at a report from outside, frame by frame, as a reader would use it.
const frames = [...document.querySelectorAll('iframe')];
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function inspect(frame) {
  const page = frame.contentDocument;
  const view = frame.contentWindow;
  const look = { width: Number(frame.dataset.width), problems: [], checks: 0 };
  const check = (isRight, what) => {
    look.checks += 1;
    if (!isRight) look.problems.push(what);
  };
  const all = (selector, root = page) => [...root.querySelectorAll(selector)];
  const labels = JSON.parse(page.getElementById('labels').textContent);
  const tabs = () => all('[role=tab]');

  // In every language, every result: no label missing, nothing wider than the screen, nothing over another.
  const sweep = (lang) => {
    check(!page.body.innerText.includes('⟦'), lang + ': a label is missing');
    check(!page.querySelector('[role=alert]'), lang + ': a part is not drawn: ' + page.querySelector('[role=alert]')?.innerText);
    tabs().forEach((tab, k) => {
      tab.click();
      const panel = page.getElementById('panel' + k);
      check(panel.getClientRects().length > 0, `${lang}, tab ${k}: is not shown`);
      check(all('article').filter((a) => a.getClientRects().length).length === 1, `${lang}, tab ${k}: others are shown too`);
      const over = page.documentElement.scrollWidth - page.documentElement.clientWidth;
      check(over <= 0, `${lang}, tab ${k}: ${over} px wider than the screen`);
      for (const chart of all('svg.chart', panel)) overlap(chart, `${lang}, tab ${k}`);
      overlap(panel.querySelector('svg.map'), `${lang}, map of tab ${k}`);
    });
  };

  /** Words of a drawing must not lie over each other, nor leave it. */
  const overlap = (drawing, where) => {
    if (!drawing) return;
    const frameBox = drawing.getBoundingClientRect();
    const boxes = all('text', drawing).map((text) => [text.textContent, text.getBoundingClientRect()]);
    boxes.forEach(([text, a], i) => {
      check(a.left >= frameBox.left - 1 && a.right <= frameBox.right + 1, `${where}: "${text}" leaves the drawing`);
      for (const [other, b] of boxes.slice(i + 1)) {
        const isOver = a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4;
        check(!isOver, `${where}: "${text}" over "${other}"`);
      }
    });
  };

  look.tabs = tabs().length;
  look.charts = all('svg.chart').length;
  look.cells = all('svg.map path').length;
  check(page.documentElement.lang === 'en', 'does not open in English');
  sweep('English');

  // For those who do not see it: names, order of headings, tables behind charts.
  for (const node of all('svg[role=img], input, [role=group], [role=tablist]')) {
    check(node.getAttribute('aria-label'), 'without a name: ' + node.outerHTML.slice(0, 80));
  }
  all('button').forEach((button) => check(button.innerText.trim() || button.textContent.trim(), 'a button without a word'));
  all('figure').forEach((figure) => check(figure.querySelector('details'), 'a chart without a table'));
  const ids = all('[id]').map((node) => node.id);
  check(new Set(ids).size === ids.length, 'an id is there twice');
  const levels = all('h1, h2, h3, h4').map((heading) => Number(heading.tagName[1]));
  check(levels[0] === 1 && levels.every((level, k) => k === 0 || level <= levels[k - 1] + 1), 'a heading skips a level');
  check(!page.querySelector('b, [onclick]'), 'a text of a file has become markup');

  // What is published of a city is held against its runs, not against its events.
  const told = (k, text) => page.getElementById('panel' + k).textContent.includes(text);
  check(!told(1, '123,456') && told(6, '123,456') && told(3, 'a report'), 'published figures are in the wrong place');

  // Keys: along the tabs, along a chart.
  tabs()[0].click();
  tabs()[0].dispatchEvent(new view.KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
  check(tabs()[1].getAttribute('aria-selected') === 'true' && page.activeElement === tabs()[1], 'arrows do not move the tab');
  tabs()[1].dispatchEvent(new view.KeyboardEvent('keydown', { key: 'Home', bubbles: true }));
  check(tabs()[0].getAttribute('aria-selected') === 'true', 'Home does not go to the first tab');
  const chart = page.querySelector('svg.chart');
  chart.dispatchEvent(new view.KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
  check(/^00:00 · .*55/.test(chart.nextElementSibling.textContent), 'a chart does not tell its values: ' + chart.nextElementSibling.textContent);
  const details = page.querySelector('figure details');
  details.open = true;
  await wait(50);
  check(all('tbody tr', details).length === 96, 'a chart has not all its values in its table');

  // The slider moves the map, every mode draws, and the day plays.
  const slider = page.querySelector('input[type=range]');
  const dots = page.querySelector('.sheet canvas');
  const fills = () => all('.zones svg.map path').map((path) => path.style.fill).join() + dots.toDataURL();
  const move = (frame) => {
    slider.value = frame;
    slider.dispatchEvent(new view.Event('input', { bubbles: true }));
  };
  const at = () => page.querySelector('.player output').textContent;
  const modes = all('.zones .choice button');
  check(modes.length === 10, 'modes of the map: ' + modes.length);
  for (const mode of modes) {
    mode.click();
    move(0);
    const before = fills();
    const seen = new Set([before]);
    for (let frame = 4; frame < 96; frame += 8) {
      move(frame);
      seen.add(fills());
    }
    check(seen.size > 1, 'the slider does not move the map: ' + mode.textContent);
    check(!before.includes('--none'), 'zones without a colour: ' + mode.textContent);
  }
  // Stations: dots over their zones, told when pointed at, the fullest in a table.
  const over = (mode) => {
    modes[mode].click();
    move(50);
    const map = page.querySelector('.zones svg.map').getBoundingClientRect();
    const sheet = dots.getBoundingClientRect();
    check(Math.abs(map.width - sheet.width) < 1 && Math.abs(map.height - sheet.height) < 1, 'the dots are not over the map');
    const empty = page.createElement('canvas');
    [empty.width, empty.height] = [dots.width, dots.height];
    return dots.toDataURL() !== empty.toDataURL();
  };
  check(over(8) && over(9) && !over(0), 'stations are not drawn, or stay');
  over(8);
  check(at() === '12:45', 'stations are told of ' + at());
  const fold = page.querySelector('.zones details');
  fold.open = true;
  await wait(50);
  check(all('tbody tr', fold).length === 6, 'the fullest stations are not in the table');
  fold.open = false;
  const cell = page.querySelector('.zones svg.map path').getBoundingClientRect();
  const [clientX, clientY] = [cell.left + cell.width / 2, cell.top + cell.height / 2];
  page.querySelector('.zones svg.map').dispatchEvent(new view.PointerEvent('pointermove', { clientX, clientY, bubbles: true }));
  const word = page.querySelector('.zones .readout').textContent;
  check(/Station 11 \(super-charging\): 8 points/.test(word), 'a station pointed at is not told: ' + word);
  modes[0].click();
  move(50);
  check(at() === '12:30' && slider.getAttribute('aria-valuetext') === '12:30', 'the slider tells ' + at());
  const picker = page.querySelector('.zones select');
  picker.value = '101';
  picker.dispatchEvent(new view.Event('change', { bubbles: true }));
  check(page.querySelector('.zones .readout').textContent.includes('101'), 'a zone picked is not told');
  const play = page.querySelector('.play');
  play.click();
  await wait(900);
  play.click();
  const played = at();
  check(played > '12:30', 'the day does not play: ' + played);
  await wait(600);
  check(at() === played, 'the day does not pause');

  // Chinese, without a reload: no label is left in English, and the moment of the map stays.
  page.getElementById('lang-zh').click();
  check(page.documentElement.lang === 'zh-Hans', 'the language is not told');
  check(page.querySelector('h1').textContent === labels.title[1], 'the title stays in English');
  check(at() === played, 'the map forgets its moment');
  check(page.activeElement === page.getElementById('lang-zh'), 'the focus is lost');
  const english = new Set(Object.values(labels).filter(([en, zh]) => /[a-z]{2}/.test(en) && en !== zh).map(([en]) => en));
  for (const node of all('h1, h2, h3, h4, th, dt, button, summary, caption, .legend li, label, p, small')) {
    check(!english.has(node.textContent.trim()), 'stays in English: ' + node.textContent);
  }
  sweep('Chinese');
  page.getElementById('lang-en').click();
  check(page.querySelector('h1').textContent === labels.title[0], 'the language does not go back');
  return look;
}

window.addEventListener('load', async () => {
  const looks = [];
  for (const frame of frames) {
    try {
      looks.push(await inspect(frame));
    } catch (error) {
      looks.push({ width: frame.dataset.width, problems: [String(error), error.stack] });
    }
  }
  document.getElementById('verdict').textContent = JSON.stringify(looks);
});
