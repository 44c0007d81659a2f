// The page: tabs, language, and the redraw when either changes or the window does.
const PAGES = {
  run: runPage,
  event: eventPage,
  validation: validationPage,
  capability: capabilityPage,
  study: studyPage,
  fork: forkPage,
  world: worldPage,
};

function tabTitle(entry) {
  const a = entry.account;
  const more = {
    run: () => date(ms(a.start), false),
    event: () => called('event_id', a.event),
    capability: () => clock(ms(a.at)),
  }[entry.kind];
  return t('page.' + entry.kind) + (more ? t('colon') + more() : '');
}

/** Where a result comes from, and what it takes to make it again. */
function provenance(entry) {
  const a = entry.account;
  const run = object(a.run);
  const at = (key) => (own(a, key) ? a[key] : run[key]);
  const joined = (value) => (list(value).length ? list(value).join(', ') : undefined);
  return el(
    'footer',
    { class: 'provenance' },
    el('h3', {}, t('provenance')),
    facts([
      [t('prov.file'), entry.source],
      [t('prov.event'), a.event],
      [t('prov.world'), worldOf(entry)],
      [t('prov.world_file'), at('world_file')],
      [t('prov.digest'), at('world_digest') || at('digest')],
      [t('prov.patch'), joined(at('patch'))],
      [t('prov.set'), joined(at('set'))],
      [t('prov.seed'), at('seed') === undefined ? undefined : String(at('seed'))],
      [t('prov.start'), at('start') || at('at')],
      [t('prov.days'), at('days')],
      [t('prov.warmup'), at('warmup_days')],
      [t('prov.step'), isNumber(at('step_s')) ? num(at('step_s')) + ' ' + t('unit.s') : undefined],
      [t('prov.version'), at('version') === undefined ? undefined : String(at('version'))],
      [t('prov.hash'), at('state_hash') || at('event_hash')],
      [t('prov.usual_hash'), at('counterfactual_hash')],
      [
        t('prov.residual'),
        isNumber(at('ledger_residual_j')) || isNumber(at('residual_j'))
          ? num(isNumber(at('ledger_residual_j')) ? at('ledger_residual_j') : at('residual_j')) + ' ' + t('unit.j')
          : undefined,
      ],
    ]),
    paragraph(t('prov.again'), 'small'),
  );
}

function notes(entry) {
  const items = list(entry.notes);
  return items.length
    ? el(
        'aside',
        { class: 'note', 'aria-label': t('notes') },
        el('h3', {}, t('notes')),
        el(
          'ul',
          {},
          items.map((note) => el('li', {}, t(note.key, note))),
        ),
      )
    : null;
}

function panel(entry, index) {
  charts = index * 100;
  const many = DATA.entries.length > 1;
  return el(
    'article',
    {
      id: 'panel' + index,
      class: 'panel',
      role: many ? 'tabpanel' : null,
      'aria-labelledby': many ? 'tab' + index : null,
      'data-hidden': many && index !== state.tab,
    },
    el('h2', {}, tabTitle(entry)),
    el('p', { class: 'world' }, called('world_name', worldOf(entry))),
    attempt(() => PAGES[entry.kind](entry)),
    notes(entry),
    attempt(() => provenance(entry)),
  );
}

function show(index, focus) {
  state.tab = index;
  DATA.entries.forEach((_, k) => {
    const tab = document.getElementById('tab' + k);
    const body = document.getElementById('panel' + k);
    if (!tab) return;
    tab.setAttribute('aria-selected', String(k === index));
    tab.tabIndex = k === index ? 0 : -1;
    body.toggleAttribute('data-hidden', k !== index);
    if (focus && k === index) tab.focus();
  });
}

function tabs() {
  if (DATA.entries.length < 2) return null;
  const last = DATA.entries.length - 1;
  const move = (event) => {
    const to = { ArrowLeft: state.tab - 1, ArrowRight: state.tab + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show((to + last + 1) % (last + 1), true);
  };
  return el(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': t('results'), onkeydown: move },
    DATA.entries.map((entry, k) =>
      el(
        'button',
        {
          type: 'button',
          role: 'tab',
          id: 'tab' + k,
          'aria-controls': 'panel' + k,
          'aria-selected': String(k === state.tab),
          tabindex: k === state.tab ? 0 : -1,
          onclick: () => show(k),
        },
        tabTitle(entry),
      ),
    ),
  );
}

function languages() {
  const button = (lang, label) =>
    el(
      'button',
      {
        type: 'button',
        lang: lang === 'zh' ? 'zh-Hans' : 'en',
        id: 'lang-' + lang,
        'aria-pressed': String(state.lang === lang),
        onclick: () => {
          state.lang = lang;
          draw();
          document.getElementById('lang-' + lang).focus();
        },
      },
      label,
    );
  return el(
    'div',
    { class: 'choice', role: 'group', 'aria-label': t('language') },
    button('en', 'English'),
    button('zh', '中文'),
  );
}

function draw() {
  document.documentElement.lang = state.lang === 'zh' ? 'zh-Hans' : 'en';
  const worlds = [...new Set(DATA.entries.map((entry) => called('world_name', worldOf(entry))))];
  document.title = t('title') + ' · ' + worlds.join(', ');
  document
    .getElementById('page')
    .replaceChildren(
      el(
        'header',
        { class: 'top' },
        el('div', {}, el('h1', {}, t('title')), el('p', {}, t('subtitle'))),
        languages(),
      ),
      ...[tabs()].filter(Boolean),
      el('main', {}, DATA.entries.map(panel)),
      el('footer', { class: 'bottom' }, t('made_by', { version: DATA.version })),
    );
}

/** `#lang=zh&tab=2` opens the page in a language and at a result, so that a link can point there. */
function follow() {
  for (const part of location.hash.slice(1).split('&')) {
    const [name, value] = part.split('=');
    if (name === 'lang' && (value === 'en' || value === 'zh')) state.lang = value;
    if (name === 'tab' && Number(value) >= 1 && Number(value) <= DATA.entries.length) state.tab = Number(value) - 1;
  }
}

let drawnWidth = document.documentElement.clientWidth;
let waiting = null;
window.addEventListener('resize', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (document.documentElement.clientWidth === drawnWidth) return;
    drawnWidth = document.documentElement.clientWidth;
    draw();
  }, 150);
});
window.addEventListener('hashchange', () => {
  follow();
  draw();
});
follow();
draw();
