// The rich_text block.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { slackDate } from "./format.js";
import { mention, safeLink } from "./mentions.js";
import { glyph } from "./mrkdwn.js";
import { readersLanguage } from "./page.js";

const STYLES = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };

const PARTS = {
  rich_text_section: (part) => h("div", { class: "line" }, spans(part)),
  rich_text_quote: (part) => h("blockquote", { class: "quote" }, spans(part)),
  rich_text_preformatted: (part) => h("pre", { class: "pre" }, spans(part)),
  rich_text_list: (part) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      {
        class: `indent-${Math.min(part.indent ?? 0, 6)} ${part.border ? "bordered" : ""}`,
        start: part.offset ? part.offset + 1 : undefined,
      },
      part.elements.map((item) => h("li", {}, spans(item))),
    ),
};

const SPANS = {
  text: (one) => one.text,
  link: (one) => safeLink(one.url, one.text),
  emoji: (one) => character(one),
  user: (one) => mention("@", one.user_id),
  channel: (one) => mention("#", one.channel_id),
  usergroup: (one) => mention("!", `subteam^${one.usergroup_id}`),
  broadcast: (one) => mention("!", one.range),
  color: (one) => h("code", {}, one.value),
  date: (one) =>
    slackDate(String(one.timestamp), one.format, readersLanguage()) ?? one.fallback ?? "",
};

/** The elements of a rich_text block or cell. */
export const richText = (block) =>
  block.elements.map((part) => PARTS[part.type]?.(part) ?? unknown(part.type));

const spans = (part) =>
  part.elements.map((one) => {
    const made = SPANS[one.type]?.(one) ?? unknown(one.type);
    return Object.entries(STYLES).reduce(
      (inner, [style, tag]) => (one.style?.[style] ? h(tag, {}, inner) : inner),
      made,
    );
  });

function character(one) {
  const known = one.unicode
    ? String.fromCodePoint(...one.unicode.split("-").map((code) => parseInt(code, 16)))
    : emoji(one.name);
  return known ? glyph(known, one.name) : `:${one.name}:`;
}

const unknown = (type) => h("span", { class: "placeholder" }, `[${type}]`);
