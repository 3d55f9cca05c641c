// The markdown block: standard Markdown as far as Slack draws it.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { safeLink } from "./mentions.js";
import { glyph } from "./mrkdwn.js";
import { drawTable } from "./table.js";

const FENCE = /^```/;
const RULE = /^ {0,3}([-*_])(?: *\1){2,} *$/;
const HEADING = /^(#{1,6}) +(.*?) *#*$/;
const QUOTE = /^> ?/;
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)]) +(.*)$/;
const TABLE_RULE = /^\|?(?: *:?-+:? *\|)+ *:?-*:? *$/;
const TASK = /^\[([ xX])\] +/;

const SPANS = [
  [/`([^`]+)`/y, (found) => h("code", {}, found[1])],
  [/!?\[([^\]]*)\]\(([^\s)]+)(?: "[^"]*")?\)/y, (found) => safeLink(found[2], inline(found[1]))],
  [/\*\*(?=\S)(.+?\S?)\*\*/y, (found) => h("strong", {}, inline(found[1]))],
  [/__(?=\S)(.+?\S?)__/y, (found) => h("strong", {}, inline(found[1]))],
  [/~~(?=\S)(.+?)~~/y, (found) => h("s", {}, inline(found[1]))],
  [/\*(?=\S)([^*]+)\*/y, (found) => h("em", {}, inline(found[1]))],
  [/\b_(?=\S)([^_]+)_\b/y, (found) => h("em", {}, inline(found[1]))],
  [/https?:\/\/[^\s<>)\]]+[^\s<>)\].,;:!?]/y, (found) => safeLink(found[0])],
  [/:([a-z0-9_+-]+):/y, (found) => emoji(found[1]) && glyph(emoji(found[1]), found[1])],
  [/\\([\\`*_{}[\]()#+\-.!~|>])/y, (found) => found[1]],
];

/** The elements for a Markdown text. */
export function markdown(text) {
  const rows = text.replace(/\r/g, "").split("\n");
  const made = [];
  for (let at = 0; at < rows.length;) {
    if (!rows[at].trim()) {
      at++;
      continue;
    }
    const [element, next] = part(rows, at);
    made.push(element);
    at = next;
  }
  return made;
}

function part(rows, at) {
  const row = rows[at];
  if (FENCE.test(row)) return fence(rows, at);
  if (RULE.test(row)) return [h("hr", { class: "block-divider" }), at + 1];
  const heading = row.match(HEADING);
  if (heading) return [h(`h${Math.min(heading[1].length + 2, 6)}`, {}, inline(heading[2])), at + 1];
  if (QUOTE.test(row)) return quote(rows, at);
  if (ITEM.test(row)) return list(rows, at);
  if (row.includes("|") && TABLE_RULE.test(rows[at + 1] ?? "")) return table(rows, at);
  return paragraph(rows, at);
}

function fence(rows, at) {
  const end = rows.findIndex((row, i) => i > at && FENCE.test(row));
  const last = end < 0 ? rows.length : end;
  return [h("pre", { class: "pre" }, rows.slice(at + 1, last).join("\n")), last + 1];
}

function quote(rows, at) {
  const end = until(rows, at, (row) => !QUOTE.test(row));
  const inside = rows.slice(at, end).map((row) => row.replace(QUOTE, ""));
  return [h("blockquote", { class: "quote" }, markdown(inside.join("\n"))), end];
}

/** Items of one depth; what is indented deeper belongs to the item before it. */
function list(rows, at) {
  const [, margin, number] = rows[at].match(ITEM);
  const items = [];
  let next = at;
  for (; next < rows.length; next++) {
    const item = rows[next].match(ITEM);
    const beside = item && item[1].length <= margin.length + 1;
    if (beside && (item[2] === undefined) !== (number === undefined)) break;
    if (beside) items.push([item[3]]);
    else if (rows[next].startsWith(" ") && rows[next].trim()) items.at(-1).push(rows[next]);
    else break;
  }
  const tag = number === undefined ? "ul" : "ol";
  return [h(tag, number === undefined ? {} : { start: number }, items.map(listItem)), next];
}

function listItem([first, ...deeper]) {
  const task = first.match(TASK);
  const words = inline(task ? first.replace(TASK, "") : first);
  const depth = Math.min(...deeper.map((row) => row.search(/\S/)));
  const inside = deeper.length ? markdown(deeper.map((row) => row.slice(depth)).join("\n")) : null;
  return h("li", {}, task && (task[1] === " " ? "☐ " : "☑ "), words, inside);
}

function table(rows, at) {
  const end = until(rows, at, (row) => !row.includes("|"));
  const cells = (row) =>
    row
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => cell.trim());
  const aligned = cells(rows[at + 1]).map((rule) => ({
    align: rule.endsWith(":") ? (rule.startsWith(":") ? "center" : "right") : "left",
    is_wrapped: true,
  }));
  const kept = rows.slice(at, end).filter((_, i) => i !== 1);
  const drawn = kept.map((row) => cells(row).map((cell) => ({ text: inline(cell) })));
  return [drawTable({ rows: drawn, column_settings: aligned }), end];
}

function paragraph(rows, at) {
  const starts = (row) =>
    !row.trim() || [FENCE, HEADING, QUOTE, ITEM, RULE].some((p) => p.test(row));
  const end = until(rows, at + 1, starts);
  return [h("p", {}, inline(rows.slice(at, end).join("\n"))), end];
}

function until(rows, at, stops) {
  const end = rows.findIndex((row, i) => i >= at && stops(row));
  return end < 0 ? rows.length : end;
}

function inline(text) {
  const made = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    const [element, next] = span(text, at);
    if (!element) plain += text[at++];
    else {
      made.push(plain, element);
      plain = "";
      at = next;
    }
  }
  return [...made, plain];
}

function span(text, at) {
  for (const [pattern, make] of SPANS) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    const element = found && make(found);
    if (element) return [element, at + found[0].length];
  }
  return [null, at];
}
