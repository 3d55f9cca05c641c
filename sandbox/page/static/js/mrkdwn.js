// Slack's mrkdwn → descriptions of elements. Text comes escaped (&amp; &lt; &gt;) as Slack has it.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { slackDate } from "./format.js";
import { mention, safeLink } from "./mentions.js";
import { readersLanguage } from "./page.js";

const LINK = /https?:\/\/[^\s<>|"']+[^\s<>|"'.,;:!?)\]}]/y;
const SHORTCODE = /:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/y;
const FENCE = /```\n?([\s\S]*?)\n?```/;
const TAGS = { "*": "strong", _: "em", "~": "s" };
const QUOTE = /^(?:>|&gt;) ?/;
const LONG_QUOTE = /^(?:>>>|&gt;&gt;&gt;) ?/;
const LIST = { ul: /^\s*[•\-*] +(?=\S)/, ol: /^\s*(\d{1,3})\. +(?=\S)/ };

/**
 * The elements for a mrkdwn text.
 * @param {string} text
 * @param {{verbatim?: boolean}} how verbatim: bare addresses do not become links.
 */
export function mrkdwn(text, how = {}) {
  const parts = text.split(FENCE); // every second part is what stood in a fence
  return parts.map((part, i) =>
    i % 2 ? h("pre", { class: "pre" }, unescape(part)) : lines(trimAround(part, i, parts), how),
  );
}

/** Slack's three entities → characters; no others exist in mrkdwn. */
const unescape = (text) =>
  text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);

/** A fence stands on lines of its own, whatever surrounds it. */
function trimAround(part, i, parts) {
  const after = i > 0 ? part.replace(/^\n/, "") : part;
  return i < parts.length - 1 ? after.replace(/\n$/, "") : after;
}

function lines(text, how) {
  if (!text) return [];
  const rows = text.split("\n");
  const made = [];
  for (let at = 0; at < rows.length;) {
    const [element, next] = group(rows, at, how);
    made.push(element);
    at = next;
  }
  return made;
}

/** The block that begins on row `at` and the row after it. */
function group(rows, at, how) {
  if (LONG_QUOTE.test(rows[at])) {
    const rest = [rows[at].replace(LONG_QUOTE, ""), ...rows.slice(at + 1)];
    return [h("blockquote", { class: "quote" }, lines(rest.join("\n"), how)), rows.length];
  }
  const quoted = run(rows, at, QUOTE);
  if (quoted.length) {
    return [h("blockquote", { class: "quote" }, lines(quoted.join("\n"), how)), at + quoted.length];
  }
  for (const [tag, mark] of Object.entries(LIST)) {
    const items = run(rows, at, mark);
    if (!items.length) continue;
    const start = tag === "ol" ? { start: rows[at].match(mark)[1] } : {};
    const list = h(
      tag,
      start,
      items.map((item) => h("li", {}, inline(item, how))),
    );
    return [list, at + items.length];
  }
  const row = rows[at];
  return [h("div", { class: row.trim() ? "line" : "line blank" }, inline(row, how)), at + 1];
}

/** The following rows that begin with `mark`, without it. */
function run(rows, at, mark) {
  const found = [];
  while (at < rows.length && mark.test(rows[at])) found.push(rows[at++].replace(mark, ""));
  return found;
}

/** One line's spans. */
export function inline(text, how = {}) {
  const made = [];
  let plain = "";
  const add = (element) => {
    if (plain) made.push(unescape(plain));
    plain = "";
    made.push(element);
  };
  for (let at = 0; at < text.length;) {
    const [element, next] = span(text, at, how) ?? [null, 0];
    if (element === null) plain += text[at++];
    else {
      add(element);
      at = next;
    }
  }
  if (plain) made.push(unescape(plain));
  return made;
}

/** The span that begins at `at` and where it ends, or null for an ordinary character. */
function span(text, at, how) {
  const character = text[at];
  if (character === "<") return control(text, at, how);
  if (character === "`") {
    const end = text.indexOf("`", at + 1);
    return end > at + 1 ? [h("code", {}, unescape(text.slice(at + 1, end))), end + 1] : null;
  }
  if (character === ":") {
    const code = sticky(SHORTCODE, text, at);
    const found = code && emoji(code[1]);
    return found ? [glyph(found, code[1]), at + code[0].length] : null;
  }
  if (character in TAGS) {
    const end = closing(text, at);
    if (end < 0) return null;
    return [h(TAGS[character], {}, inline(text.slice(at + 1, end), how)), end + 1];
  }
  const bare = character === "h" && !how.verbatim && sticky(LINK, text, at);
  return bare ? [safeLink(unescape(bare[0])), at + bare[0].length] : null;
}

/** An emoji that a screen reader calls by its name. */
export const glyph = (character, name) =>
  h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, character);

/** `<…>`: a link, a mention or a date. */
function control(text, at, how) {
  const end = text.indexOf(">", at);
  const inside = text.slice(at + 1, end);
  if (end < 0 || !inside || inside.includes("<") || inside.includes("\n")) return null;
  const [target, label] = split(inside);
  if (!/^(?:[@#!]\w|\w+:\S)/.test(target)) return null; // somebody's own angle brackets
  const words = label === undefined ? undefined : inline(label, { ...how, verbatim: true });
  if ("@#!".includes(target[0])) return [named(target, label), end + 1];
  return [safeLink(unescape(target), words), end + 1];
}

function named(target, label) {
  const date = target.match(/^!date\^(\d+)\^([^^]*)(?:\^(.+))?$/);
  if (!date) return mention(target[0], unescape(target.slice(1)), label && unescape(label));
  const [, unix, format, link] = date;
  const words = slackDate(unix, unescape(format), readersLanguage()) ?? unescape(label ?? "");
  if (link) return safeLink(unescape(link), words);
  const known = Number(unix) * 1000 <= 8.64e15;
  return h("time", known ? { datetime: new Date(unix * 1000).toISOString() } : {}, words);
}

function split(inside) {
  const bar = inside.indexOf("|");
  return bar < 0 ? [inside, undefined] : [inside.slice(0, bar), inside.slice(bar + 1)];
}

/** Where the mark that opens at `at` closes, or -1: marks hug words and do not cross lines. */
function closing(text, at) {
  const mark = text[at];
  const opens = !/[\p{L}\p{N}]/u.test(text[at - 1] ?? " ") && /\S/.test(text[at + 1] ?? " ");
  if (!opens || text[at + 1] === mark) return -1;
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "<" || text[i] === "`") {
      const end = text.indexOf(text[i] === "<" ? ">" : "`", i + 1);
      if (end > 0) i = end;
      continue;
    }
    const closes = text[i] === mark && /\S/.test(text[i - 1]);
    if (closes && !/[\p{L}\p{N}]/u.test(text[i + 1] ?? " ")) return i;
  }
  return -1;
}

function sticky(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
