// One message, and the list of a channel's messages.

import { act } from "./acts.js";
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { drawFiles } from "./files.js";
import { count, dateOfTs, moment, nearDay } from "./format.js";
import { icon, iconButton } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { show } from "./page.js";

/**
 * A message.
 * @param {object} said the message.
 * @param {{inThread?: boolean}} how in a thread it offers no thread of its own.
 */
export function drawMessage(said, how = {}) {
  const at = dateOfTs(said.ts);
  const spoken = `${said.name}, ${moment("clock", at)}`;
  return h(
    "article",
    {
      key: said.ts,
      class: `message ${said.ephemeral ? "ephemeral" : ""}`,
      tabindex: "-1",
      "aria-label": spoken,
      "data-testid": "message",
      "data-ts": said.ts,
      "data-channel": said.channel,
    },
    h("div", { class: "message-side" }, avatar(said.user, said.name)),
    h(
      "div",
      { class: "message-main" },
      said.ephemeral && h("p", { class: "only-you" }, icon("eye"), "Only visible to you"),
      h(
        "p",
        { class: "message-head" },
        h("span", { class: "author" }, said.name),
        said.user === "bot" && h("span", { class: "badge" }, "App"),
        h("time", { datetime: at.toISOString(), title: moment("full", at) }, moment("clock", at)),
      ),
      h("div", { class: "message-body" }, content(said, how)),
      drawFiles(said),
      reactions(said),
      !how.inThread && replies(said),
    ),
    !how.inThread && !said.ephemeral && toolbar(said),
  );
}

/** Blocks, or the text where there are none; "(edited)" follows what was changed by hand. */
function content(said, how) {
  const edited = said.edited && h("span", { class: "edited" }, "(edited)");
  if (!said.blocks?.length) return h("div", { class: "text" }, mrkdwn(said.text), edited);
  const place = {
    id: `${how.inThread ? "thread" : "channel"}/${said.channel}/${said.ts}`,
    press: ({ where, element, block, option, words }) =>
      act(where, pressed(words), {
        do: "press",
        channel: said.channel,
        ts: said.ts,
        action_id: element.action_id,
        block_id: block.block_id,
        ...(option === undefined ? {} : { option }),
      }),
  };
  return [drawBlocks(said.blocks, place), edited];
}

/** What the traffic view calls a press. */
export const pressed = (words) => (words ? `Pressed “${words}”` : "Pressed a button");

function reactions(said) {
  if (!said.reactions?.length) return null;
  const one = ({ name, count: many }) =>
    h("li", { class: "reaction", key: name }, emoji(name) ?? `:${name}:`, ` ${many}`);
  return h("ul", { class: "reactions", "aria-label": "Reactions" }, said.reactions.map(one));
}

function replies(said) {
  if (!said.replies) return null;
  return h(
    "button",
    { type: "button", class: "replies", onclick: () => openThread(said) },
    count(said.replies, "reply", "replies"),
  );
}

const toolbar = (said) =>
  h(
    "div",
    { class: "message-tools" },
    iconButton("reply", "Reply in thread", { onclick: () => openThread(said) }),
  );

function openThread(said) {
  show({ thread: { channel: said.channel, ts: said.thread_ts ?? said.ts } });
}

/** A channel's messages with a line between days; replies stand in their threads. */
export function drawMessages(channel) {
  const top = channel.messages.filter((one) => !one.thread_ts || one.thread_ts === one.ts);
  let before = "";
  const made = [];
  for (const said of top) {
    const at = dateOfTs(said.ts);
    const today = at.toDateString();
    if (today !== before) made.push(divider(at));
    before = today;
    made.push(drawMessage(said));
  }
  return made;
}

function divider(at) {
  const near = nearDay(at);
  const words = near ? near[0].toUpperCase() + near.slice(1) : moment("divider", at);
  return h("h3", { class: "day", key: `day ${at.toDateString()}` }, h("span", {}, words));
}

/** The beginning of a channel. */
export function beginning(channel) {
  const direct = channel.id.startsWith("D");
  const words = direct
    ? `This is the beginning of your conversation with ${channel.name}.`
    : `This is the beginning of #${channel.name}. ${count(channel.members, "member")}.`;
  return h("p", { class: "beginning", key: "beginning" }, words);
}
