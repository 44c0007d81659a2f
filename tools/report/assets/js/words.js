'use strict';
// Words and numbers: every label in the reader's language, every number with as many digits as it deserves.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const DATA = read('data');
const LABELS = read('labels');
const state = { lang: DATA.lang, tab: 0, open: new Set(), kept: {} };

const own = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

/** The label of a key, with `{name}` replaced. A missing label is seen, not hidden. */
function t(key, values) {
  if (!own(LABELS, key)) return '⟦' + key + '⟧';
  const text = LABELS[key][state.lang === 'zh' ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    values && own(values, name) ? String(values[name] ?? '–') : whole,
  );
}

/** A word that comes from a file: translated if it is known, else as it stands. */
function word(group, raw) {
  if (raw === undefined || raw === null) return '–';
  const key = group + '.' + raw;
  return own(LABELS, key) ? t(key) : String(raw).replace(/_/g, ' ');
}

/** A name that a file gives: those that ship with voltcity have one for people; others stand as they are. */
const called = (group, name) => (own(LABELS, group + '.' + name) ? word(group, name) : String(name ?? '–'));

const isNumber = (x) => typeof x === 'number' && Number.isFinite(x);
const list = (x) => (Array.isArray(x) ? x : []);
const object = (x) => (x && typeof x === 'object' && !Array.isArray(x) ? x : {});
const sum = (values) => values.reduce((a, b) => a + (isNumber(b) ? b : 0), 0);

/** A value deep in an account, or undefined: `pick(account, 'energy_kwh.pv')`. */
function pick(value, path) {
  return path
    .split('.')
    .reduce((at, key) => (at && typeof at === 'object' && own(at, key) ? at[key] : undefined), value);
}

/** A number with three digits that count, whole numbers in full; thousands apart. */
function num(x, decimals) {
  if (!isNumber(x)) return '–';
  const size = Math.abs(x);
  let digits = decimals;
  if (digits === undefined) {
    digits = Number.isInteger(x) || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    if (size > 0 && size < 0.01) return x < 0 ? '−' + small(size) : small(size);
  }
  const [whole, part] = size.toFixed(digits).split('.');
  const text = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (part ? '.' + part : '');
  return x < 0 && /[1-9]/.test(text) ? '−' + text : text;
}

const small = (x) => (x < 0.001 ? '<0.001' : x.toFixed(3));

/** A space at which no line breaks. */
const FIRM = '\u00a0';

/** A number with its unit: `q(12.5, 'mw')`. */
function q(x, unit, decimals) {
  return isNumber(x) ? (num(x, decimals) + FIRM + t('unit.' + unit)).trim() : '–';
}

/** A share as a percentage. */
const percent = (x, decimals = 1) => (isNumber(x) ? num(x * 100, decimals) + FIRM + '%' : '–');

/** An ISO time without a zone, as ms: the page knows local times only. */
function ms(iso) {
  const found = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?/.exec(String(iso));
  if (!found) return NaN;
  const [, year, month, day, hour, minute, second] = found.map((part) => Number(part || 0));
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const two = (x) => String(x).padStart(2, '0');

function clock(time) {
  const at = new Date(time);
  return Number.isFinite(time) ? two(at.getUTCHours()) + ':' + two(at.getUTCMinutes()) : '–';
}

function date(time, weekday = true) {
  if (!Number.isFinite(time)) return '–';
  const at = new Date(time);
  const parts = { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
  parts.name = t('month.' + parts.month);
  const text = t('date', parts);
  return weekday ? t('date.weekday', { date: text, weekday: t('weekday.' + at.getUTCDay()) }) : text;
}

const shortDate = (time) => two(new Date(time).getUTCMonth() + 1) + '-' + two(new Date(time).getUTCDate());
const when = (iso) => (Number.isFinite(ms(iso)) ? date(ms(iso), false) + ' ' + clock(ms(iso)) : '–');
