// Block Kit's text objects.

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** The words of a plain_text object or a bare text, "" where there is none. */
export function plain(text) {
  if (!text) return "";
  if (typeof text === "string") return withEmoji(text);
  return text.emoji === false ? text.text : withEmoji(text.text);
}

/** A text object of either kind as elements. */
export function drawText(text, props = {}) {
  if (!text) return null;
  const look = { ...props, class: `text ${props.class ?? ""}` };
  if (text.type === "plain_text") return h("div", look, h("div", { class: "line" }, plain(text)));
  return h("div", look, mrkdwn(text.text, { verbatim: text.verbatim }));
}
