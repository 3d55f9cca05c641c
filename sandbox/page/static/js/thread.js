// A thread at the side of its channel.

import { drawComposer } from "./composer.js";
import { walk } from "./channel.js";
import { h } from "./dom.js";
import { rememberUnlessTaken } from "./focus.js";
import { count } from "./format.js";
import { iconButton } from "./icons.js";
import { drawMessage } from "./message.js";
import { conversation, me, message, show, ui } from "./page.js";
import { following } from "./scroll.js";

let giveBack = () => {}; // the focus, when the thread closes

function opened(element) {
  giveBack = rememberUnlessTaken();
  element.querySelector("textarea").focus({ preventScroll: true });
}

/** The open thread, or null where none is or its message is gone. */
export function drawThread() {
  if (!ui.thread || ui.thread.channel !== ui.place) return null;
  const channel = conversation(ui.thread.channel);
  const root = message(ui.thread.channel, ui.thread.ts);
  if (!channel || !root) return null;
  const replies = channel.messages.filter((one) => one.thread_ts === root.ts && one.ts !== root.ts);
  const close = () => show({ thread: null });
  return h(
    "aside",
    {
      class: "thread",
      key: `thread ${root.ts} ${me()}`,
      "aria-label": `Thread in ${channel.name}`,
      "data-testid": "thread",
      ref: opened,
      gone: () => queueMicrotask(giveBack),
      onkeydown: (event) => event.key === "Escape" && !event.defaultPrevented && close(),
    },
    h(
      "header",
      { class: "channel-head" },
      h("h2", {}, "Thread", h("span", { class: "quiet" }, ` in ${channel.name}`)),
      iconButton("close", "Close the thread", { onclick: close }),
    ),
    h(
      "div",
      {
        class: "messages following",
        tabindex: "0",
        role: "region",
        "aria-label": "Messages in the thread",
        onkeydown: walk,
        ...following(),
      },
      drawMessage(root, { inThread: true }),
      replies.length > 0 &&
        h(
          "p",
          { class: "day", key: "count" },
          h("span", {}, count(replies.length, "reply", "replies")),
        ),
      replies.map((one) => drawMessage(one, { inThread: true })),
    ),
    drawComposer(channel, root.ts),
  );
}
