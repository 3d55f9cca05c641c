// The open channel or direct message: its heading, its messages, its composer.

import { drawComposer } from "./composer.js";
import { h } from "./dom.js";
import { count } from "./format.js";
import { appChat, drawAppHeading } from "./home.js";
import { icon } from "./icons.js";
import { beginning, drawMessages } from "./message.js";
import { me } from "./page.js";
import { following, isAway, toEnd } from "./scroll.js";

/** The main part of the page for a channel. */
export function drawChannel(channel) {
  const list = `messages-${channel.id}`;
  return h(
    "section",
    { class: "channel", key: `channel ${channel.id} ${me()}`, "aria-label": channel.name },
    heading(channel),
    h(
      "div",
      {
        class: "messages following",
        id: list,
        tabindex: "0",
        role: "region",
        "aria-label": `Messages in ${channel.name}`,
        onkeydown: walk,
        ...following(),
      },
      h("div", { class: "messages-pad", key: "pad" }),
      beginning(channel),
      drawMessages(channel),
    ),
    isAway(`#${list}`) &&
      h(
        "button",
        { type: "button", class: "to-end", onclick: () => toEnd(`#${list}`) },
        "Latest messages",
        icon("down"),
      ),
    drawComposer(channel),
  );
}

function heading(channel) {
  if (channel === appChat()) return drawAppHeading();
  const direct = channel.id.startsWith("D");
  return h(
    "header",
    { class: "channel-head" },
    h("h1", {}, !direct && icon(channel.private ? "lock" : "hash"), h("span", {}, channel.name)),
    channel.shared && h("span", { class: "tag warn" }, "Shared with another company"),
    !channel.bot && !direct && h("span", { class: "tag" }, "The app is not in here"),
    !direct &&
      h(
        "span",
        { class: "members", title: count(channel.members, "member") },
        icon("people"),
        h("span", {}, String(channel.members), h("span", { class: "hidden" }, " members")),
      ),
  );
}

/** Up and Down go from message to message while the list or a message has the focus. */
export function walk(event) {
  const list = event.currentTarget;
  const at = event.target;
  if (at !== list && !at.classList.contains("message")) return;
  const all = [...list.querySelectorAll(".message")];
  const now = all.indexOf(at);
  const to = { ArrowUp: now < 0 ? all.length - 1 : now - 1, ArrowDown: now + 1 }[event.key];
  if (to === undefined || !all[to] || (at === list && event.key === "ArrowDown")) return;
  event.preventDefault();
  all[to].focus();
}
