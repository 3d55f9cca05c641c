// Where one writes: messages, and slash commands with their completion.

import { act, isWaiting, trouble, troubleAt } from "./acts.js";
import { h } from "./dom.js";
import { icon, spinner } from "./icons.js";
import { draw, me, page, person } from "./page.js";
import { toEnd } from "./scroll.js";

const drafts = new Map(); // where → what is written
const closed = new Set(); // where the completion was closed with Escape
const highlighted = new Map(); // where → the completion's line

/**
 * The composer of a channel or, with `thread`, of a thread in it.
 * @param {object} channel
 * @param {string} [thread] the ts of the thread's first message.
 */
export function drawComposer(channel, thread) {
  const where = `composer/${me()}/${channel.id}/${thread ?? ""}`;
  const id = where.replace(/[^\w-]/g, "_");
  const draft = drafts.get(where) ?? "";
  const offers = closed.has(where) || thread ? [] : matching(draft);
  const at = Math.min(highlighted.get(where) ?? 0, offers.length - 1);
  const self = { where, channel, thread, offers, at };
  const to = thread ? "Reply…" : `Message ${channel.id.startsWith("D") ? "" : "#"}${channel.name}`;
  const words = troubleAt(where);
  return h(
    "form",
    {
      class: "composer",
      "data-testid": thread ? "thread-composer" : "composer",
      onsubmit: (event) => {
        event.preventDefault();
        send(self);
      },
    },
    offers.length > 0 && completion(id, self),
    h(
      "div",
      { class: "composer-box" },
      h("textarea", {
        id,
        rows: "1",
        value: draft,
        placeholder: to,
        "aria-label": to,
        "aria-autocomplete": "list",
        "aria-controls": offers.length ? `${id}-list` : undefined,
        "aria-activedescendant": offers.length ? `${id}-${at}` : undefined,
        "aria-describedby": `${id}-below`,
        oninput: (event) => write(where, event.target.value),
        onkeydown: (event) => key(event, self),
      }),
      h(
        "button",
        {
          type: "submit",
          class: "send",
          title: "Send",
          "aria-label": "Send",
          disabled: !draft.trim(),
        },
        isWaiting(where) ? spinner() : icon("send"),
      ),
    ),
    h(
      "p",
      { class: `composer-below ${words ? "wrong" : ""}`, id: `${id}-below`, role: "status" },
      words ? [icon("warning"), words] : hint(draft, thread),
    ),
  );
}

/** The commands that begin with what is written so far. */
function matching(draft) {
  if (!/^\/\S*$/.test(draft)) return [];
  return page.state.commands.filter((one) => one.command.startsWith(draft.toLowerCase()));
}

function completion(id, { where, offers, at }) {
  return h(
    "div",
    { class: "completion", id: `${id}-list`, role: "listbox", "aria-label": "Commands" },
    offers.map((offer, i) =>
      h(
        "div",
        {
          key: offer.command,
          id: `${id}-${i}`,
          role: "option",
          class: "completion-item",
          "aria-selected": i === at,
          onpointerdown: (event) => event.preventDefault(), // the focus stays in the text
          onclick: () => complete(where, offer),
        },
        h(
          "span",
          { class: "command" },
          offer.command,
          " ",
          h("span", { class: "usage" }, offer.hint),
        ),
        h("span", { class: "quiet" }, offer.description),
      ),
    ),
  );
}

/** What a command expects, or how to send. */
function hint(draft, thread) {
  const command = !thread && commandOf(draft);
  if (command && command.hint && /\s/.test(draft)) return `${command.command} ${command.hint}`;
  if (person(me())?.standing === "deactivated") {
    return "This account is deactivated. Slack would sign it out; here it can still try.";
  }
  return `Enter sends, Shift+Enter starts a line${thread ? "" : ", / lists commands"}.`;
}

const commandOf = (draft) => {
  const [first] = draft.trim().split(/\s/);
  return page.state.commands.find((one) => one.command === first.toLowerCase());
};

function write(where, text) {
  drafts.set(where, text);
  closed.delete(where);
  highlighted.set(where, 0);
  draw();
}

function complete(where, offer) {
  write(where, `${offer.command} `);
}

function key(event, self) {
  const { where, offers, at } = self;
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (offers.length && step) {
    highlighted.set(where, (at + step + offers.length) % offers.length);
  } else if (offers.length && event.key === "Escape") {
    closed.add(where);
  } else if (offers.length && event.key === "Tab" && !event.shiftKey) {
    complete(where, offers[at]);
  } else if (event.key === "Enter" && !event.shiftKey) {
    const written = drafts.get(where) ?? "";
    if (offers.length && offers[at].command !== written.trim()) complete(where, offers[at]);
    else send(self);
  } else return;
  event.preventDefault();
  draw();
}

/** Send what is written; it comes back into the composer where Slack would not take it. */
async function send({ where, channel, thread }) {
  const text = (drafts.get(where) ?? "").trim();
  if (!text) return;
  const wrong = text.startsWith("/") && unsendable(text, thread);
  if (wrong) {
    trouble(where, wrong);
    return;
  }
  write(where, "");
  toEnd(thread ? ".thread .messages" : ".channel .messages");
  const body = text.startsWith("/")
    ? { do: "command", channel: channel.id, text }
    : { do: "message", channel: channel.id, text, ...(thread ? { thread_ts: thread } : {}) };
  const label = text.startsWith("/") ? `Typed ${text}` : "Sent a message";
  const answer = await act(where, label, body);
  if (!answer.ok && !drafts.get(where)) write(where, text);
}

function unsendable(text, thread) {
  const [first] = text.split(/\s/);
  if (!commandOf(text)) {
    return `${first} is not a valid command. Slack takes all messages that begin with “/” for commands.`;
  }
  return thread ? `${first} does not work in threads.` : "";
}
