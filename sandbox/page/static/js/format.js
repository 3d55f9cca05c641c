// Money, days and times in the page's language.

const LANGUAGE = document.documentElement.lang || "en";
const DAY_MS = 86_400_000;

const SHAPES = {
  clock: { hour: "numeric", minute: "2-digit" },
  seconds: { hour: "numeric", minute: "2-digit", second: "2-digit" },
  full: { dateStyle: "full", timeStyle: "medium" },
  divider: { weekday: "long", month: "long", day: "numeric" },
  long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  medium: { year: "numeric", month: "long", day: "numeric" },
  short: { year: "numeric", month: "short", day: "numeric" },
};
const formats = new Map(); // a formatter is dear to make

/** A moment (Date) in one of the shapes above, in the page's language or another. */
export function moment(shape, date, language = LANGUAGE) {
  const name = `${shape} ${language}`;
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(language, SHAPES[shape]));
  return formats.get(name).format(date);
}

/** Slack's ts → Date. */
export const dateOfTs = (ts) => new Date(Number(ts) * 1000);

/** "today", "yesterday", "tomorrow" in a language, or "". */
export function nearDay(date, language = LANGUAGE) {
  const midnight = (one) => new Date(one.getFullYear(), one.getMonth(), one.getDate());
  const days = Math.round((midnight(date) - midnight(new Date())) / DAY_MS);
  if (Math.abs(days) > 1) return "";
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
}

/** An exact amount as text, its digits grouped: ("12340.5", "EUR") → "12,340.5 EUR". */
export function money(amount, currency) {
  const [whole, cents] = String(amount).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${grouped}${cents ? `.${cents}` : ""}\u00a0${currency}`;
}

/** A calendar day ("2026-11-03" or the beginning of a longer ISO text) that no time zone shifts. */
export function day(iso) {
  if (!iso) return "no date";
  return new Intl.DateTimeFormat(LANGUAGE, {
    year: "numeric",
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  }).format(new Date(`${String(iso).slice(0, 10)}T00:00:00Z`));
}

/** Milliseconds in words: "4 ms", "1.24 s". */
export const duration = (ms) =>
  ms < 1000 ? `${Math.round(ms)}\u00a0ms` : `${(ms / 1000).toFixed(2)}\u00a0s`;

/** (1, "request") → "1 request", (2, "reply", "replies") → "2 replies". */
export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/**
 * Slack's date tokens filled in.
 * @param {string} unix seconds.
 * @param {string} format e.g. "{date_short_pretty} {time}".
 * @param {string} language the reader's.
 * @returns {string|null} null where `unix` is no time.
 */
export function slackDate(unix, format, language) {
  const date = new Date(Number(unix) * 1000);
  if (!/^\d+$/.test(unix) || Number.isNaN(date.getTime())) return null;
  return format.replace(/\{(\w+)\}/g, (token, name) => filled(date, name, language) ?? token);
}

function filled(date, name, language) {
  if (name === "time") return moment("clock", date, language);
  if (name === "time_secs") return moment("seconds", date, language);
  if (name === "date_num") {
    const two = (n) => String(n).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  }
  const shape = { date: "medium", date_short: "short", date_long: "long" }[
    name.replace(/_pretty$/, "")
  ];
  if (!shape) return null;
  return (name.endsWith("_pretty") && nearDay(date, language)) || moment(shape, date, language);
}
